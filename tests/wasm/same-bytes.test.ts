// Generated requests and shard scripts give the same bytes in every build of the core.

import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { generator, pickOf } from "../bench/random.ts";
import { makeFrame } from "./generated-requests.ts";
import { shapeJob, shardJob } from "./job.ts";
import { emscriptenFile, nativeRunner, nodeRunner, scalarFile, wasiFile, workerdRunner } from "./runners.ts";
import type { ShardStep } from "./job.ts";

const kSeed = 20261122;

const configurations = ["", '{"streams":{"page_view":"v"}}', '{"streams":{"page_view":"v","*":"o"},"limits":{"events_max":5}}', '{"nope":1}'];

function shapeJobs(count: number): Uint8Array[] {
  const pick = generator(kSeed);
  return Array.from({ length: count }, () => shapeJob(pickOf(pick, configurations), makeFrame(pick)));
}

function shardJobs(count: number): Uint8Array[] {
  const pick = generator(kSeed + 1);
  return Array.from({ length: count }, (_, seed) => {
    const steps: ShardStep[] = [];
    let nowMs = 1795352400000;
    for (let at = 0; at < 40; at += 1) {
      nowMs += pick(120);
      const kind = pick(4);
      if (kind < 2) {
        const lines = Array.from({ length: pick(4) }, (_, i) => ({ stream: `s${pick(3)}`, line: "x".repeat(1 + pick(3000)) + String(i) }));
        steps.push({ step: "submit", now_ms: nowMs, request_id: at + 1, lines });
      } else if (kind === 2) {
        steps.push({ step: "answer", now_ms: nowMs, batch_id: 1 + pick(12), ...pickOf(pick, answers) });
      } else {
        steps.push({ step: "tick", now_ms: nowMs });
      }
    }
    const mode = pickOf(pick, ["packed", "single"]);
    const pacing = { mode: pickOf(pick, ["on", "off"]), records_s: 100, requests_s: 20, bytes_s: 50_000, share_permille: 700 };
    const configuration = { pack: { mode, linger_ms: pick(200), in_flight_max: 1 + pick(4) }, pacing, ack_deadline_ms: 1000 };
    return shardJob(JSON.stringify(configuration), seed, steps);
  });
}

const answers = [
  { status: 0, body: "" },
  { status: 200, body: '{"RequestResponses":[{"RecordId":"a"}]}' },
  { status: 200, body: '{"RequestResponses":[{"RecordId":"a"},{"ErrorCode":"ServiceUnavailableException"}]}' },
  { status: 500, body: '{"__type":"ServiceUnavailableException"}' },
  { status: 502, body: "<html>" },
];

function digest(results: Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const result of results) hash.update(result);
  return hash.digest("hex");
}

it.each([
  ["500 requests", shapeJobs(500)],
  ["200 shard scripts", shardJobs(200)],
])("%s give the same bytes in every build", async (_, jobs) => {
  const native = await nativeRunner(jobs);
  expect(native.length).toBe(jobs.length);
  // The generator reaches both ends: much is accepted, much is refused.
  expect(new Set(native.map((result) => digest([result]))).size).toBeGreaterThan(jobs.length / 4);
  for (const [name, run] of [
    ["WASI under Node", nodeRunner(wasiFile)],
    ["WASI without vectors under Node", nodeRunner(scalarFile)],
    ["Emscripten under Node", nodeRunner(emscriptenFile)],
    ["WASI in workerd", workerdRunner],
  ] as const) {
    const results = await run(jobs);
    const different = results.findIndex((result, i) => !Buffer.from(result).equals(native[i] ?? new Uint8Array()));
    expect(different, `${name}: the first job whose bytes differ from native's (seed ${kSeed})`).toBe(-1);
    expect(digest(results), name).toBe(digest(native));
  }
});
