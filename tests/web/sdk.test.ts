import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { createTracker } from "../../web/sdk/index.ts";
import { uuidSource } from "../../web/sdk/uuid.ts";
import { FakeStorage, FakeTab, accepted, refused } from "./fake-world.ts";
import type { Report, Tracker, TrackerOptions } from "../../web/sdk/index.ts";

const url = "https://collect.example/collect";

function open(
  tab: FakeTab,
  options: Partial<TrackerOptions> = {},
): { tracker: Tracker; reports: Report[] } {
  const reports: Report[] = [];
  const tracker = createTracker(
    { url, on_report: (report) => void reports.push(report), ...options },
    tab,
  );
  return { tracker, reports };
}

function trackMany(
  tracker: Tracker,
  count: number,
  properties?: Record<string, unknown>,
): string[] {
  return Array.from({ length: count }, () => tracker.track("page_view", properties));
}

describe("sdk: ids", () => {
  it("gives UUIDs of version 7 that sort in the order they were made", () => {
    const tab = new FakeTab();
    const newId = uuidSource(tab);
    const ids = Array.from({ length: 10_000 }, newId);
    tab.sleep(1);
    ids.push(newId());
    tab.sleep(-5000);
    ids.push(newId());
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("puts the time it was made into an id", () => {
    const tab = new FakeTab();
    const id = uuidSource(tab)();
    expect(parseInt(id.replace("-", "").slice(0, 12), 16)).toBe(tab.now());
  });
});

describe("sdk: the wire", () => {
  it("sends what it knows, without empty members, as text that needs no preflight", async () => {
    const tab = new FakeTab();
    const { tracker } = open(tab, { user_id: "u1" });
    const id = tracker.track("add_to_cart", { sku: "A-1", price: 3 });
    await tab.pass(1000);
    expect(tab.requests).toHaveLength(1);
    const [request] = tab.requests;
    expect(request?.init).toMatchObject({ method: "POST", keepalive: true, credentials: "omit" });
    expect(request?.init.headers).toBeUndefined();
    expect(JSON.parse(request?.text ?? "")).toEqual({
      sent_time: "2026-11-22T13:00:01.000Z",
      events: [
        {
          event_id: id,
          content_type: "add_to_cart",
          time: "2026-11-22T13:00:00.000Z",
          user_id: "u1",
          anonymous_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          session_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          page_url: "https://shop.example/a?b=1",
          page_title: "A",
          properties: { sku: "A-1", price: 3 },
        },
      ],
    });
  });

  it("gathers events for a while and sends them together, oldest first", async () => {
    const tab = new FakeTab();
    const { tracker } = open(tab);
    const ids = trackMany(tracker, 250);
    await tab.pass(999);
    expect(tab.requests).toHaveLength(0);
    await tab.pass(1);
    expect(tab.requests.flatMap((request) => request.ids)).toEqual(ids);
    expect(tab.requests.length).toBeLessThanOrEqual(3);
    expect(tracker.queued()).toEqual([]);
  });

  it("keeps the browser's id for good and the visit's until 30 idle minutes", async () => {
    const storage = new FakeStorage();
    const tab = new FakeTab(storage);
    const { tracker } = open(tab);
    tracker.track("a");
    tab.sleep(29 * 60_000);
    tracker.track("b");
    tab.sleep(31 * 60_000);
    tracker.track("c");
    await tab.pass(1000);
    const [a, b, c] = tab.requests.flatMap((request) => request.events);
    expect(b).toMatchObject({ anonymous_id: a?.["anonymous_id"], session_id: a?.["session_id"] });
    expect(c).toMatchObject({ anonymous_id: a?.["anonymous_id"] });
    expect(c?.["session_id"]).not.toBe(a?.["session_id"]);
    const later = new FakeTab(storage, 99);
    open(later).tracker.track("d");
    await later.pass(1000);
    expect(later.requests[0]?.events[0]).toMatchObject({ anonymous_id: a?.["anonymous_id"] });
  });
});

describe("sdk: final answers", () => {
  it("counts and reports what was acknowledged and what failed, with its place", async () => {
    const tab = new FakeTab();
    tab.collector = () => accepted([{ index: 1, reason: "missing", pointer: "/time" }]);
    const { tracker, reports } = open(tab);
    const [first = "", second = ""] = trackMany(tracker, 2);
    await tab.pass(1000);
    expect(reports).toEqual([
      { event_id: first, outcome: "acknowledged", status: 200 },
      { event_id: second, outcome: "failed", status: 200, reason: "missing", pointer: "/time" },
    ]);
    expect(tracker.counts).toEqual({
      tracked: 2,
      acknowledged: 1,
      failed: 1,
      refused: 0,
      dropped: 0,
    });
    expect(tracker.queued()).toEqual([]);
  });

  it.each([400, 403, 404, 413, 415])("drops and reports events on %i", async (status) => {
    const storage = new FakeStorage();
    const tab = new FakeTab(storage);
    tab.collector = () => refused(status);
    const { tracker, reports } = open(tab);
    const [id = ""] = trackMany(tracker, 1);
    await tab.pass(120_000);
    expect(tab.requests).toHaveLength(1);
    expect(reports).toEqual([{ event_id: id, outcome: "refused", status }]);
    expect(tracker.counts.refused).toBe(1);
    expect(storage.eventKeys()).toEqual([]);
  });

  it.each([408, 429, 500, 502, 503, "network error", "never"] as const)(
    "keeps events on %s",
    async (answer) => {
      const storage = new FakeStorage();
      const tab = new FakeTab(storage);
      tab.collector = () => (typeof answer === "number" ? refused(answer) : answer);
      const { tracker, reports } = open(tab);
      const ids = trackMany(tracker, 5);
      await tab.pass(600_000);
      expect(tab.requests.length).toBeGreaterThan(3);
      expect(tab.requests.length).toBeLessThan(40);
      expect([...tracker.queued()].sort()).toEqual(ids);
      expect(storage.eventKeys()).toHaveLength(5);
      expect(reports).toEqual([]);
      tab.collector = () => accepted();
      await tab.pass(120_000);
      expect(tracker.queued()).toEqual([]);
      expect(tracker.counts.acknowledged).toBe(5);
      expect(storage.eventKeys()).toEqual([]);
    },
  );

  it("waits as long as Retry-After says, in seconds or as a date", async () => {
    for (const header of ["120", "Sun, 22 Nov 2026 13:02:01 GMT"]) {
      const tab = new FakeTab();
      tab.collector = () => refused(503, { "retry-after": header });
      const { tracker } = open(tab);
      tracker.track("a");
      await tab.pass(1000);
      expect(tab.requests).toHaveLength(1);
      await tab.pass(119_900);
      await tracker.flush();
      expect(tab.requests).toHaveLength(1);
      await tab.pass(200);
      expect(tab.requests).toHaveLength(2);
    }
  });

  it("backs off further each time, to a minute at most, and not in step with other tabs", async () => {
    const gaps = async (seed: number): Promise<number[]> => {
      const tab = new FakeTab(new FakeStorage(), seed);
      const atMs: number[] = [];
      tab.collector = () => (atMs.push(tab.now()), "network error");
      open(tab).tracker.track("a");
      await tab.pass(900_000);
      return atMs.slice(1).map((ms, index) => ms - (atMs[index] ?? 0));
    };
    const one = await gaps(1);
    expect(one[0]).toBeGreaterThanOrEqual(500);
    expect(one[0]).toBeLessThanOrEqual(1000);
    for (const gap of one.slice(8)) expect(gap).toBeGreaterThanOrEqual(30_000);
    for (const gap of one) expect(gap).toBeLessThanOrEqual(60_000);
    expect(await gaps(2)).not.toEqual(one);
  });

  it("gets past an event that makes the collector fail", async () => {
    const tab = new FakeTab();
    const { tracker } = open(tab);
    const poison = tracker.track("poison");
    const others = trackMany(tracker, 20);
    tab.collector = ({ ids }) => (ids.includes(poison) ? refused(500) : accepted());
    await tab.pass(1_800_000);
    expect(tracker.queued()).toEqual([poison]);
    expect(tracker.counts.acknowledged).toBe(others.length);
  });

  it("survives an error of the page's callback", async () => {
    const tab = new FakeTab();
    const errors: unknown[] = [];
    const catchError = (error: unknown): void => void errors.push(error);
    process.setUncaughtExceptionCaptureCallback(catchError);
    const { tracker } = open(tab, {
      on_report: () => {
        throw new Error("of the page");
      },
    });
    trackMany(tracker, 3);
    await tab.pass(1000);
    tracker.track("later");
    await tab.pass(1000);
    process.setUncaughtExceptionCaptureCallback(null);
    expect(errors).toHaveLength(4);
    expect(tracker.queued()).toEqual([]);
  });
});

describe("sdk: beacons", () => {
  it("sends what no request carries when the page is hidden, and confirms it later", async () => {
    const storage = new FakeStorage();
    const tab = new FakeTab(storage);
    const { tracker } = open(tab);
    const ids = trackMany(tracker, 3);
    tab.tell("hide");
    tab.tell("leave");
    expect(tab.beacons.map((beacon) => beacon.ids)).toEqual([ids]);
    expect(tracker.queued()).toEqual(ids);
    await tab.pass(4_999);
    expect(tab.requests).toHaveLength(0);
    expect(storage.eventKeys()).toHaveLength(3);
    await tab.pass(1);
    expect(tab.requests.map((request) => request.ids)).toEqual([ids]);
    expect(tracker.queued()).toEqual([]);
  });

  it("does not beacon what a request under way carries", async () => {
    const tab = new FakeTab();
    tab.collector = () => "never";
    const { tracker } = open(tab);
    const ids = trackMany(tracker, 2);
    await tab.pass(1000);
    const late = tracker.track("late");
    tab.tell("hide");
    expect(tab.requests.map((request) => request.ids)).toEqual([ids]);
    expect(tab.beacons.map((beacon) => beacon.ids)).toEqual([[late]]);
  });

  it("keeps everything when the browser refuses the beacon", async () => {
    const tab = new FakeTab();
    tab.takesBeacons = false;
    const { tracker } = open(tab);
    const ids = trackMany(tracker, 2);
    tab.tell("hide");
    await tab.pass(1000);
    expect(tab.requests.map((request) => request.ids)).toEqual([ids]);
  });

  it("leaves a beacon's events to the next page", async () => {
    const storage = new FakeStorage();
    const tab = new FakeTab(storage);
    const ids = trackMany(open(tab).tracker, 2);
    tab.tell("hide");
    tab.tell("leave");
    tab.crash();
    const next = new FakeTab(storage, 7);
    open(next);
    await next.pass(1000);
    expect(next.requests.map((request) => request.ids)).toEqual([ids]);
    expect(storage.eventKeys()).toEqual([]);
  });
});

describe("sdk: bounds", () => {
  it("keeps keepalive and beacon bytes under way below 60 KB together", async () => {
    const tab = new FakeTab();
    tab.collector = () => "never";
    const { tracker } = open(tab);
    trackMany(tracker, 150, { text: "\u00e9".repeat(300) });
    await tab.pass(1000);
    tab.tell("hide");
    tab.tell("hide");
    tab.tell("leave");
    const sent = [...tab.requests, ...tab.beacons];
    const bytes = sent.reduce((sum, { text }) => sum + new TextEncoder().encode(text).length, 0);
    expect(tab.requests).toHaveLength(1);
    expect(bytes).toBeGreaterThan(58_000);
    expect(bytes).toBeLessThanOrEqual(60_000);
  });

  it("gives no second beacon, nor a request, while a large one is under way", async () => {
    const tab = new FakeTab();
    const { tracker } = open(tab);
    const ids = trackMany(tracker, 150, { text: "x".repeat(600) });
    tab.tell("hide");
    tab.tell("leave");
    await tab.pass(4_000);
    expect(tab.beacons).toHaveLength(1);
    expect(tab.requests).toHaveLength(0);
    await tab.pass(2_000);
    expect(tab.requests.flatMap((request) => request.ids)).toEqual(ids);
  });

  it("hands over everything when much more than 60 KB wait, and no event twice", async () => {
    const tab = new FakeTab();
    const { tracker } = open(tab);
    const ids = trackMany(tracker, 500, { text: "x".repeat(900) });
    await tab.pass(1000);
    for (const { text } of tab.requests) expect(text.length).toBeLessThanOrEqual(60_000);
    expect(tab.requests.flatMap((request) => request.ids)).toEqual(ids);
  });

  it("sends an event above 60 KB alone and without keepalive", async () => {
    const tab = new FakeTab();
    const { tracker } = open(tab);
    tracker.track("small");
    const large = tracker.track("large", { text: "x".repeat(70_000) });
    tracker.track("small");
    await tab.pass(1000);
    const found = tab.requests.find(({ ids }) => ids.includes(large));
    expect(found?.ids).toEqual([large]);
    expect(found?.init.keepalive).toBe(false);
    expect(tab.requests.filter(({ init }) => init.keepalive)).toHaveLength(tab.requests.length - 1);
    expect(tracker.counts.acknowledged).toBe(3);
  });

  it("drops and reports events beyond the bounds of number and bytes", async () => {
    const tab = new FakeTab();
    tab.collector = () => "network error";
    const { tracker, reports } = open(tab, { events_max: 10 });
    const ids = trackMany(tracker, 12);
    await tab.pass(1000);
    expect(tracker.queued()).toEqual(ids.slice(0, 10));
    expect(reports.map(({ outcome, reason }) => [outcome, reason])).toEqual(
      Array.from({ length: 2 }, () => ["dropped", "queue_full"]),
    );
    const wide = new FakeTab();
    const wideTracker = open(wide).tracker;
    trackMany(wideTracker, 3, { text: "x".repeat(900_000) });
    expect(wideTracker.counts.dropped).toBe(1);
  });

  it("drops and reports properties that are not JSON", async () => {
    const tab = new FakeTab();
    const { tracker, reports } = open(tab);
    const ring: Record<string, unknown> = {};
    ring["self"] = ring;
    const id = tracker.track("a", ring);
    await tab.pass(1000);
    expect(reports).toEqual([{ event_id: id, outcome: "dropped", status: 0, reason: "not_json" }]);
  });

  it("is at most 3 KB, minified and gzipped", async () => {
    const bundle = await build({
      entryPoints: [fileURLToPath(new URL("../../web/sdk/index.ts", import.meta.url))],
      bundle: true,
      minify: true,
      format: "esm",
      target: "es2022",
      write: false,
    });
    const bytes = gzipSync(bundle.outputFiles[0]?.contents ?? new Uint8Array(), {
      level: 9,
    }).length;
    expect(bytes).toBeGreaterThan(1000);
    expect(bytes).toBeLessThanOrEqual(3072);
  });
});

describe("sdk: storage", () => {
  it("works when storage throws at every call, or is not there", async () => {
    const broken = new FakeStorage();
    for (const name of ["getItem", "setItem", "removeItem", "key"] as const) {
      broken[name] = () => {
        throw new DOMException("denied", "SecurityError");
      };
    }
    for (const tab of [new FakeTab(broken), withoutStorage()]) {
      const { tracker } = open(tab);
      const ids = trackMany(tracker, 3);
      await tab.pass(1000);
      const events = tab.requests.flatMap((request) => request.events);
      expect(events.map((event) => event.event_id)).toEqual(ids);
      expect(new Set(events.map((event) => event["session_id"])).size).toBe(1);
      tab.tell("hide");
      tab.tell("leave");
    }
  });

  it("goes on in memory when storage is full", async () => {
    const storage = new FakeStorage();
    storage.charsMax = 1000;
    const tab = new FakeTab(storage);
    const { tracker } = open(tab);
    const ids = trackMany(tracker, 20);
    await tab.pass(1000);
    expect(tab.requests.flatMap((request) => request.ids)).toEqual(ids);
    expect(storage.eventKeys()).toEqual([]);
  });

  it("hands a full storage over to the next page all the same", async () => {
    const storage = new FakeStorage();
    const tab = new FakeTab(storage);
    const ids = trackMany(open(tab).tracker, 20);
    tab.tell("leave");
    tab.crash();
    storage.charsMax = 0;
    const next = new FakeTab(storage, 5);
    open(next);
    await next.pass(1000);
    expect(next.requests.flatMap((request) => request.ids)).toEqual(ids);
    expect(storage.eventKeys()).toEqual([]);
  });

  it("throws away what is stored and not JSON, so that it spoils no request", async () => {
    const storage = new FakeStorage();
    storage.setItem("edgehose:event:gone:1", '{"event_id":"1"');
    storage.setItem("edgehose:event:gone:2", '{"event_id":"2"}');
    const tab = new FakeTab(storage);
    open(tab);
    await tab.pass(1000);
    expect(tab.requests.map((request) => request.ids)).toEqual([["2"]]);
    expect(storage.eventKeys()).toEqual([]);
  });
});

describe("sdk: several tabs", () => {
  it("lets each tab send its own events only", async () => {
    const storage = new FakeStorage();
    const [one, two] = [new FakeTab(storage, 1), new FakeTab(storage, 2)];
    const [first, second] = [open(one).tracker, open(two).tracker];
    const ids = [trackMany(first, 3), trackMany(second, 3)];
    await Promise.all([one.pass(60_000), two.pass(60_000)]);
    expect(one.requests.map((request) => request.ids)).toEqual([ids[0]]);
    expect(two.requests.map((request) => request.ids)).toEqual([ids[1]]);
  });

  it("lets a tab that stays inherit what a closed one left, once", async () => {
    const storage = new FakeStorage();
    const tabs = [1, 2, 3].map((seed) => new FakeTab(storage, seed));
    const [closed, ...staying] = tabs;
    for (const tab of staying) open(tab);
    const ids = closed === undefined ? [] : trackMany(open(closed).tracker, 4);
    closed?.tell("leave");
    closed?.crash();
    for (const tab of staying) await tab.pass(120_000);
    const sent = staying.flatMap((tab) => tab.requests.flatMap((request) => request.ids));
    expect(sent.sort()).toEqual(ids);
    expect(storage.eventKeys()).toEqual([]);
  });

  it("inherits from a crashed tab after five silent minutes, not before", async () => {
    const storage = new FakeStorage();
    const crashed = new FakeTab(storage, 1);
    const ids = trackMany(open(crashed).tracker, 2);
    crashed.crash();
    const tab = new FakeTab(storage, 2);
    open(tab);
    await tab.pass(290_000);
    expect(tab.requests).toHaveLength(0);
    await tab.pass(60_000);
    expect(tab.requests.flatMap((request) => request.ids)).toEqual(ids);
    expect(
      [...storage.entries.keys()].filter((key) => key.startsWith("edgehose:tab:")),
    ).toHaveLength(1);
  });

  it("lets a tab that slept drop what another inherited, and keep what nobody did", async () => {
    const storage = new FakeStorage();
    const sleeper = new FakeTab(storage, 1);
    sleeper.collector = () => "network error";
    const { tracker } = open(sleeper);
    trackMany(tracker, 2);
    sleeper.sleep(400_000);
    const heir = new FakeTab(storage, 2);
    heir.sleep(400_000);
    heir.collector = () => "network error";
    const heirTracker = open(heir).tracker;
    const kept = tracker.track("kept");
    await sleeper.pass(35_000);
    expect(heirTracker.queued()).toHaveLength(2);
    expect(tracker.queued()).toEqual([kept]);
    expect(new Set(sleeper.requests.flatMap((request) => request.ids))).toEqual(new Set([kept]));
  });

  it("takes its events back when the page returns from the back/forward cache", async () => {
    const storage = new FakeStorage();
    const tab = new FakeTab(storage, 1);
    const { tracker } = open(tab);
    const ids = trackMany(tracker, 2);
    tab.tell("leave");
    tab.tell("show");
    const other = new FakeTab(storage, 2);
    open(other);
    await other.pass(60_000);
    await tab.pass(60_000);
    expect(other.requests).toHaveLength(0);
    expect(tab.requests.flatMap((request) => request.ids)).toEqual(ids);
  });

  it("leaves its events to their heir when it returns from there too late", async () => {
    const storage = new FakeStorage();
    const tab = new FakeTab(storage, 1);
    const { tracker } = open(tab);
    const ids = trackMany(tracker, 2);
    tab.tell("leave");
    const other = new FakeTab(storage, 2);
    open(other);
    await other.pass(1000);
    expect(other.requests.map((request) => request.ids)).toEqual([ids]);
    tab.tell("show");
    await tab.pass(60_000);
    expect(tab.requests).toHaveLength(0);
    expect(tracker.queued()).toEqual([]);
  });

  it("keeps its events when the page clears localStorage", async () => {
    const storage = new FakeStorage();
    const tab = new FakeTab(storage);
    const ids = trackMany(open(tab).tracker, 2);
    storage.entries.clear();
    await tab.pass(1000);
    expect(tab.requests.flatMap((request) => request.ids)).toEqual(ids);
  });

  it("loses nothing and sends nothing twice over many tabs, reloads and outages", async () => {
    for (let seed = 1; seed <= 30; seed += 1) await manyTabs(seed);
  });
});

/** Tabs open, track, leave and crash at random while the collector comes and goes. */
async function manyTabs(seed: number): Promise<void> {
  const storage = new FakeStorage();
  const dice = new FakeTab(undefined, seed);
  const roll = (sides: number): number => (dice.random(1)[0] ?? 0) % sides;
  const tracked: string[] = [];
  const received = new Map<string, number>();
  let isDown = false;
  let clockMs = 0;
  let opened = 0;
  let tabs: { tab: FakeTab; tracker: Tracker }[] = [];
  const openTab = (): void => {
    const tab = new FakeTab(storage, seed * 1000 + ++opened);
    tab.sleep(clockMs);
    tab.collector = ({ ids }) => {
      if (isDown) return roll(2) === 0 ? "network error" : refused(503, { "retry-after": "3" });
      for (const id of ids) received.set(id, (received.get(id) ?? 0) + 1);
      return accepted();
    };
    tabs.push({ tab, tracker: open(tab).tracker });
  };
  for (let step = 0; step < 60; step += 1) {
    if (tabs.length === 0 || roll(6) === 0) openTab();
    const chosen = tabs[roll(tabs.length)];
    if (chosen !== undefined) tracked.push(...trackMany(chosen.tracker, roll(4)));
    if (roll(8) === 0) isDown = !isDown;
    if (roll(10) === 0 && chosen !== undefined) {
      if (roll(2) === 0) chosen.tab.tell("leave");
      chosen.tab.crash();
      tabs = tabs.filter((tab) => tab !== chosen);
    }
    const ms = roll(3) * 1000;
    clockMs += ms;
    for (const { tab } of tabs) await tab.pass(ms);
  }
  isDown = false;
  openTab();
  // In small steps, so that the tabs' clocks stay together as those of one machine do.
  for (let passedMs = 0; passedMs < 600_000; passedMs += 5_000) {
    for (const { tab } of tabs) await tab.pass(5_000);
  }
  expect([...received.keys()].sort(), `seed ${seed}`).toEqual(tracked.sort());
  expect(storage.eventKeys(), `seed ${seed}`).toEqual([]);
  // A beacon is not counted here, and no tab crashes in mid-request: nothing else explains a copy.
  for (const [id, copies] of received) expect(copies, `seed ${seed} ${id}`).toBe(1);
}

function withoutStorage(): FakeTab {
  const tab = new FakeTab();
  Object.defineProperty(tab, "storage", { value: undefined });
  return tab;
}
