// The outside world of the SDK, as a short list of functions. This is the one file of web/sdk that
// reads the browser's clock, randomness, network, storage and page; tests hand in their own.

/** The part of localStorage that is used. Its methods may throw (quota, private mode). */
export interface KeyValue {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** What an event says of the page; absent where the browser does not know. */
export interface PageFields {
  page_url?: string;
  page_title?: string;
  referrer_url?: string;
  language?: string;
  timezone?: string;
  screen_width?: number;
  screen_height?: number;
}

/**
 * hide: may never run again. leave: this document ends or is frozen. show: it is back from that.
 */
export type PageMoment = "hide" | "leave" | "show";

export interface World {
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  now: () => number;
  random: (bytes: number) => Uint8Array;
  storage: KeyValue | undefined;
  /** True when the browser took the text for delivery. */
  beacon: (url: string, text: string) => boolean;
  /** Calls `wake` once after `ms`; the function it returns takes that back. */
  setTimer: (ms: number, wake: () => void) => () => void;
  page: () => PageFields;
  /** Calls `moment` at each such moment; the function it returns ends that. */
  listen: (moment: (what: PageMoment) => void) => () => void;
  /** Runs `task` while no other tab runs one. */
  exclusive: (task: () => void) => void;
}

export function browserWorld(): World {
  return {
    fetch: (url, init) => fetch(url, init),
    now: () => Date.now(),
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    storage: storageOrNone(),
    beacon: (url, text) => navigator.sendBeacon?.(url, text) ?? false,
    setTimer: (ms, wake) => {
      const timer = setTimeout(wake, ms);
      return () => clearTimeout(timer);
    },
    page: pageFields,
    listen: listenToPage,
    // Web Locks exist in secure contexts only; elsewhere two tabs may at worst send one event
    // twice. They also refuse documents that have no origin; those have no storage to share either.
    exclusive: (task) => void (navigator.locks?.request("edgehose", task).catch(task) ?? task()),
  };
}

/** Reading window.localStorage throws where storage is forbidden. */
function storageOrNone(): KeyValue | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}

function pageFields(): PageFields {
  return {
    page_url: location.href,
    page_title: document.title,
    referrer_url: document.referrer,
    language: navigator.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    screen_width: screen.width,
    screen_height: screen.height,
  };
}

function listenToPage(moment: (what: PageMoment) => void): () => void {
  const ended = new AbortController();
  const on = (target: EventTarget, type: string, tell: () => void): void =>
    target.addEventListener(type, tell, { signal: ended.signal });
  on(document, "visibilitychange", () => {
    if (document.visibilityState === "hidden") moment("hide");
  });
  on(window, "pagehide", () => moment("leave"));
  on(window, "pageshow", () => moment("show"));
  return () => ended.abort();
}
