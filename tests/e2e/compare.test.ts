// The same traffic through the design of 2020 and through the edge worker, as `./dev compare` runs it.

import { expect, it } from "vitest";
import { comparisonTable, compareDesigns } from "../../edge/deploy/local/compare.ts";

it("throttles the design of 2020 and not the edge worker, and bills both", { timeout: 150_000 }, async () => {
  const outcomes = await compareDesigns({
    rate: 1_500,
    edgePerRequest: 5,
    seconds: 8,
    quota: "tokyo-2020",
    region: "us-east-1",
    waitForAlarms: false,
    details: false,
    say: () => undefined,
  });
  const [note, edge] = outcomes;
  if (note === undefined || edge === undefined) throw new Error("two designs were to be compared");
  for (const { load, audit, found } of outcomes) {
    expect(load.events).toBe(12_000);
    expect(audit).toMatchObject({ balanced: true, delivered: load.acknowledged, lost: 0 });
    expect(found).toBe(load.acknowledged);
  }
  expect(note.throttled).toBeGreaterThan(0);
  expect(note.gateway5xx).toBe(note.throttled);
  expect(note.load.refused).toBe(note.throttled);
  expect(edge.throttled).toBe(0);
  expect(edge.load.acknowledged).toBe(12_000);
  expect(edge.records).toBeLessThan(note.records / 10);

  // A month is 324,000 times 8 s: what was counted is in the lines, tier by tier.
  const counted = (meter: string, { bill }: typeof note): number =>
    bill.lines.filter((line) => line.meter === meter).reduce((sum, line) => sum + line.count, 0);
  expect(counted("apigateway_requests", note)).toBe(12_000 * 324_000);
  expect(counted("firehose_ingest", note)).toBe(note.records * 5_120 * 324_000);
  expect(counted("workers_requests", edge)).toBe(2_400 * 324_000);
  expect(counted("workers_cpu", edge)).toBeGreaterThan(0);
  expect([note.bill.is_lower_bound, edge.bill.is_lower_bound]).toEqual([false, false]);

  const table = comparisonTable(outcomes, "us-east-1");
  expect(table[0]).toBe("|  | note-2020 | edge worker |");
  expect(new Set(table.map((row) => row.split(" | ").length))).toEqual(new Set([3]));
});
