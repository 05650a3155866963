// `./dev bench core [--json] [--sample tune|report] [--quick]`: the core and its peers in one run.
// Every side runs in its own process and one at a time, in turns. Words go to standard error with
// --json, so that standard output is the document alone.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchAgents } from "./agents.ts";
import { benchCold } from "./cold.ts";
import { compare, describe } from "./compare.ts";
import { kSeeds } from "./corpus.ts";
import { ratioOf, takeTurns } from "./rounds.ts";
import { benchFolder, kEventsPerRequest, kPeerCacheEntries, prepare, startSide } from "./sides.ts";
import type { Contestant, RoundsOptions, Timing } from "./rounds.ts";
import type { Host, Scene, Shape } from "./sides.ts";
import type { Sample } from "./corpus.ts";

/** One line of the report; DESIGN's form. */
export interface Case {
  name: string;
  unit: string;
  project: number;
  peer: number;
  peer_name: string;
  /** Above 1: the project is better. */
  ratio: number;
}

export interface CoreBenchOptions {
  nativeBuild: string;
  sample: Sample;
  requests: Record<Shape, number>;
  turns: RoundsOptions;
  say: (line: string) => void;
}

const kPeerName = "TypeScript: JSON.parse, ajv, ua-parser-js, isbot, URL, JSON.stringify";

/** The project's sides, and the peer of each. */
const kPeers: [Host, Host][] = [
  ["node", "node peer"],
  ["workerd", "workerd peer"],
  ["native", "node peer"],
];

function nameOf(host: Host, shape: Shape, cache: number): string {
  const how = host === "native" ? `native ${shape}` : `wasm ${shape} in ${host === "node" ? "Node" : host}`;
  return cache === 0 ? how : `${how}, user agent cache`;
}

export async function benchPipelines(options: CoreBenchOptions): Promise<Case[]> {
  const scene: Scene = options;
  await prepare(scene);
  const contestants = new Map<string, Contestant>();
  try {
    for (const cache of [0, kPeerCacheEntries]) {
      for (const shape of ["batch", "single"] as const) {
        for (const host of ["node", "node peer", "workerd", "workerd peer", "native"] as const) {
          const side = await startSide(scene, host, shape, cache);
          contestants.set(nameOf(host, shape, cache), { side, itemsPerRequest: kEventsPerRequest[shape] });
        }
      }
    }
    await sayDifferences(contestants, options.say);
    const times = await takeTurns(contestants, options.turns);
    return casesOf(times, options.say);
  } finally {
    for (const { side } of contestants.values()) await side.stop();
  }
}

/** All builds of the core must give the same bytes; the peer's rows are compared by their fields. */
async function sayDifferences(contestants: Map<string, Contestant>, say: (line: string) => void): Promise<void> {
  for (const shape of ["batch", "single"] as const) {
    const linesOf = async (host: Host): Promise<Uint8Array> => {
      const found = contestants.get(nameOf(host, shape, 0));
      if (found === undefined) throw new Error(`bench: no side ${host}`);
      return found.side.lines(join(benchFolder, "lines"));
    };
    const native = await linesOf("native");
    for (const host of ["node", "workerd"] as const) {
      if (Buffer.compare(native, await linesOf(host)) !== 0) throw new Error(`bench: ${host} gives other bytes than the native build`);
    }
    for (const line of describe(compare(native, await linesOf("node peer")))) say(`${shape}: ${line}`);
  }
}

function casesOf(times: Map<string, Timing>, say: (line: string) => void): Case[] {
  const cases: Case[] = [];
  say("case: ns an event, median [lowest-highest]; the peer's; how many times faster");
  for (const cache of [0, kPeerCacheEntries]) {
    for (const shape of ["batch", "single"] as const) {
      for (const [host, peerHost] of kPeers) {
        const name = nameOf(host, shape, cache);
        const project = times.get(name);
        const peer = times.get(nameOf(peerHost, shape, cache));
        if (project === undefined || peer === undefined) continue;
        const ratio = ratioOf(project, peer);
        say(`  ${name.padEnd(42)} ${shown(project)}   ${shown(peer)}   ${ratio.toFixed(1)} x`);
        cases.push({ name, unit: "ns/event", project: round(project.median), peer: round(peer.median), peer_name: kPeerName, ratio: round(ratio) });
      }
    }
  }
  return cases;
}

function shown({ median, low, high }: Timing): string {
  return `${median.toFixed(0).padStart(6)} [${low.toFixed(0)}-${high.toFixed(0)}]`.padEnd(22);
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: "boolean" }, sample: { type: "string" }, quick: { type: "boolean" } } });
  const say = (line: string): void => void (values.json === true ? process.stderr : process.stdout).write(`${line}\n`);
  const sample = values.sample === "tune" ? "tune" : "report";
  say(`sample ${sample}, seed ${kSeeds[sample]}`);
  const turns = values.quick === true ? { rounds: 3, runMs: 60, warmUpMs: 300 } : { rounds: 9, runMs: 200, warmUpMs: 900 };
  const nativeBuild = "build/release";
  const cases = await benchPipelines({ nativeBuild, sample, requests: { batch: 200, single: 4_000 }, turns, say });
  cases.push(...(await benchAgents({ nativeBuild, sample, turns, say })));
  cases.push(...(await benchCold(values.quick === true ? 2 : 7, say)));
  if (values.json === true) process.stdout.write(`${JSON.stringify({ bench: "core", cases })}\n`);
}

if (import.meta.main) await main();
