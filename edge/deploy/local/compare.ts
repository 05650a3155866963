// `./dev compare`: the same traffic through the design of 2020 and through the edge worker, each
// before a Firehose of its own with the same quota; one table of what became of it, and what it costs.
//
//   ./dev compare [--rate 1500] [--seconds 30] [--quota tokyo-2020] [--region us-east-1] [--details]
//                 [--edge-per-request 5]
//
// The page of 2020 sent each event alone. The SDK sends those of a moment together: five at most here,
// so that a worker on one core of this machine has its answers ready in time.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startAlarmHook } from "./alarm-hook.ts";
import { startNote2020, untilShaped } from "./note-2020.ts";
import { runEdgehose } from "./simulator.ts";
import { startStack, untilDelivered } from "./stack.ts";

const kStatusPath = "/_edgehose/status";

export interface CompareOptions {
  /** Events a second. */
  rate: number;
  /** Events in one request to the edge worker. */
  edgePerRequest: number;
  seconds: number;
  quota: string;
  /** Of the price book. */
  region: string;
  /** Minutes end at the earliest a minute after they began: a run without this is shorter. */
  waitForAlarms: boolean;
  /** Also `edgehose report` of each design, in words. */
  details: boolean;
  say: (line: string) => void;
}

interface Load {
  events: number;
  acknowledged: number;
  refused: number;
  unanswered: number;
  latency_ms: { p50: number; p99: number };
}

interface Audit {
  balanced: boolean;
  delivered: number;
  lost: number;
}

interface Stream {
  records: number;
  billed_bytes: number;
  throttled_requests: number;
  throttled_records: number;
}

interface Bill {
  lines: { meter: string; count: number; usd: number | "unknown" }[];
  total_usd: number;
  is_lower_bound: boolean;
  usd_per_million_events?: number;
}

/** What one design made of the traffic. */
export interface Outcome {
  design: string;
  perRequest: number;
  load: Load;
  audit: Audit;
  /** Distinct event_id that SQL finds in the lake. */
  found: number;
  records: number;
  throttled: number;
  /** 5XXError of CloudWatch; none where there is no gateway. */
  gateway5xx?: number;
  /** The first line of the message of each alarm that went off. */
  alarms: string[];
  bill: Bill;
  /** `edgehose report` in words, where it was asked for. */
  report?: string;
}

interface Design {
  name: string;
  collect: string;
  perRequest: number;
  endpoint: string;
  data: string;
  auditFlags: readonly string[];
  /** More flags of `edgehose report`, when the run is over. */
  billFlags: () => Promise<readonly string[]>;
  drained: () => Promise<void>;
}

