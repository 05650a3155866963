// The module's memory stays within its bound, 4 MiB and four times the body limit, whatever comes and
// however long it runs.

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { makeFrame } from "./generated-requests.ts";
import { requestFrame } from "./job.ts";
import { exportsOf, Shaping } from "./run-job.ts";
import { wasiFile } from "./runners.ts";
import { generator, pickOf } from "../bench/random.ts";

const kBodyBytesMax = 1_048_576;
const kMemoryBytesMax = 4 * 1_048_576 + 4 * kBodyBytesMax;
const kRequests = 1_000_000;

const event = (id: number, more: string): string => `{"event_id":"e${id}","content_type":"page_view","time":0${more}}`;

/** Requests at the bounds: what fills the output, the list of failed events, the scanner. */
function largeFrames(): Uint8Array[] {
  const many = (count: number, one: (i: number) => string): string => `[${Array.from({ length: count }, (_, i) => one(i)).join(",")}]`;
  const bodies = [
    many(1_000, (i) => event(i, `,"page_title":"${"x".repeat(900)}"`)),
    many(1_000, (i) => event(i, `,"page_url":"https://a.example/${"%22".repeat(290)}?utm_source=${"%22".repeat(20)}"`)),
    many(1_000, () => "1"),
    many(1_000, (i) => `{"event_id":"${i}","${"a".repeat(900)}":1}`),
    many(21, () => `{"x":"${"y".repeat(49_000)}"}`),
    event(1, `,"properties":{"a":"${"z".repeat(1_020_000)}"}`),
    event(1, `,"properties":{"a":"${"z".repeat(1_040_000)}"}`),
    event(1, `,"properties":[${"[".repeat(60)}${"1,".repeat(520_000)}1`),
    `[${event(1, "")},${'{"a":'.repeat(200_000)}`,
    "[".repeat(1_048_000),
    " ".repeat(1_048_000),
    "x".repeat(1_048_577),
  ];
  return bodies.map((body) => requestFrame({ body: new TextEncoder().encode(body), headers: `user-agent: ${"Mozilla/5.0 (".repeat(200)}\n`, client_ip: "203.0.113.9" }));
}

it("a million requests, and the largest ones, stay within the bound and do not grow", { timeout: 300_000 }, async () => {
  const { instance } = await WebAssembly.instantiate(readFileSync(wasiFile), {});
  const shaping = new Shaping(exportsOf(instance));
  const pick = generator(271_828);
  const small = Array.from({ length: 5_000 }, () => makeFrame(pick));
  const large = largeFrames();
  const after = new Set<number>();
  for (let i = 0; i < kRequests; i += 1) {
    // The largest ones come first, and now and then.
    const frame = i < 100 || i % 20_000 === 0 ? pickOf(pick, large) : (small[i % small.length] ?? new Uint8Array());
    shaping.shape(frame);
    if (i === 100_000 || i === kRequests - 1) after.add(shaping.memoryBytes);
  }
  for (const bytes of after) expect(bytes).toBeLessThanOrEqual(kMemoryBytesMax);
  expect(after.size, `memory grew: ${[...after].join(", ")}`).toBe(1);
});
