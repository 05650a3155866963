// The design of 2020, whole: what a log's lines become behind it, and what it does with traffic
// above Firehose's quota of its day.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { startAlarmHook } from "../../edge/deploy/local/alarm-hook.ts";
import { startNote2020, untilShaped } from "../../edge/deploy/local/note-2020.ts";
import { runEdgehose } from "../../edge/deploy/local/simulator.ts";
import { loadTo, queryRows, testFolder } from "./world.ts";
import type { Note2020, Note2020Options } from "../../edge/deploy/local/note-2020.ts";

const kTimeoutMs = 240_000;
const kRealLog = "../shared/data/access.log.gz";
const kSite = "http://www.semicomplete.com";
const kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";

const require = createRequire(import.meta.url);
interface AgentRules {
  parse(agent: string): { ua: { family: string | null } };
}
const makeAgentRules = require("uap-ref-impl") as (rules: unknown) => AgentRules;

interface Run extends Note2020 {
  data: string;
  ledger: string;
}

async function start(options: Omit<Note2020Options, "data">): Promise<Run> {
  const folder = await testFolder();
  const data = join(folder, "data");
  const design = await startNote2020({ data, ...options });
  onTestFinished(() => design.stop());
  return { ...design, data, ledger: join(folder, "ledger.ndjson") };
}

interface Accounts {
  balanced: boolean;
  events: number;
  delivered: number;
  refused: number;
  lost: number;
}

async function accounts(run: Run): Promise<Accounts> {
  const result = await runEdgehose(["audit", "--ledger", run.ledger, "--data", run.data, "--json"]);
  const said: Accounts = JSON.parse(result.stdout);
  return said;
}

interface LogLine {
  hour: string;
  medium: string;
  family: string;
}

/** A line taken apart by other means than the program's, and judged by the rules' own references. */
function readLog(log: string): LogLine[] {
  const agents = makeAgentRules(parse(readFileSync("node_modules/uap-core/regexes.yaml", "utf8")));
  const mediums = readMediums();
  const families = new Map<string, string>();
  const kLine = /^\S+ \S+ \S+ \[(\d\d)\/(\w{3})\/(\d{4}):(\d\d)[^\]]*\] "((?:[^"\\]|\\.)*)" \d+ \S+ "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"?/;
  return log
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [, day, month = "", year, hour, , referrer = "", agent = ""] = kLine.exec(line) ?? [];
      const number = String(kMonths.indexOf(month) / 3 + 1).padStart(2, "0");
      const family = families.get(agent) ?? agents.parse(agent).ua.family ?? "";
      families.set(agent, family);
      return { hour: `${year}-${number}-${day}T${hour}`, medium: mediums(referrer), family: family === "Other" ? "" : family };
    });
}

/** The medium of a referrer by the longest source in the list that is its host, or above it. */
function readMediums(): (referrer: string) => string {
  const { suffixes, ...sources }: Record<string, Record<string, { hosts?: string } | string>> = parse(
    readFileSync("shared/enrich/rules/referrers.yaml", "utf8"),
  );
  const known = new Map<string, string>();
  for (const [medium, entries] of Object.entries(sources)) {
    for (const entry of Object.values(entries)) {
      for (const host of typeof entry === "string" ? [] : (entry.hosts ?? "").split(/\s+/)) {
        const [, stem = "", list] = /^(.*)\{(\w+)\}$/.exec(host) ?? [];
        const ends = list === undefined ? [host] : String(suffixes?.[list]).split(/\s+/).map((end) => stem + end);
        for (const end of ends) known.set(end, medium);
      }
    }
  }
  return (referrer) => {
    if (referrer === "-" || referrer === "") return "none";
    if (!URL.canParse(referrer)) return "unknown";
    const { hostname, pathname } = new URL(referrer);
    if (hostname === new URL(kSite).hostname) return "internal";
    const segment = pathname.split("/")[1] ?? "";
    for (let host = hostname; host !== ""; host = host.split(".").slice(1).join(".")) {
      const medium = known.get(`${host}/${segment}`) ?? known.get(host);
      if (medium !== undefined) return medium;
    }
    return "unknown";
  };
}

