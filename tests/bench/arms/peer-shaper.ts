// The peer's side.

import { lineFrame } from "../../wasm/job.ts";
import { Pipeline } from "../peer/pipeline.ts";
import type { CollectRequest } from "../corpus-file.ts";
import type { Shaper, ShaperOptions } from "./shaper.ts";

export class PeerShaper implements Shaper {
  readonly #pipeline: Pipeline;

  constructor(options: ShaperOptions) {
    this.#pipeline = new Pipeline(options.userAgentCache);
  }

  shape(request: CollectRequest): number {
    const delivered = this.#pipeline.shape(request);
    let bytes = delivered.answer.length;
    for (const lines of delivered.lines.values()) bytes += lines.length;
    return bytes;
  }

  lines(request: CollectRequest): Uint8Array {
    const lines: { stream: string; line: string }[] = [];
    for (const [stream, text] of this.#pipeline.shape(request).lines) {
      for (const line of new TextDecoder().decode(text).trimEnd().split("\n")) lines.push({ stream, line });
    }
    return lineFrame(lines);
  }
}
