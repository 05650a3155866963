// A browser tab that a test holds in its hands: its clock, timers, randomness, network and storage.

import type { KeyValue, PageMoment, World } from "../../web/sdk/world.ts";

export class FakeStorage implements KeyValue {
  readonly entries = new Map<string, string>();
  /** Characters it takes in all; setItem throws beyond. */
  charsMax = Infinity;
  #charsUsed = 0;

  get length(): number {
    return this.entries.size;
  }
  key(index: number): string | null {
    return [...this.entries.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.entries.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    const grown = this.#charsUsed + value.length - (this.entries.get(key)?.length ?? 0);
    if (grown > this.charsMax) throw new DOMException("full", "QuotaExceededError");
    this.#charsUsed = grown;
    this.entries.set(key, value);
  }
  removeItem(key: string): void {
    this.#charsUsed -= this.entries.get(key)?.length ?? 0;
    this.entries.delete(key);
  }
  eventKeys(): string[] {
    return [...this.entries.keys()].filter((key) => key.startsWith("edgehose:event:"));
  }
}

export interface SentEvent {
  event_id: string;
  [name: string]: unknown;
}

export interface SentRequest {
  url: string;
  init: RequestInit;
  text: string;
  events: SentEvent[];
  ids: string[];
}

export type Answer = Response | "network error" | "never";

interface Timer {
  atMs: number;
  wake: () => void;
}

export class FakeTab implements World {
  readonly storage: KeyValue | undefined;
  readonly requests: SentRequest[] = [];
  readonly beacons: SentRequest[] = [];
  /** The collector: what each request is answered with. */
  collector: (request: SentRequest) => Answer = () => accepted();
  /** Whether the browser takes beacons. */
  takesBeacons = true;
  #nowMs = Date.UTC(2026, 10, 22, 13);
  #timers: Timer[] = [];
  #moment: (what: PageMoment) => void = () => undefined;
  #random = 12345;

  constructor(storage: KeyValue | undefined = new FakeStorage(), seed = 12345) {
    this.storage = storage;
    this.#random = seed;
  }

  now = (): number => this.#nowMs;

  random = (bytes: number): Uint8Array =>
    Uint8Array.from({ length: bytes }, () => {
      // mulberry32: neighbouring seeds share nothing, which tabs made in a row rely on.
      this.#random = (this.#random + 0x6d2b79f5) | 0;
      let mixed = Math.imul(this.#random ^ (this.#random >>> 15), this.#random | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return (mixed ^ (mixed >>> 14)) >>> 24;
    });

  setTimer = (ms: number, wake: () => void): (() => void) => {
    const timer = { atMs: this.#nowMs + ms, wake };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const sent = readSent(url, init);
    this.requests.push(sent);
    const answer = this.collector(sent);
    if (answer === "network error") throw new TypeError("Failed to fetch");
    if (answer !== "never") return answer;
    return new Promise((_, failed) =>
      init.signal?.addEventListener("abort", () => failed(new Error("aborted"))),
    );
  };

  beacon = (url: string, text: string): boolean => {
    if (this.takesBeacons) this.beacons.push(readSent(url, { body: text }));
    return this.takesBeacons;
  };

  page = (): object => ({
    page_url: "https://shop.example/a?b=1",
    page_title: "A",
    referrer_url: "",
  });

  listen = (moment: (what: PageMoment) => void): (() => void) => {
    this.#moment = moment;
    return () => (this.#moment = () => undefined);
  };

  exclusive = (task: () => void): void => task();

  /** Tells the tracker of a moment of the page. */
  tell(what: PageMoment): void {
    this.#moment(what);
  }

  /** Lets time pass: timers run in order, each with everything it sets off. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settled();
    for (;;) {
      const next = this.#timers
        .filter(({ atMs }) => atMs <= endMs)
        .sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.wake();
      await settled();
    }
    this.#nowMs = endMs;
  }

  /** The machine sleeps or the tab is frozen: time passes and nothing runs. */
  sleep(ms: number): void {
    this.#nowMs += ms;
  }

  /** The tab is gone without a word. */
  crash(): void {
    this.#timers = [];
    this.#moment = () => undefined;
  }
}

export function accepted(
  failed: { index: number; reason: string; pointer: string }[] = [],
): Response {
  return Response.json({ accepted: 0, failed, ack: "durable" });
}

export function refused(status: number, headers: Record<string, string> = {}): Response {
  return Response.json({ error: "refused" }, { status, headers });
}

function readSent(url: string, init: RequestInit): SentRequest {
  const text = typeof init.body === "string" ? init.body : "";
  const { events }: { events: SentEvent[] } = JSON.parse(text);
  return { url, init, text, events, ids: events.map((event) => event.event_id) };
}

/** Long enough for every promise that is ready, its successors included. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
