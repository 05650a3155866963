// A side of the comparison in workerd. Its clock stands still while code runs, so nothing is timed
// inside: the driver times whole requests and takes off the time of an empty one.
//   POST /open?cache=N  configuration, plan and corpus, each { u32 count, bytes }
//   POST /run?n=N       shapes N requests
//   POST /lines         all lines' frames of one round over the corpus
//   POST /nothing       a round trip

import { Reader, Writer } from "../../wasm/job.ts";
import { Arm } from "./shaper.ts";
import type { Shaper, ShaperOptions } from "./shaper.ts";

export function serveWorker(make: (options: ShaperOptions) => Shaper): { fetch(request: Request): Promise<Response> } {
  let arm: Arm | undefined;
  return {
    async fetch(request: Request): Promise<Response> {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/open") {
        const reader = new Reader(new Uint8Array(await request.arrayBuffer()));
        const configuration = new TextDecoder().decode(reader.text());
        const plan = reader.text();
        arm = new Arm(make({ configuration, plan, userAgentCache: Number(searchParams.get("cache")) }), reader.text());
        return new Response("ok");
      }
      if (pathname === "/nothing" || arm === undefined) return new Response("0");
      if (pathname === "/run") return new Response(String(arm.run(Number(searchParams.get("n")))));
      const all = new Writer();
      for (const lines of arm.allLines()) all.raw(lines);
      return new Response(all.bytes().slice());
    },
  };
}