function countBy(lines: readonly LogLine[], member: keyof LogLine): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of lines) counts[line[member]] = (counts[line[member]] ?? 0) + 1;
  return counts;
}

async function deliveredBy(data: string, sql: string): Promise<Record<string, number>> {
  const rows = await queryRows(data, `SELECT ${sql} AS what, count(DISTINCT event_id) AS events FROM events GROUP BY 1`);
  return Object.fromEntries(rows.map((row) => [String(row["what"] ?? ""), Number(row["events"])]));
}

it.skipIf(!existsSync(kRealLog))(
  `shapes the 10,000 lines of a real server's log, one event a request (skipped where ${kRealLog} is not there)`,
  { timeout: kTimeoutMs },
  async () => {
    const lines = readLog(gunzipSync(readFileSync(kRealLog)).toString("utf8"));
    expect(lines).toHaveLength(10_000);
    const run = await start({ quota: "tokyo-2026" });
    const report = await loadTo(run.collect, run.ledger, ["--replay", kRealLog, "--site", kSite, "--rate", "900"]);
    expect(report).toMatchObject({ acknowledged: 10_000, refused: 0, unanswered: 0 });
    await untilShaped(run.simulator.endpoint);

    expect(await deliveredBy(run.data, "strftime(event_time, '%Y-%m-%dT%H')")).toEqual(countBy(lines, "hour"));
    expect(await deliveredBy(run.data, "content_type")).toEqual({ page_view: 10_000 });
    expect(await deliveredBy(run.data, "referrer_medium")).toEqual(countBy(lines, "medium"));
    expect(await deliveredBy(run.data, "ua_family")).toEqual(countBy(lines, "family"));
    expect(await accounts(run)).toMatchObject({ balanced: true, events: 10_000, delivered: 10_000, lost: 0 });
  },
);

interface DesignStatus {
  apigateway: { count: number; "5xx_errors": number };
  streams: { throttled_requests: number; records: number }[];
  alarms: { name: string; state: string }[];
}

it("throttles at 1,500 events/s in Tokyo of 2020, and everyone tells the same number", { timeout: kTimeoutMs }, async () => {
  const hook = await startAlarmHook();
  onTestFinished(hook.stop);
  const run = await start({ quota: "tokyo-2020", webhook: hook.url });
  await untilEarlyInTheMinute();
  const report = await loadTo(run.collect, run.ledger, ["--rate", "1500", "--duration", "15s", "--lean"]);
  expect(report.events).toBe(22_500);
  expect(report.refused).toBeGreaterThan(0);
  expect(report.acknowledged + report.refused).toBe(22_500);
  await untilShaped(run.simulator.endpoint);

  const answer = await fetch(`${run.simulator.endpoint}/_edgehose/status`);
  const status: DesignStatus = await answer.json();
  expect(status.apigateway).toMatchObject({ count: 22_500, "5xx_errors": report.refused });
  expect(status.streams[0]).toMatchObject({ throttled_requests: report.refused, records: report.acknowledged });
  const metrics = await (await fetch(`${run.simulator.endpoint}/metrics`)).text();
  expect(/^edgehose_api_gateway_5_?xx_?error_total\{[^}]*\} (\d+)$/im.exec(metrics)?.[1]).toBe(String(report.refused));
  expect(await accounts(run)).toMatchObject({
    balanced: true,
    events: 22_500,
    delivered: report.acknowledged,
    refused: report.refused,
    lost: 0,
  });
  const told = await hook.untilAlarm("note-2020 refuses events");
  expect(told).toContain(`AWS/ApiGateway 5XXError Sum {ApiName=note-2020, Stage=prod} = ${report.refused}.0\n`);
  expect(await hook.untilAlarm("note-2020 throttled by Firehose")).toContain(` = ${report.refused}.0\n`);
});

/** A run in one minute is in one datum. */
async function untilEarlyInTheMinute(): Promise<void> {
  const second = new Date().getUTCSeconds();
  if (second > 35) await new Promise((resolve) => setTimeout(resolve, (61 - second) * 1000));
}
