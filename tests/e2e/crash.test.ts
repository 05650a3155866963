// The simulator dies under load, the disk takes no more, strangers send rubbish: what was acknowledged arrives.

import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { startSimulator } from "../../edge/deploy/local/simulator.ts";
import { untilDelivered } from "../../edge/deploy/local/stack.ts";
import { audit, load, queryRows, testStack } from "./world.ts";

const kTimeoutMs = 120_000;

it("delivers every acknowledged event after kill -9 of the simulator under load", { timeout: kTimeoutMs }, async () => {
  const stack = await testStack({ quota: "tokyo-2026" });
  const flags = ["--rate", "600", "--duration", "10s", "--events-per-request", "10", "--attempts", "10"];
  const sending = load(stack, flags);
  for (const pauseMs of [2_500, 3_000]) {
    await sleep(pauseMs);
    await stack.simulator.kill();
    await sleep(400);
    const again = await startSimulator({ data: stack.data, quota: "tokyo-2026", port: stack.simulator.port });
    stack.simulator.kill = again.kill;
    stack.simulator.stop = again.stop;
  }
  const report = await sending;
  expect(report.acknowledged).toBeGreaterThan(3_000);
  await untilDelivered(stack.simulator.endpoint);
  const verdict = await audit(stack);
  expect(verdict.stdout + verdict.stderr).toContain("audit: balanced");
  expect(verdict.status).toBe(0);
  await stack.simulator.stop();
});

it("answers 503 and acknowledges nothing while the disk takes no more, then recovers", { timeout: kTimeoutMs }, async () => {
  const stack = await testStack({ quota: "tokyo-2026", config: { ack_deadline_ms: 1_000 } });
  const flags = ["--rate", "200", "--duration", "3s", "--events-per-request", "10"];
  // No file may grow at all: the journal's next write fails as on a full disk.
  execFileSync("prlimit", ["--pid", String(stack.simulator.pid), "--fsize=1:unlimited"]);
  const full = await load(stack, flags);
  expect(full.acknowledged).toBe(0);
  expect(full.refused).toBe(600);
  execFileSync("prlimit", ["--pid", String(stack.simulator.pid), "--fsize=unlimited:unlimited"]);
  const after = await load(stack, [...flags, "--seed", "2", "--attempts", "10"]);
  expect(after.acknowledged).toBe(600);
  await untilDelivered(stack.simulator.endpoint);
  const verdict = await audit(stack);
  expect(verdict.stdout + verdict.stderr).toContain("audit: balanced");
});

it("gives bad input its answer, and keeps good neighbours", { timeout: kTimeoutMs }, async () => {
  const stack = await testStack({ quota: "tokyo-2026" });
  const good = (id: string): string => JSON.stringify({ event_id: id, content_type: "page_view", time: "2026-11-22T13:00:00Z" });
  const post = async (body: string | Uint8Array<ArrayBuffer>): Promise<[number, string]> => {
    const answer = await fetch(`${stack.worker.url}/collect`, { method: "POST", body });
    return [answer.status, await answer.text()];
  };
  expect(await post("not json")).toEqual([400, expect.stringContaining("malformed_json")]);
  expect(await post(good("cut").slice(0, -1))).toEqual([400, expect.stringContaining("truncated")]);
  expect(await post("x".repeat(1_100_000))).toEqual([413, expect.stringContaining("body_too_large")]);

  const deep = `${"[".repeat(100)}${"]".repeat(100)}`;
  const [status, text] = await post(`[${good("before-deep")},${deep},${good("after-deep")}]`);
  expect([status, JSON.parse(text)]).toEqual([200, { accepted: 2, failed: [expect.objectContaining({ index: 1, reason: "too_deep" })], ack: "durable" }]);

  const broken = Buffer.concat([Buffer.from(`[${good("before-bytes")},{"a":"`), Buffer.from([0xff, 0xfe]), Buffer.from(`"},${good("after-bytes")}]`)]);
  const [, bytesText] = await post(new Uint8Array(broken));
  expect(JSON.parse(bytesText)).toMatchObject({ accepted: 2, failed: [{ index: 1, reason: "invalid_utf8", pointer: "/a" }] });

  const large = JSON.stringify({ event_id: "large", content_type: "page_view", time: 0, properties: { pad: "x".repeat(1_024_000) } });
  const [, largeText] = await post(`[${large},${good("beside-large")}]`);
  expect(JSON.parse(largeText)).toMatchObject({ accepted: 1, failed: [{ index: 0, reason: "event_too_large" }] });

  const [, cutText] = await post(`[${good("before-cut")},{"event_id":"cu`);
  expect(JSON.parse(cutText)).toMatchObject({ accepted: 1, failed: [{ index: 1, reason: "malformed_json" }] });

  for (const [method, path, expected] of [["GET", "/collect", 405], ["PUT", "/collect", 405], ["GET", "/nowhere", 404]] as const) {
    expect((await fetch(`${stack.worker.url}${path}`, { method })).status).toBe(expected);
  }

  await untilDelivered(stack.simulator.endpoint);
  const rows = await queryRows(stack.data, "SELECT event_id FROM events ORDER BY 1");
  expect(rows.map((row) => row["event_id"])).toEqual(
    ["after-bytes", "after-deep", "before-bytes", "before-cut", "before-deep", "beside-large"],
  );
  const failed = await queryRows(stack.data, "SELECT reason, count(*) AS n FROM failed_events GROUP BY 1 ORDER BY 1");
  expect(failed.map((row) => row["reason"])).toEqual(["event_too_large", "invalid_utf8", "malformed_json", "too_deep"]);
});

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
