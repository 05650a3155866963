// @edgehose/sdk: track() an event on a page and it reaches the collector, or you are told why not.
//
//   const tracker = createTracker({ url: "https://collect.example/collect" });
//   tracker.track("page_view", { article: 42 });
//
// An event is kept, in localStorage where there is some, until the collector gives a final answer:
// over slow networks, closed pages and collectors that are down. It may arrive twice, with one id.

import { identitySource } from "./identity.ts";
import { Queue } from "./queue.ts";
import { Sender } from "./sender.ts";
import { safeStore } from "./store.ts";
import { uuidSource } from "./uuid.ts";
import { browserWorld } from "./world.ts";
import type { World } from "./world.ts";

export type { KeyValue, PageFields, PageMoment, World } from "./world.ts";

/**
 * What became of an event. acknowledged: durable. failed: held as a failed event. Else it is gone.
 */
export interface Report {
  event_id: string;
  outcome: "acknowledged" | "failed" | "refused" | "dropped";
  /** The answer's HTTP status; 0 when it was never sent. */
  status: number;
  /** Of failed and dropped events. */
  reason?: string | undefined;
  /** JSON pointer to what is wrong in a failed event. */
  pointer?: string | undefined;
}

export interface TrackerOptions {
  /** The collector's /collect. */
  url: string;
  user_id?: string;
  /** Told the fate of each event, also of events an earlier page left behind. */
  on_report?: (report: Report) => void;
  /** How long events gather before they are sent. */
  linger_ms?: number;
  /** A queue this long takes no more; further events are dropped and reported. */
  events_max?: number;
}

export type Counts = Record<"tracked" | Report["outcome"], number>;

export interface Tracker {
  /** Returns the event's id. Never throws for the network, storage or the collector. */
  track: (content_type: string, properties?: Record<string, unknown>) => string;
  /** Sends now what is due, unless the collector asked to wait. */
  flush: () => Promise<void>;
  /** Ids of the events without a final answer. */
  queued: () => string[];
  counts: Counts;
  /** Ends the tracker; its events are left to the next page or another tab. */
  close: () => void;
}

const kLingerMs = 1_000;
const kEventsMax = 1_000;
const kBeatMs = 30_000;

export function createTracker(options: TrackerOptions, world: Partial<World> = {}): Tracker {
  const w: World = { ...browserWorld(), ...world };
  const { url, user_id, on_report, linger_ms = kLingerMs, events_max = kEventsMax } = options;
  const newId = uuidSource(w);
  const store = safeStore(w.storage);
  const identity = identitySource(store, w.now, newId);
  const counts: Counts = { tracked: 0, acknowledged: 0, failed: 0, refused: 0, dropped: 0 };
  const report = (what: Report): void => {
    counts[what.outcome] += 1;
    // In a task of its own: an error of the page's callback is the page's, and stops nothing here.
    if (on_report) queueMicrotask(() => on_report(what));
  };
  const queue = new Queue(w, store, newId().slice(-12), events_max);
  const sender = new Sender(w, url, queue, report);

  const track = (content_type: string, properties?: Record<string, unknown>): string => {
    const event_id = newId();
    const time = new Date(w.now()).toISOString();
    const event = {
      event_id,
      content_type,
      time,
      user_id,
      ...identity(),
      ...known(w.page()),
      properties,
    };
    counts.tracked += 1;
    const reason = enqueue(event_id, event);
    if (reason) report({ event_id, outcome: "dropped", status: 0, reason });
    else sender.schedule(linger_ms);
    return event_id;
  };

  /** Returns why not, or nothing. */
  const enqueue = (event_id: string, event: object): string | undefined => {
    try {
      return queue.add(event_id, JSON.stringify(event)) ? undefined : "queue_full";
    } catch {
      return "not_json";
    }
  };

  const beat = (): void => {
    queue.beat();
    queue.inherit(() => {
      if (queue.items.size) sender.schedule(linger_ms);
    });
    cancelBeat();
    cancelBeat = w.setTimer(kBeatMs, beat);
  };
  let cancelBeat = (): void => undefined;

  const endListening = w.listen((moment) => {
    if (moment === "show") return beat();
    sender.sendBeacon();
    if (moment === "leave") queue.leave();
  });
  beat();

  return {
    track,
    flush: () => sender.flush(),
    queued: () => [...queue.items.keys()],
    counts,
    close: () => {
      endListening();
      cancelBeat();
      sender.stop();
      queue.leave();
    },
  };
}

/**
 * Without what the browser left empty: an absent field is unknown, an empty one would be a value.
 */
function known(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value));
}
