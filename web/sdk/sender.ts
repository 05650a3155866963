// Hands the queue over to the collector, one request at a time, oldest first.
//
// An event leaves the queue by a final answer only: 2xx, or a 4xx other than 408 and 429. A beacon
// has no answer, so what it carried is sent once more later; the collector's side knows it by its id.

import type { Item, Queue } from "./queue.ts";
import type { Report } from "./index.ts";
import type { World } from "./world.ts";

export interface Sender {
  /** Sends at the latest after `delayMs`, back-off permitting. */
  schedule: (delayMs: number) => void;
  /** Sends what is due now; resolves when that has its answer. */
  flush: () => Promise<void>;
  /** The page may end: gives a beacon what no request carries yet. */
  sendBeacon: () => void;
  stop: () => void;
}

const kBatchEventsMax = 100;
/** Browsers allow 64 KiB for all keepalive requests and beacons under way together. */
const kFlightBytesMax = 60_000;
const kEnvelopeBytes = 60;
const kAnswerTimeoutMs = 30_000;
/** A beacon's events are asked for again after this; its bytes count as under way as long. */
const kBeaconMs = 5_000;
const kBackoffMs = 1_000;
const kBackoffMsMax = 60_000;
const kRetryAfterMsMax = 3_600_000;
/** From this many failures on, events go one by one, each in turn: one of them may be the cause. */
const kFailuresAlone = 4;

export function createSender(
  world: World,
  url: string,
  queue: Queue,
  report: (report: Report) => void,
): Sender {
  const { now } = world;
  let failures = 0;
  let notBeforeMs = 0;
  let beaconBytes = 0;
  let beaconUntilMs = 0;
  let flightBytes = 0;
  let underWay: Promise<void> | undefined;
  let timerAtMs = Infinity;
  let cancelTimer = (): void => undefined;
  let isStopped = false;

  /** Due events that fit, oldest first; an event too large for any budget goes alone. */
  const take = (bytesMax: number, eventsMax: number, largeToo: boolean): Item[] => {
    const batch: Item[] = [];
    let bytes = kEnvelopeBytes;
    for (const item of queue.items.values()) {
      if (item.held_until_ms > now()) continue;
      bytes += item.bytes + 1;
      const isAloneAndLarge = largeToo && !batch.length && item.bytes + kEnvelopeBytes > kFlightBytesMax;
      if (bytes > bytesMax && !isAloneAndLarge) break;
      batch.push(item);
      if (batch.length >= eventsMax || isAloneAndLarge) break;
    }
    return batch;
  };

  const room = (): number => {
    if (now() >= beaconUntilMs) beaconBytes = 0;
    return kFlightBytesMax - flightBytes - beaconBytes;
  };

  const schedule = (delayMs: number): void => {
    const atMs = Math.max(now() + delayMs, notBeforeMs);
    if (isStopped || atMs >= timerAtMs) return;
    cancelTimer();
    timerAtMs = atMs;
    cancelTimer = world.setTimer(atMs - now(), () => {
      timerAtMs = Infinity;
      void flush();
    });
  };

  const settle = (batch: Item[], status: number, answer: string): void => {
    const outcome = status < 300 ? "acknowledged" : "refused";
    const failed = status < 300 ? failedByIndex(answer) : new Map<number, FailedEvent>();
    batch.forEach((item, index) => {
      queue.remove(item);
      const { event_id } = item;
      const failure = failed.get(index);
      if (!failure) return report({ event_id, outcome, status });
      report({ event_id, outcome: "failed", status, reason: failure.reason, pointer: failure.pointer });
    });
  };

  const backOff = (retryAfter: string | null): void => {
    const stepMs = Math.min(kBackoffMsMax, kBackoffMs * 2 ** failures++);
    const [random = 0] = world.random(1);
    const jitteredMs = (stepMs / 2) * (1 + random / 256);
    notBeforeMs = now() + Math.max(jitteredMs, retryAfterMs(retryAfter, now()));
  };

  const request = async (batch: Item[], text: string, bytes: number): Promise<void> => {
    const timeout = new AbortController();
    const cancelTimeout = world.setTimer(kAnswerTimeoutMs, () => timeout.abort());
    try {
      // A body of text goes as text/plain, which needs no preflight.
      const response = await world.fetch(url, {
        method: "POST",
        body: text,
        credentials: "omit",
        keepalive: bytes <= kFlightBytesMax,
        signal: timeout.signal,
      });
      const { status } = response;
      if (!isFinal(status)) return backOff(response.headers.get("retry-after"));
      failures = 0;
      // The status alone is final; a body that does not arrive only costs the list of failed events.
      settle(batch, status, await response.text().catch(() => ""));
    } catch {
      backOff(null);
    } finally {
      cancelTimeout();
    }
  };

  const sendBatch = async (): Promise<void> => {
    const isAlone = failures >= kFailuresAlone;
    const batch = take(room(), isAlone ? 1 : kBatchEventsMax, true);
    if (!batch.length) return;
    const text = envelope(batch, now());
    const bytes = bytesOf(batch);
    const failuresBefore = failures;
    for (const item of batch) item.held_until_ms = Infinity;
    flightBytes = bytes;
    await request(batch, text, bytes);
    flightBytes = 0;
    for (const item of batch) {
      item.held_until_ms = 0;
      if (isAlone && failures > failuresBefore && queue.items.delete(item.event_id)) {
        queue.items.set(item.event_id, item);
      }
    }
  };

  const flush = (): Promise<void> => {
    if (now() < notBeforeMs || isStopped) {
      schedule(0);
      return Promise.resolve();
    }
    underWay ??= sendBatch().finally(() => {
      underWay = undefined;
      if (queue.items.size) schedule(nextDelayMs());
    });
    return underWay;
  };

  /** At once while there is something due, but not before a beacon's bytes are free again. */
  const nextDelayMs = (): number => {
    let dueMs = Infinity;
    for (const item of queue.items.values()) dueMs = Math.min(dueMs, item.held_until_ms);
    return Math.max(room() < kFlightBytesMax ? beaconUntilMs - now() : 0, dueMs - now());
  };

  const sendBeacon = (): void => {
    const batch = take(room(), Infinity, false);
    if (!batch.length || !world.beacon(url, envelope(batch, now()))) return;
    beaconBytes += bytesOf(batch);
    beaconUntilMs = now() + kBeaconMs;
    for (const item of batch) item.held_until_ms = beaconUntilMs;
    schedule(kBeaconMs);
  };

  const stop = (): void => {
    isStopped = true;
    cancelTimer();
  };

  return { schedule, flush, sendBeacon, stop };
}

function isFinal(status: number): boolean {
  const hundreds = Math.floor(status / 100);
  return hundreds === 2 || (hundreds === 4 && status !== 408 && status !== 429);
}

function bytesOf(batch: Item[]): number {
  return batch.reduce((sum, item) => sum + item.bytes + 1, kEnvelopeBytes);
}

function envelope(batch: Item[], nowMs: number): string {
  const events = batch.map((item) => item.text).join(",");
  return `{"sent_time":"${new Date(nowMs).toISOString()}","events":[${events}]}`;
}

interface FailedEvent {
  index: number;
  reason: string;
  pointer: string;
}

function failedByIndex(answer: string): Map<number, FailedEvent> {
  try {
    const { failed = [] }: { failed?: FailedEvent[] } = JSON.parse(answer);
    return new Map(failed.map((event) => [event.index, event]));
  } catch {
    return new Map();
  }
}

/** Seconds or an HTTP date; at most an hour, so that one bad header does not stop a tab for good. */
function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Math.min(ms || 0, kRetryAfterMsMax);
}
