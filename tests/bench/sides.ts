// Starts the sides of a case: the core natively, as WASM in Node and in workerd, and the peer.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { ProgramSide, WorkerdSide } from "./arms/processes.ts";
import { makeCorpus } from "./corpus.ts";
import { corpusFile } from "./corpus-file.ts";
import { buildPeer } from "./peer/build-peer.ts";
import type { Side } from "./arms/processes.ts";
import type { Sample } from "./corpus.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
export const benchFolder = join(root, "build/bench");
export const planFile = join(root, "tests/bench/plan.json");
export const compiledPlan = join(benchFolder, "plan.bin");
export const wasmFile = join(root, "build/wasm/collector.wasm");
const armsFolder = join(root, "tests/bench/arms");

export type Host = "native" | "node" | "workerd" | "node peer" | "workerd peer";
export type Shape = "batch" | "single";

export const kEventsPerRequest: Record<Shape, number> = { batch: 50, single: 1 };
export const kPeerCacheEntries = 256;

export interface Scene {
  /** The folder of a native build with core_bench. */
  nativeBuild: string;
  sample: Sample;
  requests: Record<Shape, number>;
}

export function configurationText(userAgentCache: number): string {
  return JSON.stringify({ user_agent_cache: userAgentCache });
}

export function corpusPath(shape: Shape): string {
  return join(benchFolder, `corpus-${shape}`);
}

export function configurationPath(cache: number): string {
  return join(benchFolder, `configuration-${cache}.json`);
}

/** Writes the corpora and configurations, and bundles what the hosts run. */
export async function prepare({ nativeBuild, sample, requests }: Scene): Promise<void> {
  mkdirSync(benchFolder, { recursive: true });
  for (const shape of ["batch", "single"] as const) {
    const corpus = makeCorpus({ sample, eventsPerRequest: kEventsPerRequest[shape], requests: requests[shape] });
    writeFileSync(corpusPath(shape), corpusFile(corpus));
  }
  for (const cache of [0, kPeerCacheEntries]) writeFileSync(configurationPath(cache), configurationText(cache));
  execFileSync(join(root, nativeBuild, "tests/core_bench"), ["plan", planFile, compiledPlan], { stdio: "inherit" });
  for (const name of ["node-project", "worker-project"]) {
    buildSync({
      entryPoints: [join(armsFolder, `${name}.ts`)],
      outfile: join(benchFolder, `${name}.js`),
      bundle: true,
      format: "esm",
      target: "es2023",
      platform: "neutral",
      external: ["node:*", "./collector.wasm"],
    });
  }
  for (const name of ["node-peer", "worker-peer"]) {
    await buildPeer({ entry: join(armsFolder, `${name}.ts`), outfile: join(benchFolder, `${name}.js`), planFile });
  }
}

export async function startSide(scene: Scene, host: Host, shape: Shape, cache: number): Promise<Side> {
  const files = [corpusPath(shape), configurationPath(cache), compiledPlan];
  if (host === "native") return new ProgramSide(join(root, scene.nativeBuild, "tests/core_bench"), files);
  if (host === "node") return new ProgramSide(process.execPath, [join(benchFolder, "node-project.js"), ...files, String(cache), wasmFile]);
  if (host === "node peer") return new ProgramSide(process.execPath, [join(benchFolder, "node-peer.js"), ...files, String(cache)]);
  const worker = join(benchFolder, host === "workerd" ? "worker-project.js" : "worker-peer.js");
  return WorkerdSide.start({
    build: (outfile) => writeFileSync(outfile, readFileSync(worker)),
    ...(host === "workerd" ? { wasm: wasmFile } : {}),
    corpus: readFileSync(corpusPath(shape)),
    configuration: configurationText(cache),
    plan: readFileSync(compiledPlan),
    userAgentCache: cache,
  });
}
