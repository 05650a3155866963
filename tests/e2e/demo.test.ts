// The demo is a test that can fail: with a bug planted it ends non-zero and names an event.

import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { kDemoPlants } from "../../edge/deploy/local/demo-plants.ts";
import { run } from "./world.ts";

const kDemo = "edge/deploy/local/demo.ts";
const kTimeoutMs = 180_000;
/** The form of a UUID: every sender here names its events so. */
const kEventId = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

describe.concurrent("demo", () => {
  it("balances, and shows what it promises", { timeout: kTimeoutMs }, async () => {
    const { status, output } = await run(process.execPath, [kDemo]);
    expect(output).toContain("audit: balanced");
    for (const part of ["delivered", "objects", "page_view", "headroom", "month"]) expect(output).toContain(part);
    expect(status).toBe(0);
  });

  it.each(kDemoPlants)("fails with %s planted, and names an event", { timeout: kTimeoutMs }, async (plant) => {
    const { status, output } = await run(process.execPath, [kDemo, "--plant", plant]);
    const verdict = output.slice(output.lastIndexOf("\naudit"));
    expect(output, output).toContain("audit: NOT balanced");
    expect(output.slice(output.indexOf("drain:")) + verdict).toMatch(kEventId);
    expect(status).toBe(1);
  });

  it("refuses a plant it does not know", { timeout: kTimeoutMs }, async () => {
    const { status, output } = await run(process.execPath, [kDemo, "--plant", "typo"]);
    expect(status).toBe(2);
    expect(output).toContain("answer_early");
    expect(await readFile("dev", "utf8")).toContain(kDemo);
  });
});
