// `./dev demo`: the whole way of an event on this machine, then two rehearsals, then the accounts.
//
//   steady traffic -> a burst above the quota -> kill -9 of a collector -> drain -> SQL, headroom, bill, audit
//
// Ends 0 only when the audit balances and each rehearsal really happened. `--details` shows every
// stream, quota and line of the bill; `--keep` leaves all of it running.

import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { appendLedger, eventDigest } from "./ledger.ts";
import { applyLakePlant, isLakePlant, kDemoPlants } from "./demo-plants.ts";
import { runEdgehose } from "./simulator.ts";
import { simulatorStreams, startCollector, startStack, untilDelivered } from "./stack.ts";
import { summaryLines } from "./summary.ts";
import type { DemoPlant } from "./demo-plants.ts";
import type { LedgerLine } from "./ledger.ts";
import type { RunningWorker } from "../../cloudflare/start.ts";
import type { Plant } from "../../cloudflare/planted-bugs.ts";
import type { CommandResult } from "./simulator.ts";
import type { Stack } from "./stack.ts";

const kSteadySeconds = 10;
const kSteadyEventsPerSecond = 300;
/** Two bursts that the quota of 1 MiB/s cannot take at once. */
const kBurstSeconds = 2;
const kBurstsMax = 4;
const kBurstEventsPerSecond = 2_500;
const kBurstPadBytes = 600;
const kSql = "SELECT content_type, count(DISTINCT event_id) AS events FROM events GROUP BY ALL ORDER BY ALL";

interface Demo {
  folder: string;
  data: string;
  ledger: string;
  stack: Stack;
  plant: DemoPlant | undefined;
}

const started = Date.now();

