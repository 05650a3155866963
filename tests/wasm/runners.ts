// The builds of the core that the tests compare: each runs a list of jobs (job.ts) and gives the results.

import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { Reader, Writer } from "./job.ts";
import { exportsOf, runJob } from "./run-job.ts";

export type Runner = (jobs: Uint8Array[]) => Promise<Uint8Array[]>;

const root = fileURLToPath(new URL("../..", import.meta.url));
export const wasiFile = join(root, "build/wasm/collector.wasm");
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

const workerdConfiguration = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js"), (name = "collector.wasm", wasm = embed "collector.wasm")],
  compatibilityDate = "2026-11-01",
);
`;

/** Real workerd with a worker that embeds the edge module and runs the jobs that are posted to it. */
export const workerdRunner: Runner = async (jobs) => {
  const folder = mkdtempSync(join(tmpdir(), "edgehose-wasm-"));
  try {
    copyFileSync(wasiFile, join(folder, "collector.wasm"));
    writeFileSync(join(folder, "config.capnp"), workerdConfiguration);
    buildSync({
      entryPoints: [join(root, "tests/wasm/job-worker.ts")],
      outfile: join(folder, "worker.js"),
      bundle: true,
      format: "esm",
      external: ["./collector.wasm"],
    });
    return await postTo(folder, jobs);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

async function postTo(folder: string, jobs: Uint8Array[]): Promise<Uint8Array[]> {
  const binary = createRequire(import.meta.url).resolve("@cloudflare/workerd-linux-64/bin/workerd");
  const child = spawn(binary, ["serve", "--control-fd=3", join(folder, "config.capnp")], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const ended = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  try {
    const port = await listeningPort(child.stdio[3] as Readable, ended);
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: joined(jobs).slice() });
    if (!response.ok) throw new Error(`workerd answered ${response.status}: ${await response.text()}`);
    return split(new Uint8Array(await response.arrayBuffer()));
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

/** workerd writes {"event":"listen","port":N} to the control descriptor when it is ready. */
function listeningPort(control: Readable, ended: Promise<void>): Promise<number> {
  return new Promise((resolve, reject) => {
    void ended.then(() => reject(new Error("workerd ended before it listened")));
    createInterface({ input: control }).on("line", (line) => {
      const message = JSON.parse(line) as { event?: string; port?: number };
      if (message.event === "listen" && message.port !== undefined) resolve(message.port);
    });
  });
}
