// The outside world of a shard, as a short list of functions. This is the one file of edge/worker
// that reads the real clock, randomness, network and timers; tests hand in their own.

export interface World {
  fetch: (request: Request) => Promise<Response>;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Calls `wake` once after `delayMs`; the function it returns takes that back. */
  setTimer: (delayMs: number, wake: () => void) => () => void;
  /** Fresh random bytes. */
  random: (bytes: number) => Uint8Array;
  /** One gzip member of the bytes. */
  gzip: (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;
  /** Told of work that must finish although no request waits for it. */
  keepAlive: (work: Promise<void>) => void;
  /** One line about something an operator must look at. */
  log: (line: string) => void;
}

export function realWorld(): World {
  return {
    // Called without a receiver on purpose: workerd's fetch refuses a foreign `this`.
    fetch: (request) => fetch(request),
    now: () => Date.now(),
    setTimer: (delayMs, wake) => {
      const timer = setTimeout(wake, delayMs);
      return () => clearTimeout(timer);
    },
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    gzip: async (bytes) => {
      const member = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
      return new Uint8Array(await new Response(member).arrayBuffer());
    },
    keepAlive: () => undefined,
    log: (line) => console.error(line),
  };
}
