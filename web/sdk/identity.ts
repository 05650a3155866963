// Who is on the page: an id of the browser, kept, and an id of the visit, new after 30 idle
// minutes.

import type { Store } from "./store.ts";

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
  store: Store,
  now: () => number,
  newId: () => string,
): () => Identity {
  let anonymous_id = "";
  let session = "";
  return () => {
    anonymous_id = store.get(kAnonymousKey) || anonymous_id || newId();
    const [lastId, lastMs] = (store.get(kSessionKey) || session).split(" ");
    const session_id = lastId && now() - Number(lastMs) < kSessionIdleMs ? lastId : newId();
    session = `${session_id} ${now()}`;
    store.set(kAnonymousKey, anonymous_id);
    store.set(kSessionKey, session);
    return { anonymous_id, session_id };
  };
}
