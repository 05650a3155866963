// The events a tab still has to hand over, in memory and in localStorage.
//
//   edgehose:event:<tab>:<event_id>   the event's JSON, written and removed by tab <tab> alone
//   edgehose:tab:<tab>                when <tab> was last alive; absent once it has left
//
// One key an event and one owner a key: tabs never rewrite a common list, so none can lose
// another's event. A tab that left, or was silent for kDeadMs, is inherited by any other: its
// events move to the heir's keys. A tab that was frozen that long drops what it finds inherited.
// Without storage, or where it is full, an event lives in memory only.

import type { Store } from "./store.ts";
import type { World } from "./world.ts";

export interface Item {
  event_id: string;
  /** The event as JSON. */
  text: string;
  /** UTF-8 size of `text`. */
  bytes: number;
  /** Where storage holds it; undefined: memory only. */
  key: string | undefined;
  /** Not to be sent before: a beacon carries it, or a request. */
  held_until_ms: number;
}

/** Browsers wake a background tab once a minute; a silence of five means sleep or death. */
const kDeadMs = 300_000;
/** Browsers give localStorage some 5 million characters for the whole site. */
const kBytesMax = 2_000_000;

export class Queue {
  readonly items = new Map<string, Item>();
  readonly #world: World;
  readonly #store: Store;
  readonly #tab: string;
  readonly #eventsMax: number;
  #bytesHeld = 0;
  /** When this tab last said that it is alive; 0: it has left. */
  #aliveMs: number;

  constructor(world: World, store: Store, tab: string, eventsMax: number) {
    this.#world = world;
    this.#store = store;
    this.#tab = tab;
    this.#eventsMax = eventsMax;
    this.#aliveMs = world.now();
  }

  /** Nothing: the queue is full and the event is not in it. */
  add(event_id: string, text: string): Item | undefined {
    const bytes = new TextEncoder().encode(text).length;
    if (this.items.size >= this.#eventsMax || this.#bytesHeld + bytes > kBytesMax) return undefined;
    this.#bytesHeld += bytes;
    const ownKey = `edgehose:event:${this.#tab}:${event_id}`;
    const key = this.#store.set(ownKey, text) ? ownKey : undefined;
    const item = { event_id, text, bytes, key, held_until_ms: 0 };
    this.items.set(event_id, item);
    return item;
  }

  remove(item: Item): void {
    this.#forget(item);
    if (item.key) this.#store.remove(item.key);
  }

  /**
   * Says that this tab is alive. After a silence it first drops what others took over meanwhile.
   */
  beat(): void {
    const nowMs = this.#world.now();
    if (nowMs - this.#aliveMs > kDeadMs) this.#dropInherited();
    this.#aliveMs = nowMs;
    this.#store.set(tabKey(this.#tab), String(nowMs));
  }

  /** Takes over the events of tabs that are not alive, then calls `then`. */
  inherit(then: () => void): void {
    this.#world.exclusive(() => {
      this.#inheritDead();
      then();
    });
  }

  /** Leaves this tab's events to others. */
  leave(): void {
    this.#aliveMs = 0;
    this.#store.remove(tabKey(this.#tab));
  }

  #forget({ event_id, bytes }: Item): void {
    if (this.items.delete(event_id)) this.#bytesHeld -= bytes;
  }

  #dropInherited(): void {
    for (const item of this.items.values()) {
      if (item.key && this.#store.get(item.key) === null) this.#forget(item);
    }
  }

  #isDead(tab: string): boolean {
    return Math.abs(this.#world.now() - Number(this.#store.get(tabKey(tab)))) > kDeadMs;
  }

  #inheritDead(): void {
    for (const key of this.#store.keys()) {
      const [app, kind, tab = "", event_id = ""] = key.split(":");
      if (app !== "edgehose" || !this.#isDead(tab)) continue;
      if (kind === "tab") this.#store.remove(key);
      if (kind === "event" && !this.items.has(event_id)) this.#takeOver(key, event_id);
    }
  }

  #takeOver(key: string, event_id: string): void {
    const text = this.#store.get(key);
    if (!text || !isJson(text)) return this.#store.remove(key);
    // Full storage: the event stays under its old key, which goes once it is acknowledged.
    const item = this.add(event_id, text);
    if (item?.key) this.#store.remove(key);
    else if (item) item.key = key;
  }
}

function tabKey(tab: string): string {
  return `edgehose:tab:${tab}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
