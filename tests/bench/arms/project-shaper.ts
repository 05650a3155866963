// The project's side: the module through the host code that ships (edge/worker).

import { Collector, kEntropyBytes } from "../../../edge/worker/collector-module.ts";
import { headerLines } from "../corpus-file.ts";
import type { CollectorModule, Shaped } from "../../../edge/worker/collector-module.ts";
import type { CollectRequest } from "../corpus-file.ts";
import type { Shaper, ShaperOptions } from "./shaper.ts";

export class ProjectShaper implements Shaper {
  readonly #collector: Collector;
  readonly #entropy = new Uint8Array(kEntropyBytes);

  constructor(module: CollectorModule, options: ShaperOptions) {
    this.#collector = new Collector(module, options.configuration, options.plan);
  }

  shape(request: CollectRequest): number {
    const shaped = this.#run(request);
    return shaped.answer.length + shaped.lines.length;
  }

  lines(request: CollectRequest): Uint8Array {
    return this.#run(request).lines;
  }

  #run({ now_ms, method, path, query, client_ip, headers, body }: CollectRequest): Shaped {
    return this.#collector.shape({ method, path, query, client_ip, headers: headerLines(headers), body }, now_ms, this.#entropy);
  }
}
