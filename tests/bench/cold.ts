// Sizes and starts: the module and the peer's bundle in bytes, and what a fresh process needs for its
// first event, in Node and in workerd (there timed from outside).

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { buildSync } from "esbuild";
import { startPlainWorkerd } from "../wasm/plain-workerd.ts";
import { Writer } from "../wasm/job.ts";
import { readCorpus, corpusFile } from "./corpus-file.ts";
import { buildPeer } from "./peer/build-peer.ts";
import { median } from "./rounds.ts";
import { benchFolder, configurationPath, configurationText, compiledPlan, corpusPath, planFile, wasmFile } from "./sides.ts";
import type { Case } from "./core.ts";

const armsFolder = fileURLToPath(new URL("arms", import.meta.url));
const kPeerName = "the peer's bundle, minified";

interface Start {
  /** Until the module is compiled and instantiated; the peer has no such step. */
  made_ms: number;
  start_ms: number;
  first_ms: number;
}

export async function benchCold(starts: number, say: (line: string) => void): Promise<Case[]> {
  const bundle = join(benchFolder, "peer-bundle.mjs");
  const corpus = join(benchFolder, "corpus-first");
  await buildPeer({ entry: join(armsFolder, "cold-peer.ts"), outfile: bundle, planFile, minify: true });
  writeFileSync(corpus, corpusFile(readCorpus(readFileSync(corpusPath("single"))).slice(0, 1)));
  const script = join(benchFolder, "cold-node.mjs");
  buildSync({ entryPoints: [join(armsFolder, "cold-node.ts")], outfile: script, bundle: true, format: "esm", platform: "node", target: "node22" });
  const inNode = (...values: string[]): Start => JSON.parse(execFileSync(process.execPath, [script, ...values], { encoding: "utf8" })) as Start;
  const project: Start[] = [];
  const peer: Start[] = [];
  const workerd: Start[] = [];
  const workerdPeer: Start[] = [];
  for (let i = 0; i < starts; i += 1) {
    project.push(inNode("project", wasmFile, configurationPath(0), compiledPlan, corpus));
    peer.push(inNode("peer", bundle, corpus));
    workerd.push(await inWorkerd("worker-project.js", readFileSync(corpus), wasmFile));
    workerdPeer.push(await inWorkerd("worker-peer.js", readFileSync(corpus)));
  }
  return [
    ...sizeCases(bundle, say),
    startCase("compile and instantiate in Node", "made_ms", project, peer, say),
    startCase("start in Node: compile, instantiate, open", "start_ms", project, peer, say),
    startCase("first event in Node", "first_ms", project, peer, say),
    startCase("start in workerd: instantiate, open", "start_ms", workerd, workerdPeer, say),
    startCase("first event in workerd", "first_ms", workerd, workerdPeer, say),
  ];
}

function sizeCases(bundle: string, say: (line: string) => void): Case[] {
  const sizes = (file: string): [number, number] => [readFileSync(file).length, gzipSync(readFileSync(file), { level: 9 }).length];
  const [raw, gzip] = sizes(wasmFile);
  const [peerRaw, peerGzip] = sizes(bundle);
  say(`module ${raw} bytes, ${gzip} gzipped; ${kPeerName} ${peerRaw}, ${peerGzip} gzipped`);
  const sized = (name: string, project: number, peer: number): Case => ({ name, unit: "bytes", project, peer, peer_name: kPeerName, ratio: Number((peer / project).toPrecision(4)) });
  return [sized("module size", raw, peerRaw), sized("module size gzipped", gzip, peerGzip)];
}

function startCase(name: string, which: keyof Start, project: Start[], peer: Start[], say: (line: string) => void): Case {
  const ours = project.map((start) => start[which]);
  const theirs = peer.map((start) => start[which]);
  const shown = (values: number[]): string => `${median(values).toFixed(2)} [${Math.min(...values).toFixed(2)}-${Math.max(...values).toFixed(2)}]`.padEnd(22);
  say(`  ${name.padEnd(42)} ${shown(ours)}   ${shown(theirs)}   ms`);
  return { name, unit: "ms", project: Number(median(ours).toPrecision(4)), peer: Number(median(theirs).toPrecision(4)), peer_name: kPeerName, ratio: Number((median(theirs) / median(ours)).toPrecision(4)) };
}

/** Round trips to a new workerd, less an empty one. (workerd compiles the module before it listens.) */
async function inWorkerd(worker: string, corpus: Uint8Array, wasm?: string): Promise<Start> {
  const workerd = await startPlainWorkerd({ build: (outfile) => writeFileSync(outfile, readFileSync(join(benchFolder, worker))), ...(wasm === undefined ? {} : { wasm }) });
  const trip = async (path: string, body: Uint8Array = new Uint8Array()): Promise<number> => {
    const begun = process.hrtime.bigint();
    const response = await fetch(`${workerd.url}${path}`, { method: "POST", body: body.slice() });
    await response.text();
    if (!response.ok) throw new Error(`bench: workerd answered ${response.status} to ${path}`);
    return Number(process.hrtime.bigint() - begun) / 1e6;
  };
  try {
    for (let i = 0; i < 20; i += 1) await trip("/nothing");
    const open = await trip("/open?cache=0", new Writer().text(configurationText(0)).text(readFileSync(compiledPlan)).text(corpus).bytes());
    const first = await trip("/run?n=1");
    const empty: number[] = [];
    for (let i = 0; i < 15; i += 1) empty.push(await trip("/nothing"));
    const start_ms = open - median(empty);
    return { made_ms: start_ms, start_ms, first_ms: first - median(empty) };
  } finally {
    await workerd.stop();
  }
}
