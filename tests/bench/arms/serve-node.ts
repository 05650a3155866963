// A side of the comparison as a Node process. A command a line on standard input, as core_bench.cpp:
//   run N    shapes N requests; prints the nanoseconds
//   lines F  shapes each request of the corpus once and writes all lines' frames to the file F

import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Writer } from "../../wasm/job.ts";
import { Arm } from "./shaper.ts";
import type { Shaper, ShaperOptions } from "./shaper.ts";

/** Arguments of the process: CORPUS CONFIGURATION PLAN USER_AGENT_CACHE, then what `make` wants. */
export async function serveNode(make: (options: ShaperOptions, more: string[]) => Shaper): Promise<void> {
  const [corpus = "", configuration = "", plan = "", cache = "0", ...more] = process.argv.slice(2);
  const options = { configuration: readFileSync(configuration, "utf8"), plan: readFileSync(plan), userAgentCache: Number(cache) };
  const arm = new Arm(make(options, more), readFileSync(corpus));
  for await (const line of createInterface({ input: process.stdin })) console.log(obey(arm, line));
}

function obey(arm: Arm, line: string): string {
  const [command, value = ""] = line.split(" ", 2);
  if (command === "run") return timed(arm, Number(value));
  if (command === "lines") {
    const all = new Writer();
    for (const lines of arm.allLines()) all.raw(lines);
    writeFileSync(value, all.bytes());
    return "ok";
  }
  throw new Error(`bench: no command ${line}`);
}

function timed(arm: Arm, count: number): string {
  const start = process.hrtime.bigint();
  arm.run(count);
  return String(process.hrtime.bigint() - start);
}
