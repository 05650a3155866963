// Firehose's quota of Tokyo in 2020 before a packed, paced collector, an unpacked one, and a flood.

import { expect, it } from "vitest";
import { appendLedger, eventDigest } from "../../edge/deploy/local/ledger.ts";
import { simulatorStreams, untilDelivered } from "../../edge/deploy/local/stack.ts";
import { audit, load, shardStatus, testStack } from "./world.ts";
import type { TestStack } from "./world.ts";

const kTimeoutMs = 150_000;
const kLean = ["--events-per-request", "10", "--lean", "--content-type", "page_view"];
const kHeldBytesMax = 8_388_608;
/** A probe is larger than the gaps that a nearly full shard has for small requests. */
const kProbePadBytes = 48_000;

async function throttled(stack: TestStack): Promise<{ records: number; requests: number; records_taken: number }> {
  const streams = await simulatorStreams(stack.simulator.endpoint);
  const sum = (name: "throttled_records" | "throttled_requests" | "records"): number =>
    streams.reduce((total, stream) => total + stream[name], 0);
  return { records: sum("throttled_records"), requests: sum("throttled_requests"), records_taken: sum("records") };
}

async function drainAndAudit(stack: TestStack, more: readonly string[] = []): Promise<void> {
  await untilDelivered(stack.simulator.endpoint);
  const verdict = await audit(stack, more);
  expect(verdict.stdout + verdict.stderr).toContain("audit: balanced");
  expect(verdict.status).toBe(0);
}

it("takes 1,500 events/s for 30 s packed: nothing throttled, every request answered", { timeout: kTimeoutMs }, async () => {
  const stack = await testStack({ quota: "tokyo-2020" });
  const report = await load(stack, [...kLean, "--rate", "1500", "--duration", "30s"]);
  expect(report.events).toBe(45_000);
  expect(report.acknowledged).toBe(45_000);
  expect(await throttled(stack)).toMatchObject({ records: 0, requests: 0 });
  const status = await shardStatus(stack);
  expect(status.delivered_lines).toBe(45_000);
  // Packed: far fewer records than events. One event a record, this would be 1.5 times the quota.
  expect(status.delivered_records).toBeLessThan(2_000);
  await drainAndAudit(stack);
});

it("meets throttles without packing and pacing, and loses nothing it acknowledged", { timeout: kTimeoutMs }, async () => {
  const stack = await testStack({ quota: "tokyo-2020", pack: "single", pacing: "off" });
  const report = await load(stack, [...kLean, "--rate", "1500", "--duration", "30s"]);
  expect((await throttled(stack)).records).toBeGreaterThan(0);
  expect(report.acknowledged).toBeGreaterThan(0);
  expect(report.acknowledged + report.refused + report.unanswered).toBe(45_000);
  await drainAndAudit(stack);
});

it("pushes back at 5,000 events/s: bounded, with Retry-After, and nothing acknowledged is lost", { timeout: kTimeoutMs }, async () => {
  const stack = await testStack({ quota: "tokyo-2020" });
  const flood = load(stack, [...kLean, "--rate", "5000", "--duration", "20s", "--connections", "4096"]);
  const probes = `${stack.ledger}.probes`;
  const refusal = await firstRefusal(stack, probes);
  const report = await flood;
  const { records } = await throttled(stack);
  const status = await shardStatus(stack);
  expect(records + status.refused_requests + status.timed_out_requests).toBeGreaterThan(0);
  expect(Number(refusal)).toBeGreaterThanOrEqual(1);
  expect(report.refused).toBeGreaterThan(0);
  expect(status.held_bytes_max_seen).toBeLessThanOrEqual(kHeldBytesMax);
  await drainAndAudit(stack, ["--ledger", probes]);
});

/** Retry-After of the first 503 that a sender beside the flood is given; its events go to a ledger of their own. */
async function firstRefusal(stack: TestStack, ledger: string): Promise<string | null> {
  for (let attempt = 0; attempt < 100; ++attempt) {
    const properties = { pad: "x".repeat(kProbePadBytes) };
    const event = { event_id: `probe-${attempt}`, content_type: "nothing_known", time: "2026-11-22T13:00:00.000Z", properties };
    const answer = await fetch(`${stack.worker.url}/collect`, { method: "POST", body: JSON.stringify(event) });
    await answer.arrayBuffer();
    const { event_id, content_type, time: event_time } = event;
    const outcome = answer.status === 200 ? "failed" : "refused";
    const digest = eventDigest({ content_type, event_time, properties });
    await appendLedger(ledger, [{ event_id, content_type, event_time, attempts: 1, outcome, status: answer.status, digest }]);
    if (answer.status === 503) return answer.headers.get("retry-after");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return null;
}