export async function compareDesigns(options: CompareOptions): Promise<Outcome[]> {
  const folder = await mkdtemp(join(tmpdir(), "edgehose-compare-"));
  try {
    return [await runNote2020(options, join(folder, "note-2020")), await runEdge(options, join(folder, "edge"))];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runNote2020(options: CompareOptions, data: string): Promise<Outcome> {
  const hook = await startAlarmHook();
  const { simulator, collect, stop } = await startNote2020({ data, quota: options.quota, webhook: hook.url });
  try {
    const { endpoint } = simulator;
    const design = { name: "note-2020", collect, perRequest: 1, endpoint, data, auditFlags: [], billFlags: async () => [], drained: () => untilShaped(endpoint) };
    const outcome = await run(options, design);
    const status: { apigateway: { "5xx_errors": number } } = await statusOf(endpoint);
    const isQuiet = status.apigateway["5xx_errors"] === 0;
    if (options.waitForAlarms && !isQuiet) await hook.untilAlarm("note-2020 refuses events");
    return { ...outcome, gateway5xx: status.apigateway["5xx_errors"], alarms: hook.alarms().map(inOneLine) };
  } finally {
    await stop();
    hook.stop();
  }
}

async function runEdge(options: CompareOptions, data: string): Promise<Outcome> {
  const stack = await startStack({ data, quota: options.quota, log: () => undefined });
  try {
    const { endpoint } = stack.simulator;
    return await run(options, {
      name: "edge worker",
      collect: `${stack.worker.url}/collect`,
      perRequest: options.edgePerRequest,
      endpoint,
      data,
      auditFlags: ["--collector", stack.worker.url],
      billFlags: async () => ["--collector", stack.worker.url, "--worker-cpu-ms", String(await cpuMs(stack.worker.pid))],
      drained: () => untilDelivered(endpoint),
    });
  } finally {
    await stack.stop();
  }
}

async function run(options: CompareOptions, design: Design): Promise<Outcome> {
  const { rate, seconds, region, say } = options;
  say(`${design.name}: ${number(rate)} events/s for ${seconds} s, ${design.perRequest} a request`);
  const ledger = `${design.data}.ledger`;
  const traffic = ["--rate", String(rate), "--duration", `${seconds}s`, "--lean", "--events-per-request", String(design.perRequest)];
  const loadFlags = [...traffic, "--connections", "4096", "--ledger", ledger];
  const load: Load = JSON.parse(await edgehose(["load", "--url", design.collect, "--json", ...loadFlags]));
  await design.drained();
  const auditFlags = ["--ledger", ledger, "--data", design.data, ...design.auditFlags];
  const audit: Audit = JSON.parse((await runEdgehose(["audit", "--json", ...auditFlags])).stdout);
  const sql = "SELECT count(DISTINCT event_id) AS events FROM events";
  const [row = "{}"] = (await edgehose(["query", sql, "--data", design.data, "--json"])).split("\n");
  const found: { events: number } = JSON.parse(row);
  const { streams }: { streams: Stream[] } = await statusOf(design.endpoint);
  const report = ["report", "--endpoint", design.endpoint, "--region", region, "--duration-s", String(seconds), ...(await design.billFlags())];
  const bill: { bill: { packed: Bill } } = JSON.parse(await edgehose([...report, "--json"]));
  return {
    design: design.name,
    perRequest: design.perRequest,
    load,
    audit,
    found: found.events,
    records: streams.reduce((sum, stream) => sum + stream.records, 0),
    throttled: streams.reduce((sum, stream) => sum + stream.throttled_records, 0),
    alarms: [],
    bill: bill.bill.packed,
    ...(options.details ? { report: await edgehose(report) } : {}),
  };
}

/** CPU time that a process has used on this machine, by Linux's count in hundredths of a second. */
async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // Behind the program's name, in parentheses: utime and stime are the 12th and 13th field.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function statusOf<T>(endpoint: string): Promise<T> {
  const answer = await fetch(`${endpoint}${kStatusPath}`);
  const status: T = await answer.json();
  return status;
}

async function edgehose(args: readonly string[]): Promise<string> {
  const result = await runEdgehose(args);
  if (result.status !== 0) throw new Error(`edgehose ${args[0]} ended with ${result.status}: ${result.stderr}`);
  return result.stdout;
}

/** "*name* OK -> ALARM at ...: AWS/Firehose ThrottledRecords Sum {...} = 4001.0" */
function inOneLine(message: string): string {
  return message.split("\n").slice(0, 2).join(": ").replace("-&gt;", "->");
}

/** The outcomes side by side, as a table of Markdown. */
export function comparisonTable(outcomes: readonly Outcome[], region: string): string[] {
  const row = (label: string, of: (outcome: Outcome) => string): string => `| ${[label, ...outcomes.map(of)].join(" | ")} |`;
  return [
    row("", ({ design }) => design),
    row("---", () => "---:"),
    row("events in a request", ({ perRequest }) => number(perRequest)),
    row("events sent", ({ load }) => number(load.events)),
    row("acknowledged to the sender", ({ load }) => number(load.acknowledged)),
    row("refused (503) or unanswered", ({ load }) => number(load.refused + load.unanswered)),
    row("in the lake, by SQL", ({ found }) => number(found)),
    row("audit: delivered, lost", ({ audit }) => `${number(audit.delivered)}, ${number(audit.lost)}${audit.balanced ? "" : ", NOT BALANCED"}`),
    row("Firehose records", ({ records }) => number(records)),
    row("throttled by Firehose", ({ throttled }) => number(throttled)),
    row("5XXError of the gateway", ({ gateway5xx }) => (gateway5xx === undefined ? "no gateway" : number(gateway5xx))),
    row("alarms that went off", ({ alarms }) => String(alarms.length)),
    row("answer p50, p99 on this machine, ms", ({ load }) => `${load.latency_ms.p50.toFixed(1)}, ${load.latency_ms.p99.toFixed(1)}`),
    ...meterRows(outcomes),
    row(`a month at this rate, USD (${region})`, ({ bill }) => atLeast(bill, bill.total_usd)),
    row("USD per 1,000,000 events taken", ({ bill }) => atLeast(bill, bill.usd_per_million_events ?? 0)),
  ];
}

/** What each meter of either bill costs; a meter has a line for each tier. */
function meterRows(outcomes: readonly Outcome[]): string[] {
  const meters = new Set(outcomes.flatMap(({ bill }) => bill.lines.map(({ meter }) => meter)));
  const cost = ({ bill }: Outcome, meter: string): string => {
    const lines = bill.lines.filter((line) => line.meter === meter);
    if (lines.length === 0) return "";
    const known = lines.reduce((sum, { usd }) => sum + (usd === "unknown" ? 0 : usd), 0);
    const isKnown = lines.every(({ usd }) => usd !== "unknown");
    return isKnown ? dollars(known) : known === 0 ? "unknown" : `at least ${dollars(known)}`;
  };
  return [...meters].map((meter) => `| ${[`USD: ${meter}`, ...outcomes.map((outcome) => cost(outcome, meter))].join(" | ")} |`);
}

function dollars(usd: number): string {
  return usd.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

function atLeast(bill: Bill, usd: number): string {
  return `${bill.is_lower_bound ? "at least " : ""}${dollars(usd)}`;
}

function number(value: number): string {
  return value.toLocaleString("en");
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number above 0`);
  return value;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rate: { type: "string", default: "1500" },
      seconds: { type: "string", default: "30" },
      "edge-per-request": { type: "string", default: "5" },
      quota: { type: "string", default: "tokyo-2020" },
      region: { type: "string", default: "us-east-1" },
      details: { type: "boolean", default: false },
    },
  });
  const outcomes = await compareDesigns({
    rate: positive("rate", values.rate),
    edgePerRequest: positive("edge-per-request", values["edge-per-request"]),
    seconds: positive("seconds", values.seconds),
    quota: values.quota,
    region: values.region,
    waitForAlarms: true,
    details: values.details,
    say: (line) => console.log(line),
  });
  console.log(`\n${comparisonTable(outcomes, values.region).join("\n")}\n`);
  for (const { alarms } of outcomes) for (const alarm of alarms) console.log(`alarm: ${alarm}`);
  for (const { design, report } of outcomes) if (report !== undefined) console.log(`\n${design}\n\n${report}`);
  return outcomes.every(({ audit }) => audit.balanced) ? 0 : 1;
}

if (import.meta.main) {
  process.exitCode = await main().catch((error: unknown) => {
    console.error(`compare: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  });
}
