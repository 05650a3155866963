// localStorage that never throws: it may be missing, forbidden (private mode) or full at any call.

import type { KeyValue } from "./world.ts";

export interface Store {
  /** undefined: nothing can be known now; null: the key is not there. */
  get: (key: string) => string | null | undefined;
  /** Whether it is kept. */
  set: (key: string, value: string) => boolean;
  remove: (key: string) => void;
  keys: () => string[];
}

export function safeStore(storage: KeyValue | undefined): Store {
  const attempt = <T>(task: (storage: KeyValue) => T): T | undefined => {
    try {
      return storage && task(storage);
    } catch {
      return undefined;
    }
  };
  return {
    get: (key) => attempt((s) => s.getItem(key)),
    set: (key, value) => !!attempt((s) => (s.setItem(key, value), true)),
    remove: (key) => attempt((s) => s.removeItem(key)),
    keys: () =>
      attempt((s) => Array.from({ length: s.length }, (_, index) => s.key(index) ?? "")) ?? [],
  };
}