function say(text: string): void {
  const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(5);
  console.log(`${seconds}s  ${text}`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { keep: { type: "boolean" }, details: { type: "boolean" }, plant: { type: "string" } },
  });
  const plant = kDemoPlants.find((name) => name === values.plant);
  if (values.plant !== undefined && plant === undefined) {
    console.error(`demo: --plant takes one of ${kDemoPlants.join(", ")}`);
    return 2;
  }
  const folder = await mkdtemp(join(tmpdir(), "edgehose-demo-"));
  const data = join(folder, "data");
  await mkdir(data);
  const stack = await startStack({
    data,
    quota: "tokyo-2020",
    simulatorFlags: plant === "drop_record" || plant === "double_line" ? ["--plant", plant] : [],
    ...workerPlant(plant),
  });
  say(`simulator  ${stack.simulator.endpoint}  quota tokyo-2020: 1,000 records/s, 1,000 requests/s, 1 MiB/s a stream`);
  say(`collector  ${stack.worker.url}/collect  the core as WASM in workerd`);
  const demo: Demo = { folder, data, ledger: join(folder, "ledger.ndjson"), stack, plant };
  try {
    await sendTraffic(demo);
    const status = await showAccounts(demo, values.details === true);
    if (values.keep === true) await keepRunning(demo);
    return status;
  } finally {
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function workerPlant(plant: DemoPlant | undefined): { plant?: Plant } {
  return plant === "answer_early" || plant === "no_resend" ? { plant } : {};
}

async function sendTraffic(demo: Demo): Promise<void> {
  await sendByHand(demo);
  say(`visits: ${kSteadyEventsPerSecond} events/s for ${kSteadySeconds} s, packed and paced`);
  await load(demo, demo.stack.worker.url, "1", kSteadyEventsPerSecond, kSteadySeconds, []);
  await rehearse(demo);
  say("drain: Firehose writes what it buffers, 5 s after the oldest record");
  await untilDelivered(demo.stack.simulator.endpoint);
}

/** Three events, one of them broken: what the page is told, and where each goes. */
async function sendByHand(demo: Demo): Promise<void> {
  const event = (content_type: string): Record<string, unknown> => ({
    event_id: randomUUID(),
    content_type,
    time: new Date().toISOString(),
    page_url: "https://shop.example/hello?utm_source=readme",
    user_agent: "edgehose-demo",
    properties: { note: "sent by hand" },
  });
  const events = [event("page_view"), event("click"), { ...event("page_view"), time: "yesterday" }];
  const answer = await fetch(`${demo.stack.worker.url}/collect`, { method: "POST", body: JSON.stringify(events) });
  const text = await answer.text();
  say('POST /collect: three events, one of them with "time":"yesterday"');
  console.log(`        ${answer.status} ${text}`);
  const told: { failed?: { index: number }[] } = JSON.parse(text);
  const failed = new Set(told.failed?.map((entry) => entry.index));
  await appendLedger(
    demo.ledger,
    events.map((sent, index) => ledgerLine(sent, answer.status, failed.has(index))),
  );
}

function ledgerLine(sent: Record<string, unknown>, status: number, isFailed: boolean): LedgerLine {
  const { time, ...rest } = sent;
  return {
    event_id: String(sent["event_id"]),
    content_type: String(sent["content_type"]),
    event_time: isFailed ? "" : String(time),
    attempts: 1,
    outcome: status !== 200 ? "refused" : isFailed ? "failed" : "acknowledged",
    status,
    digest: eventDigest({ ...rest, event_time: time }),
  };
}

/** A second collector with its pacing off meets a burst above the quota, and is killed in the middle of another. */
async function rehearse(demo: Demo): Promise<void> {
  const { endpoint } = demo.stack.simulator;
  let collector = await startCollector(endpoint, { pacing: "off", log: () => undefined, ...workerPlant(demo.plant) });
  try {
    say(`rehearsal 1: a burst of ${kBurstEventsPerSecond.toLocaleString("en")} larger events/s at a collector without pacing`);
    const throttled = await burstUntilThrottled(demo, collector);
    console.log(`        Firehose throttled ${throttled} records; those, and only those, were sent again`);

    say("rehearsal 2: kill -9 of that collector in the middle of a burst; senders send again");
    const sending = burst(demo, collector, "3");
    await sleep(kBurstSeconds * 600);
    const port = Number(new URL(collector.url).port);
    await collector.kill();
    await sleep(300);
    collector = await startCollector(endpoint, { pacing: "on", port, ...workerPlant(demo.plant) });
    await sending;
  } finally {
    await collector.stop();
  }
}

/** A busy machine sends a burst more slowly than it should: then another one follows. */
async function burstUntilThrottled(demo: Demo, collector: RunningWorker): Promise<number> {
  for (let attempt = 1; attempt <= kBurstsMax; attempt += 1) {
    await burst(demo, collector, `2${attempt}`);
    const streams = await simulatorStreams(demo.stack.simulator.endpoint);
    const throttled = streams.reduce((sum, stream) => sum + stream.throttled_records, 0);
    if (throttled > 0) return throttled;
  }
  throw new Error(`rehearsal 1 did not happen: no record of ${kBurstsMax} bursts was throttled`);
}

function burst(demo: Demo, collector: RunningWorker, seed: string): Promise<void> {
  const pad = ["--pad", String(kBurstPadBytes), "--events-per-request", "50"];
  return load(demo, collector.url, seed, kBurstEventsPerSecond, kBurstSeconds, pad);
}

async function load(
  demo: Demo,
  url: string,
  seed: string,
  rate: number,
  seconds: number,
  more: readonly string[],
): Promise<void> {
  const flags = ["--url", url, "--rate", String(rate), "--duration", `${seconds}s`, "--ledger", demo.ledger];
  const args = ["load", ...flags, "--attempts", "20", "--seed", seed, "--json"];
  const defaults = more.includes("--events-per-request") ? [] : ["--events-per-request", "5"];
  const result = await runEdgehose([...args, ...defaults, ...more]);
  if (result.status !== 0) throw new Error(`edgehose load ended with ${result.status}: ${result.stderr}`);
}

/** The numbers at the end. The status of the audit is the status of the demo. */
async function showAccounts(demo: Demo, details: boolean): Promise<number> {
  if (isLakePlant(demo.plant)) await applyLakePlant(demo.plant, demo.data);
  const report = ["report", "--endpoint", demo.stack.simulator.endpoint, "--data", demo.data];
  const audit = ["audit", "--ledger", demo.ledger, "--data", demo.data, "--collector", demo.stack.worker.url];
  if (details) console.log(`\n${(await succeed(report)).stdout}`);
  const rows = (await succeed(["query", kSql, "--data", demo.data, "--json"])).stdout.trimEnd().split("\n").slice(0, -1);
  const verdict = await runEdgehose(audit);
  const accounts = JSON.parse((await runEdgehose([...audit, "--json"])).stdout);
  const counts = JSON.parse((await succeed([...report, "--json"])).stdout);
  console.log(`\n${summaryLines(accounts, counts, rows.map((row) => JSON.parse(row))).join("\n")}`);
  if (details || verdict.status !== 0) console.log(`\n${verdict.stdout}${verdict.stderr}`);
  else console.log(verdict.stdout.trimEnd().split("\n").at(-1));
  return verdict.status;
}

async function succeed(args: readonly string[]): Promise<CommandResult> {
  const result = await runEdgehose(args);
  if (result.status !== 0) throw new Error(`edgehose ${args[0]} ended with ${result.status}: ${result.stderr}`);
  return result;
}

async function keepRunning(demo: Demo): Promise<void> {
  console.log(`kept running until Ctrl-C: ${demo.stack.worker.url}/collect, data in ${demo.data}`);
  console.log(`  try: ./dev edgehose query "SELECT * FROM events LIMIT 3" --data ${demo.data}`);
  await new Promise((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
  return 1;
});
