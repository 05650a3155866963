// Real Chromium, the SDK, the worker in workerd, simulated Firehose and S3: what a page tracks is
// in the lake, by its id, whatever happens on the way.

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startSimulator } from "../../edge/deploy/local/simulator.ts";
import { startCollector } from "../../edge/deploy/local/stack.ts";
import { startDemo } from "../../web/demo/serve.ts";
import { testStack } from "./world.ts";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { DemoServer } from "../../web/demo/serve.ts";
import type { TestStack } from "./world.ts";

const kQuiet = [
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** Back-off after an outage is a few seconds here; the rest is patience with a busy machine. */
const kAnswerMs = 30_000;

let browser: Browser;
let demo: DemoServer;

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", ...kQuiet],
  });
  demo = await startDemo();
});

afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

/** A visitor: one browser profile, thus one localStorage. */
async function visitor(): Promise<BrowserContext> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  return context;
}

async function openShop(context: BrowserContext, collectorUrl: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${demo.url}?collector=${encodeURIComponent(collectorUrl)}`);
  return page;
}

/** The shop's events, newest first, with their state as the page shows it. */
async function shown(page: Page): Promise<{ id: string; state: string }[]> {
  return page.$$eval("#events li", (rows) =>
    rows.map((row) => ({
      id: row.getAttribute("data-event-id") ?? "",
      state: row.getAttribute("data-state") ?? "",
    })),
  );
}

async function idsShown(page: Page): Promise<string[]> {
  return (await shown(page)).map(({ id }) => id);
}

async function untilAnswered(page: Page): Promise<void> {
  const isDone = (): boolean => document.querySelector("#count-queued")?.textContent === "0";
  await page.waitForFunction(isDone, undefined, { timeout: kAnswerMs });
}

async function shop(page: Page): Promise<void> {
  await page.click("#read");
  await page.click('[data-sku="yunomi-ash"] .look');
  await page.click('[data-sku="mug-straw"] .add');
  await page.click("#checkout");
}

/** How often each event_id is in the lake, once Firehose has written everything. */
async function lake(
  stack: TestStack,
  endpoint = stack.simulator.endpoint,
): Promise<Map<string, number>> {
  const flushed = await fetch(`${endpoint}/_edgehose/flush`, { method: "POST" });
  expect(flushed.status).toBe(200);
  const folder = join(stack.data, "s3", "lake");
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const copies = new Map<string, number>();
  for (const file of files) {
    if (!file.isFile()) continue;
    const bytes = await readFile(join(file.parentPath, file.name));
    const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString("utf8");
    for (const line of text.split("\n").filter(Boolean)) {
      const { event_id }: { event_id: string } = JSON.parse(line);
      copies.set(event_id, (copies.get(event_id) ?? 0) + 1);
    }
  }
  return copies;
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + kAnswerMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`${kAnswerMs} ms went by without: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function deliveredLines(stack: TestStack): Promise<number> {
  const answer = await fetch(`${stack.worker.url}/_edgehose/status`);
  const status: { delivered_lines: number } = await answer.json();
  return status.delivered_lines;
}

describe("browser: page to lake", () => {
  it("delivers each event once and shows it acknowledged", async () => {
    const stack = await testStack();
    const page = await openShop(await visitor(), stack.worker.url);
    await shop(page);
    await untilAnswered(page);
    const events = await shown(page);
    expect(events).toHaveLength(5);
    expect(events.map(({ state }) => state)).toEqual(events.map(() => "acknowledged"));
    const copies = await lake(stack);
    expect([...copies.keys()].sort()).toEqual(events.map(({ id }) => id).sort());
    expect([...copies.values()]).toEqual(events.map(() => 1));
  });

  it("delivers what was tracked just before a page closed, and the next page confirms it", async () => {
    const stack = await testStack();
    const context = await visitor();
    const keeper = await openShop(context, stack.worker.url);
    await untilAnswered(keeper);
    const closing: string[] = [];
    let before = 0;
    // A busy machine may be so slow between the clicks that the page sends some itself: then again.
    for (let tries = 0; tries < 10; tries += 1) {
      const page = await openShop(context, stack.worker.url);
      await untilAnswered(page);
      before = await deliveredLines(stack);
      await shop(page);
      const events = await shown(page);
      await page.close();
      closing.push(...events.map(({ id }) => id));
      if (events.filter(({ state }) => state === "queued").length === 4) break;
      // What such a page left behind is sent by another one before the next try.
      const heir = await openShop(context, stack.worker.url);
      await untilAnswered(heir);
      closing.push(...(await idsShown(heir)));
      await heir.close();
    }
    // By beacon alone: no page of this visitor has sent them yet.
    await until("the beacon's lines", async () => (await deliveredLines(stack)) >= before + 4);
    const next = await openShop(context, stack.worker.url);
    await next.waitForFunction(
      () => document.querySelector("#count-acknowledged")?.textContent === "5",
    );
    expect((await shown(next)).map(({ state }) => state)).toEqual(
      Array.from({ length: 5 }, () => "acknowledged"),
    );
    const tracked = new Set([...(await idsShown(keeper)), ...closing, ...(await idsShown(next))]);
    const copies = await lake(stack);
    expect([...copies.keys()].sort()).toEqual([...tracked].sort());
    for (const [id, count] of copies) expect(count, id).toBeLessThanOrEqual(2);
    expect(
      await next.evaluate(() => Object.keys(localStorage).filter((key) => key.includes(":event:"))),
    ).toEqual([]);
  });

  it("lets a page of another origin read which event failed", async () => {
    const stack = await testStack();
    const page = await openShop(await visitor(), stack.worker.url);
    await untilAnswered(page);
    const answer = await page.evaluate(async (url) => {
      const event = {
        event_id: "nobody",
        content_type: "Not A Type",
        time: "2026-11-22T13:00:00Z",
      };
      const response = await fetch(`${url}/collect`, {
        method: "POST",
        body: JSON.stringify([event]),
      });
      return { status: response.status, body: await response.json() };
    }, stack.worker.url);
    expect(answer).toMatchObject({ status: 200, body: { accepted: 0, failed: [{ index: 0 }] } });
  });
});

describe("browser: outages", () => {
  it("holds events while the collector is gone and hands them over when it is back", async () => {
    const stack = await testStack();
    const port = Number(new URL(stack.worker.url).port);
    const page = await openShop(await visitor(), stack.worker.url);
    await untilAnswered(page);
    await stack.worker.stop();
    await shop(page);
    await page.waitForTimeout(2_500);
    expect((await shown(page)).filter(({ state }) => state === "queued")).toHaveLength(4);
    const collector = await startCollector(stack.simulator.endpoint, {
      port,
      log: () => undefined,
    });
    onTestFinished(() => collector.stop());
    await untilAnswered(page);
    const copies = await lake(stack);
    expect([...copies.keys()].sort()).toEqual((await idsShown(page)).sort());
    expect([...copies.values()]).toEqual(Array.from({ length: 5 }, () => 1));
  });

  it("holds events while the collector says 503 because Firehose is gone", async () => {
    const stack = await testStack({ config: { ack_deadline_ms: 500 } });
    const page = await openShop(await visitor(), stack.worker.url);
    await untilAnswered(page);
    await stack.simulator.kill();
    const refusals: number[] = [];
    page.on("response", (response) => void refusals.push(response.status()));
    await shop(page);
    await until("a refusal", async () => refusals.includes(503));
    expect((await shown(page)).filter(({ state }) => state === "queued")).toHaveLength(4);
    const again = await startSimulator({ data: stack.data, port: stack.simulator.port });
    onTestFinished(() => again.stop());
    await untilAnswered(page);
    const copies = await lake(stack, again.endpoint);
    expect([...copies.keys()].sort()).toEqual((await idsShown(page)).sort());
  });

  it("keeps a full queue over a reload", async () => {
    const stack = await testStack();
    const port = Number(new URL(stack.worker.url).port);
    await stack.worker.stop();
    const page = await openShop(await visitor(), stack.worker.url);
    await page.evaluate(() => {
      const button = document.querySelector<HTMLElement>("#read");
      for (let clicks = 0; clicks < 1_010; clicks += 1) button?.click();
    });
    await page.waitForFunction(
      () => document.querySelector("#count-dropped")?.textContent === "11",
    );
    const stored = await page.evaluate(() =>
      Object.keys(localStorage)
        .filter((key) => key.startsWith("edgehose:event:"))
        .map((key) => key.split(":")[3] ?? ""),
    );
    expect(stored).toHaveLength(1_000);
    await page.reload();
    const collector = await startCollector(stack.simulator.endpoint, {
      port,
      log: () => undefined,
    });
    onTestFinished(() => collector.stop());
    // The reloaded page's own page_view takes one place; what found none is inherited at a later
    // beat.
    const isEmpty = (): boolean =>
      !Object.keys(localStorage).some((key) => key.startsWith("edgehose:event:"));
    await page.waitForFunction(isEmpty, undefined, { timeout: 90_000 });
    const copies = await lake(stack);
    for (const id of stored) expect(copies.get(id), id).toBe(1);
    expect(copies.size).toBe(1_001);
  }, 120_000);
});
