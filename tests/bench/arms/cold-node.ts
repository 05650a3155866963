// What a fresh Node needs until the first event is through: prints JSON { made_ms, start_ms, first_ms }, where made_ms
// is the part of start_ms in which the module is compiled and instantiated.
//   cold-node project MODULE CONFIGURATION PLAN CORPUS     compile, instantiate and open; first request
//   cold-node peer BUNDLE CORPUS                           load the bundle and make the pipeline; first request

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { CollectorModule } from "../../../edge/worker/collector-module.ts";
import { ProjectShaper } from "./project-shaper.ts";
import { readCorpus } from "../corpus-file.ts";
import type { Shaper } from "./shaper.ts";

const [kind = "", ...files] = process.argv.slice(2);
const corpus = readCorpus(readFileSync(files.at(-1) ?? ""));

async function start(): Promise<Shaper> {
  if (kind === "peer") {
    const peer = (await import(pathToFileURL(files[0] ?? "").href)) as { makePeer(): Shaper };
    return peer.makePeer();
  }
  const [bytes = new Uint8Array(), configuration = new Uint8Array(), plan = new Uint8Array()] = files.slice(0, 3).map((file) => readFileSync(file));
  begun = process.hrtime.bigint();
  const module = new CollectorModule(new WebAssembly.Module(bytes));
  made = process.hrtime.bigint();
  return new ProjectShaper(module, { configuration: new TextDecoder().decode(configuration), plan, userAgentCache: 0 });
}

let begun = process.hrtime.bigint();
let made: bigint | undefined;
const shaper = await start();
const started = process.hrtime.bigint();
const request = corpus[0];
if (request === undefined) throw new Error("an empty corpus");
shaper.shape(request);
const ended = process.hrtime.bigint();
const msUntil = (end: bigint): number => Number(end - begun) / 1e6;
console.log(JSON.stringify({ made_ms: msUntil(made ?? started), start_ms: msUntil(started), first_ms: Number(ended - started) / 1e6 }));
