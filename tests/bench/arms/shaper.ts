// One side of the comparison inside a host: it shapes requests of a corpus, in turn.

import { readCorpus } from "../corpus-file.ts";
import type { CollectRequest } from "../corpus-file.ts";

/** A pipeline under test. */
export interface Shaper {
  /** Shapes one request and gives the count of bytes that came out. */
  shape(request: CollectRequest): number;
  /** Shapes one request and gives its lines as a frame of shared/pack/lines.h. */
  lines(request: CollectRequest): Uint8Array;
}

export interface ShaperOptions {
  /** Configuration of the core, JSON. */
  configuration: string;
  /** The compiled plan of the core; the peer has its own. */
  plan: Uint8Array;
  /** User agents the peer remembers; 0 for none. (The core's is in its configuration.) */
  userAgentCache: number;
}

/** Runs a shaper over a corpus, on from where the last run stopped. */
export class Arm {
  readonly #shaper: Shaper;
  readonly #requests: CollectRequest[];
  #next = 0;

  constructor(shaper: Shaper, corpus: Uint8Array) {
    this.#shaper = shaper;
    this.#requests = readCorpus(corpus);
  }

  /** The sum of bytes keeps the work from being optimised away. */
  run(count: number): number {
    let bytes = 0;
    for (let i = 0; i < count; i += 1) {
      const request = this.#requests[this.#next];
      if (request === undefined) throw new Error("an empty corpus");
      bytes += this.#shaper.shape(request);
      this.#next = this.#next + 1 === this.#requests.length ? 0 : this.#next + 1;
    }
    return bytes;
  }

  allLines(): Uint8Array[] {
    return this.#requests.map((request) => this.#shaper.lines(request).slice());
  }
}
