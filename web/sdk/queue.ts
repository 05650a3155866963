// The events a tab still has to hand over, in memory and in localStorage.
//
//   edgehose:event:<tab>:<event_id>   the event's JSON, written and removed by tab <tab> alone
//   edgehose:tab:<tab>                when <tab> was last alive; absent once it has left
//
// One key an event and one owner a key: tabs never rewrite a common list, so none can lose another's
// event. A tab that left, or was silent for kDeadMs, is inherited by any other: its events move to
// the heir's keys. A tab that was frozen that long drops what it finds inherited. Without storage,
// or where it is full, an event lives in memory only.

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

export interface Queue {
  items: Map<string, Item>;
  /** False: the queue is full and the event is not in it. */
  add: (event_id: string, text: string) => boolean;
  remove: (item: Item) => void;
  /** Says that this tab is alive, takes over the events of tabs that are not, then calls `then`. */
  beat: (then: () => void) => void;
  /** Leaves this tab's events to others. */
  leave: () => void;
}

const kEventPrefix = "edgehose:event:";
const kTabPrefix = "edgehose:tab:";
/** Browsers wake a background tab once a minute; a silence of five means sleep or death. */
const kDeadMs = 300_000;
/** Browsers give localStorage some 5 million characters for the whole site. */
const kBytesMax = 2_000_000;

export function createQueue(world: World, tab: string, eventsMax: number): Queue {
  const { storage, now } = world;
  const items = new Map<string, Item>();
  let bytesHeld = 0;
  let lastBeatMs = now();
  let hasLeft = false;

  const add = (event_id: string, text: string): boolean => {
    const bytes = new TextEncoder().encode(text).length;
    if (items.size >= eventsMax || bytesHeld + bytes > kBytesMax) return false;
    bytesHeld += bytes;
    const key = `${kEventPrefix}${tab}:${event_id}`;
    const isStored = attempt(() => storage?.setItem(key, text)) && storage;
    items.set(event_id, { event_id, text, bytes, key: isStored ? key : undefined, held_until_ms: 0 });
    return true;
  };

  const forget = ({ event_id, bytes }: Item): void => {
    if (items.delete(event_id)) bytesHeld -= bytes;
  };

  const remove = (item: Item): void => {
    const { key } = item;
    forget(item);
    if (key) attempt(() => storage?.removeItem(key));
  };

  const dropInherited = (): void => {
    for (const item of items.values()) {
      if (item.key && storage?.getItem(item.key) === null) forget(item);
    }
  };

  const inherit = (key: string, event_id: string): void => {
    const text = storage?.getItem(key);
    if (!text || !attempt(() => JSON.parse(text))) return storage?.removeItem(key);
    // Full storage: the event stays under its old key, which goes once it is acknowledged.
    if (!add(event_id, text)) return;
    const item = items.get(event_id);
    if (item?.key) storage?.removeItem(key);
    else if (item) item.key = key;
  };

  const inheritDead = (): void => {
    if (!storage) return;
    const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "");
    for (const key of keys) {
      if (!key.startsWith(kEventPrefix)) continue;
      const [owner = "", event_id = ""] = key.slice(kEventPrefix.length).split(":");
      const silentMs = Math.abs(now() - Number(storage.getItem(kTabPrefix + owner) ?? 0));
      if (owner !== tab && silentMs > kDeadMs && !items.has(event_id)) inherit(key, event_id);
    }
    for (const key of keys) {
      if (key.startsWith(kTabPrefix) && Math.abs(now() - Number(storage.getItem(key))) > kDeadMs) {
        storage.removeItem(key);
      }
    }
  };

  const beat = (then: () => void): void => {
    attempt(() => {
      if (hasLeft || now() - lastBeatMs > kDeadMs) dropInherited();
      hasLeft = false;
      lastBeatMs = now();
      storage?.setItem(kTabPrefix + tab, String(lastBeatMs));
    });
    world.exclusive(() => {
      attempt(inheritDead);
      then();
    });
  };

  const leave = (): void => {
    hasLeft = true;
    attempt(() => storage?.removeItem(kTabPrefix + tab));
  };

  return { items, add, remove, beat, leave };
}

/** Storage may throw at any call; then the queue goes on in memory. */
function attempt(task: () => unknown): boolean {
  try {
    task();
    return true;
  } catch {
    return false;
  }
}
