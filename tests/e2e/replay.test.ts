// A web server's log through worker and simulator: what arrives is the log, hour by hour.

import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { untilDelivered } from "../../edge/deploy/local/stack.ts";
import { audit, load, queryRows, testFolder, testStack } from "./world.ts";

const kTimeoutMs = 150_000;
const kRealLog = "../shared/data/access.log.gz";
const kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
const kCombined = /^\S+ \S+ \S+ \[(\d\d)\/(\w{3})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d\d)(\d\d)\] "/;

/** Lines by hour in UTC, counted from the log alone, by other means than the program's. */
function linesByHour(log: string): Map<string, number> {
  const hours = new Map<string, number>();
  for (const line of log.split("\n")) {
    const found = kCombined.exec(line);
    if (found === null) continue;
    const [, day, month = "", year, hour, minute, second, zone, zoneMinutes] = found;
    const number = String(kMonths.indexOf(month) / 3 + 1).padStart(2, "0");
    const time = new Date(`${year}-${number}-${day}T${hour}:${minute}:${second}${zone}:${zoneMinutes}`);
    const key = time.toISOString().slice(0, 13);
    hours.set(key, (hours.get(key) ?? 0) + 1);
  }
  return hours;
}

/** A log of `count` lines from a linear congruential generator: the same for the same seed. */
function makeLog(seed: number, count: number): string {
  let state = seed >>> 0;
  const next = (bound: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  const agents = ["Mozilla/5.0 (X11; Linux x86_64)", "curl/8.0", 'odd \\"agent\\" \\\\', "-", "\u65e5\u672c\u8a9e"];
  let time = Date.UTC(2026, 0, 31, 20);
  let log = "";
  for (let line = 0; line < count; ++line) {
    time += next(20_000);
    const at = new Date(time);
    const stamp =
      `${String(at.getUTCDate()).padStart(2, "0")}/${kMonths.substr(at.getUTCMonth() * 3, 3)}/${at.getUTCFullYear()}:` +
      `${at.toISOString().slice(11, 19)} +0000`;
    const path = `/article/${next(500)}${next(4) === 0 ? `?q=${next(99)}&utm_source=mail` : ""}`;
    const referrer = next(3) === 0 ? "-" : `https://search.example/?q=word+${next(50)}`;
    log +=
      `192.0.2.${next(256)} - - [${stamp}] "GET ${path} HTTP/1.1" ${next(10) === 0 ? 404 : 200} ` +
      `${next(90_000)} "${referrer}" "${agents[next(agents.length)]}"\n`;
  }
  return log;
}

async function replay(log: string): Promise<void> {
  const folder = await testFolder();
  const file = join(folder, "access.log.gz");
  await writeFile(file, gzipSync(log));
  const stack = await testStack({ quota: "tokyo-2026" });
  const flags = ["--replay", file, "--rate", "2000", "--events-per-request", "20", "--attempts", "20"];
  const expected = linesByHour(log);
  const total = [...expected.values()].reduce((sum, count) => sum + count, 0);
  const report = await load(stack, flags);
  expect(report.acknowledged).toBe(total);
  await untilDelivered(stack.simulator.endpoint);

  const rows = await queryRows(
    stack.data,
    "SELECT strftime(event_time, '%Y-%m-%dT%H') AS hour, count(DISTINCT event_id) AS events FROM events GROUP BY 1 ORDER BY 1",
  );
  const delivered = new Map(rows.map((row) => [String(row["hour"]), Number(row["events"])]));
  expect(delivered).toEqual(expected);
  const verdict = await audit(stack);
  expect(verdict.stdout + verdict.stderr).toContain("audit: balanced");
}

it("delivers a made log line by line", { timeout: kTimeoutMs }, () => replay(makeLog(20_260_131, 6_000)));

it.skipIf(!existsSync(kRealLog))(
  `delivers the 10,000 lines of a real server's log (skipped where ${kRealLog} is not there)`,
  { timeout: kTimeoutMs },
  async () => {
    const log = gunzipSync(await readFile(kRealLog)).toString("utf8");
    expect(log.trimEnd().split("\n")).toHaveLength(10_000);
    await replay(log);
  },
);
