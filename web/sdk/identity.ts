// Who is on the page: an id of the browser, kept, and an id of the visit, new after 30 idle minutes.

import type { KeyValue } from "./world.ts";

export interface Identity {
  anonymous_id: string;
  session_id: string;
}

const kAnonymousKey = "edgehose:anonymous_id";
/** "<session_id> <last event ms>", shared by all tabs. */
const kSessionKey = "edgehose:session";
const kSessionIdleMs = 1_800_000;

/** Without storage both ids last as long as the document. */
export function identitySource(
  storage: KeyValue | undefined,
  now: () => number,
  newId: () => string,
): () => Identity {
  const memory = new Map<string, string>();
  const read = (key: string): string | null => {
    try {
      return storage?.getItem(key) ?? memory.get(key) ?? null;
    } catch {
      return memory.get(key) ?? null;
    }
  };
  const write = (key: string, value: string): void => {
    memory.set(key, value);
    try {
      storage?.setItem(key, value);
    } catch {
      // Memory has it.
    }
  };
  return () => {
    const anonymous_id = read(kAnonymousKey) || newId();
    const [lastId = "", lastMs = ""] = (read(kSessionKey) ?? "").split(" ");
    const session_id = lastId && now() - Number(lastMs) < kSessionIdleMs ? lastId : newId();
    write(kAnonymousKey, anonymous_id);
    write(kSessionKey, `${session_id} ${now()}`);
    return { anonymous_id, session_id };
  };
}
