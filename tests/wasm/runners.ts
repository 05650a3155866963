// The builds of the core that the tests compare: each runs a list of jobs (job.ts) and gives the results.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { Reader, Writer } from "./job.ts";
import { startPlainWorkerd } from "./plain-workerd.ts";
import { exportsOf, runJob } from "./run-job.ts";

export type Runner = (jobs: Uint8Array[]) => Promise<Uint8Array[]>;

const root = fileURLToPath(new URL("../..", import.meta.url));
export const wasiFile = join(root, "build/wasm/collector.wasm");
export const scalarFile = join(root, "build/wasm/collector-scalar.wasm");
export const emscriptenFile = join(root, "build/wasm/collector-emscripten.wasm");

/** All that either build may import. A call of proc_exit is the module's end. */
const imports = {
  env: { emscripten_notify_memory_growth: (): void => undefined },
  wasi_snapshot_preview1: {
    proc_exit: (): never => {
      throw new Error("the module called proc_exit");
    },
  },
};

export function nodeRunner(file: string): Runner {
  return async (jobs) => {
    const { instance } = await WebAssembly.instantiate(readFileSync(file), imports);
    const module = exportsOf(instance);
    return jobs.map((job) => runJob(module, job));
  };
}

/** Jobs or results, each behind its count. */
export function joined(items: Uint8Array[]): Uint8Array {
  const all = new Writer();
  for (const item of items) all.text(item);
  return all.bytes();
}

export function split(bytes: Uint8Array): Uint8Array[] {
  const reader = new Reader(bytes);
  const items: Uint8Array[] = [];
  while (!reader.done) items.push(reader.text());
  return items;
}

/** The newest native build of native_runner.cpp. */
function nativeProgram(): string {
  const found = ["dev", "release", "asan", "coretests"]
    .map((build) => join(root, "build", build, "tests/wasm_native_runner"))
    .filter((path) => existsSync(path))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  const newest = found[0];
  if (newest === undefined) throw new Error("no build/*/tests/wasm_native_runner: run ./dev build dev first");
  return newest;
}

export const nativeRunner: Runner = async (jobs) =>
  split(execFileSync(nativeProgram(), { input: joined(jobs), maxBuffer: 256 * 1024 * 1024 }));

/** Real workerd with a worker that embeds the edge module and runs the jobs that are posted to it. */
export const workerdRunner: Runner = async (jobs) => {
  const workerd = await startPlainWorkerd({ build: buildJobWorker, wasm: wasiFile });
  try {
    const response = await fetch(workerd.url, { method: "POST", body: joined(jobs).slice() });
    if (!response.ok) throw new Error(`workerd answered ${response.status}: ${await response.text()}`);
    return split(new Uint8Array(await response.arrayBuffer()));
  } finally {
    await workerd.stop();
  }
};

function buildJobWorker(outfile: string): void {
  buildSync({
    entryPoints: [join(root, "tests/wasm/job-worker.ts")],
    outfile,
    bundle: true,
    format: "esm",
    external: ["./collector.wasm"],
  });
}
