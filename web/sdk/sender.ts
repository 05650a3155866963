// Hands the queue over to the collector, one request at a time, oldest first.
//
// An event leaves the queue by a final answer only: 2xx, or a 4xx other than 408 and 429. A beacon
// has no answer, so what it carried is sent once more later; the collector's side knows it by its
// id.

import type { Item, Queue } from "./queue.ts";
import type { Report } from "./index.ts";
import type { World } from "./world.ts";

const kBatchEventsMax = 100;
/** Browsers allow 64 KiB for all keepalive requests and beacons under way together. */
const kFlightBytesMax = 60_000;
const kEnvelopeBytes = 60;
const kAnswerTimeoutMs = 30_000;
/** A beacon's events are sent again after this; its bytes count as under way as long. */
const kBeaconMs = 5_000;
const kBackoffMs = 1_000;
const kBackoffMsMax = 60_000;
const kRetryAfterMsMax = 3_600_000;
/** From this many failures on, events go one by one, each in turn: one of them may be the cause. */
const kFailuresAlone = 4;

export class Sender {
  readonly #world: World;
  readonly #url: string;
  readonly #queue: Queue;
  readonly #report: (report: Report) => void;
  #failures = 0;
  #notBeforeMs = 0;
  #beaconBytes = 0;
  #beaconUntilMs = 0;
  #flightBytes = 0;
  #underWay: Promise<void> | undefined;
  #timerAtMs = Infinity;
  #cancelTimer = (): void => undefined;
  #isStopped = false;

  constructor(world: World, url: string, queue: Queue, report: (report: Report) => void) {
    this.#world = world;
    this.#url = url;
    this.#queue = queue;
    this.#report = report;
  }

  /** Sends at the latest after `delayMs`, back-off permitting. */
  schedule(delayMs: number): void {
    const { now, setTimer } = this.#world;
    const atMs = Math.max(now() + delayMs, this.#notBeforeMs);
    if (this.#isStopped || atMs >= this.#timerAtMs) return;
    this.#cancelTimer();
    this.#timerAtMs = atMs;
    this.#cancelTimer = setTimer(atMs - now(), () => {
      this.#timerAtMs = Infinity;
      void this.flush();
    });
  }

  /** Sends what is due now; resolves when that has its answer. */
  flush(): Promise<void> {
    if (this.#isStopped || this.#world.now() < this.#notBeforeMs) {
      this.schedule(0);
      return Promise.resolve();
    }
    this.#underWay ??= this.#sendBatch().finally(() => {
      this.#underWay = undefined;
      if (this.#queue.items.size) this.schedule(this.#nextDelayMs());
    });
    return this.#underWay;
  }

  /**
   * The page may end: gives a beacon what no request carries yet. Also during back-off, as there may
   * be no other chance; one request a page is no burden.
   */
  sendBeacon(): void {
    const { now, beacon } = this.#world;
    const batch = this.#take(Infinity, false);
    if (!batch.length || !beacon(this.#url, envelope(batch, now()))) return;
    this.#beaconBytes += bytesOf(batch);
    this.#beaconUntilMs = now() + kBeaconMs;
    for (const item of batch) item.held_until_ms = this.#beaconUntilMs;
    this.schedule(kBeaconMs);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer();
  }

  /** Bytes that may still go under way. */
  #room(): number {
    if (this.#world.now() >= this.#beaconUntilMs) this.#beaconBytes = 0;
    return kFlightBytesMax - this.#flightBytes - this.#beaconBytes;
  }

  /** Due events that fit, oldest first; an event too large for any room goes alone, if it may. */
  #take(eventsMax: number, largeToo: boolean): Item[] {
    const batch: Item[] = [];
    let bytes = kEnvelopeBytes;
    for (const item of this.#queue.items.values()) {
      if (item.held_until_ms > this.#world.now()) continue;
      bytes += item.bytes + 1;
      const isAlone = largeToo && !batch.length && bytes > kFlightBytesMax;
      if (bytes > this.#room() && !isAlone) break;
      batch.push(item);
      if (batch.length >= eventsMax || isAlone) break;
    }
    return batch;
  }

  async #sendBatch(): Promise<void> {
    this.#queue.beat();
    const failuresBefore = this.#failures;
    const isAlone = failuresBefore >= kFailuresAlone;
    const batch = this.#take(isAlone ? 1 : kBatchEventsMax, true);
    if (!batch.length) return;
    for (const item of batch) item.held_until_ms = Infinity;
    this.#flightBytes = bytesOf(batch);
    await this.#request(batch);
    this.#flightBytes = 0;
    const { items } = this.#queue;
    for (const item of batch) {
      item.held_until_ms = 0;
      // To the end of the line.
      if (isAlone && this.#failures > failuresBefore && items.delete(item.event_id))
        items.set(item.event_id, item);
    }
  }

  async #request(batch: Item[]): Promise<void> {
    const { now, fetch, setTimer } = this.#world;
    const timeout = new AbortController();
    const cancelTimeout = setTimer(kAnswerTimeoutMs, () => timeout.abort());
    try {
      // A body of text goes as text/plain, which needs no preflight.
      const response = await fetch(this.#url, {
        method: "POST",
        body: envelope(batch, now()),
        credentials: "omit",
        keepalive: this.#flightBytes <= kFlightBytesMax,
        signal: timeout.signal,
      });
      if (!isFinal(response.status)) return this.#backOff(response.headers.get("retry-after"));
      this.#failures = 0;
      // The status alone is final; a body that does not arrive only costs the list of failed
      // events.
      this.#settle(batch, response.status, await response.text().catch(() => ""));
    } catch {
      this.#backOff(null);
    } finally {
      cancelTimeout();
    }
  }

  #settle(batch: Item[], status: number, answer: string): void {
    const isHeld = status < 300;
    const failed = isHeld ? failedEvents(answer) : [];
    batch.forEach((item, index) => {
      this.#queue.remove(item);
      const failure = failed.find((event) => event.index === index);
      const outcome = failure ? "failed" : isHeld ? "acknowledged" : "refused";
      const { reason, pointer } = failure ?? {};
      this.#report({ event_id: item.event_id, outcome, status, reason, pointer });
    });
  }

  #backOff(retryAfter: string | null): void {
    const { now, random } = this.#world;
    const stepMs = Math.min(kBackoffMsMax, kBackoffMs * 2 ** this.#failures++);
    const [jitter = 0] = random(1);
    this.#notBeforeMs =
      now() + Math.max((stepMs / 2) * (1 + jitter / 256), retryAfterMs(retryAfter, now()));
  }

  /** At once while there is something due, but not before a beacon's bytes are free again. */
  #nextDelayMs(): number {
    let atMs = Infinity;
    for (const item of this.#queue.items.values()) atMs = Math.min(atMs, item.held_until_ms);
    if (this.#room() < kFlightBytesMax) atMs = Math.max(atMs, this.#beaconUntilMs);
    return Math.max(0, atMs - this.#world.now());
  }
}

/** 2xx, or 4xx but 408 and 429. */
function isFinal(status: number): boolean {
  return /^(2|4(?!08|29))/.test(String(status));
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

function failedEvents(answer: string): FailedEvent[] {
  try {
    const { failed = [] }: { failed?: FailedEvent[] } = JSON.parse(answer);
    return failed;
  } catch {
    return [];
  }
}

/**
 * Seconds or an HTTP date; at most an hour, so that one bad header does not stop a tab for good.
 */
function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Math.min(ms || 0, kRetryAfterMsMax);
}
