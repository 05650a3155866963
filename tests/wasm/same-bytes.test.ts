// Generated requests and shard scripts give the same bytes in every build of the core.

import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { requestFrame, shapeJob, shardJob } from "./job.ts";
import { emscriptenFile, nativeRunner, nodeRunner, wasiFile, workerdRunner } from "./runners.ts";
import type { ShardStep } from "./job.ts";

const kSeed = 20261122;

/** mulberry32: small, seeded, the same everywhere. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const event = '{"event_id":"e","content_type":"page_view","time":"2026-11-22T13:00:00Z"}';
const pieces = [
  event, event, event, "{", "}", "[", "]", ",", ",", ":", '"', "\\", '"event_id":"x"', '"events":[', '{"events":[', '"sent_time":',
  '"content_type":"click"', '"time":1795352400', '"time":"2026-02-29"', '"time":"2026-11-22T22:00:00+09:00"', "1e400", "-0", "1.5e-7", "null",
  '"properties":{"a":[1,{"b":null}]}', '"user_id":"\\ud800\\ud83d\\ude00"', '"page_url":"https://A.example:1/p?utm_source=%e3%81%82&utm_term=%ff"',
  '"referrer_url":"HTTP://b"', '"screen_width":1920', '"\\u0074ime":0', "\u3042", "\n", " ", "[".repeat(70),
];
const addresses = ["", "203.0.113.77", "2001:db8:1:2::3", "::ffff:1.2.3.4", "1.2.3", "fe80::1%eth0"];
const headers = ["", "user-agent: A\n", "cf-ipcountry: JP\ncf-asn: 1\n", "user-agent: \u3042\ncloudfront-viewer-city: x\n"];
const configurations = ["", '{"streams":{"page_view":"v"}}', '{"streams":{"page_view":"v","*":"o"},"limits":{"events_max":5}}', '{"nope":1}'];

function pickOf<T>(pick: (below: number) => number, items: readonly T[]): T {
  const item = items[pick(items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

function shapeJobs(count: number): Uint8Array[] {
  const pick = generator(kSeed);
  return Array.from({ length: count }, () => {
    let text = pick(3) === 0 ? `[${event},` : "";
    for (let n = pick(10); n > 0; n -= 1) text += pickOf(pick, pieces);
    const body = new TextEncoder().encode(text);
    // Some with a byte that is no UTF-8, some cut.
    if (pick(8) === 0 && body.length > 0) body[pick(body.length)] = 0xff;
    const cut = pick(5) === 0 ? pick(body.length + 1) : body.length;
    const isGif = pick(12) === 0;
    const frame = requestFrame({
      now_ms: 1795352400000 + pick(1_000_000),
      method: isGif ? "GET" : "POST",
      path: isGif ? "/collect.gif" : "/collect",
      query: isGif ? `event_id=a&content_type=page_view&time=0&properties.x=${encodeURIComponent(text)}` : "",
      client_ip: pickOf(pick, addresses),
      headers: pickOf(pick, headers),
      body: isGif ? new Uint8Array() : body.subarray(0, cut),
    });
    return shapeJob(pickOf(pick, configurations), frame);
  });
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
  ["2,000 requests", shapeJobs(2_000)],
  ["200 shard scripts", shardJobs(200)],
])("%s give the same bytes in every build", async (_, jobs) => {
  const native = await nativeRunner(jobs);
  expect(native.length).toBe(jobs.length);
  // The generator reaches both ends: much is accepted, much is refused.
  expect(new Set(native.map((result) => digest([result]))).size).toBeGreaterThan(jobs.length / 4);
  for (const [name, run] of [
    ["WASI under Node", nodeRunner(wasiFile)],
    ["Emscripten under Node", nodeRunner(emscriptenFile)],
    ["WASI in workerd", workerdRunner],
  ] as const) {
    const results = await run(jobs);
    const different = results.findIndex((result, i) => !Buffer.from(result).equals(native[i] ?? new Uint8Array()));
    expect(different, `${name}: the first job whose bytes differ from native's (seed ${kSeed})`).toBe(-1);
    expect(digest(results), name).toBe(digest(native));
  }
});
