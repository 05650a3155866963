// A real workerd that serves one worker and nothing else, for tests and benchmarks of the module.

import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export interface PlainWorkerd {
  url: string;
  stop(): Promise<void>;
}

export interface PlainWorkerdOptions {
  /** Writes the worker, one bundled module. */
  build(outfile: string): void | Promise<void>;
  /** What the worker imports as ./collector.wasm; absent: nothing. */
  wasm?: string;
}

function configuration(hasWasm: boolean): string {
  const wasm = hasWasm ? ', (name = "collector.wasm", wasm = embed "collector.wasm")' : "";
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")${wasm}],
  compatibilityDate = "2026-11-01",
);
`;
}

export async function startPlainWorkerd({ build, wasm }: PlainWorkerdOptions): Promise<PlainWorkerd> {
  const folder = mkdtempSync(join(tmpdir(), "edgehose-wasm-"));
  try {
    if (wasm !== undefined) copyFileSync(wasm, join(folder, "collector.wasm"));
    writeFileSync(join(folder, "config.capnp"), configuration(wasm !== undefined));
    await build(join(folder, "worker.js"));
    return await serve(folder);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function serve(folder: string): Promise<PlainWorkerd> {
  const binary = createRequire(import.meta.url).resolve("@cloudflare/workerd-linux-64/bin/workerd");
  const child = spawn(binary, ["serve", "--control-fd=3", join(folder, "config.capnp")], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const ended = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { url: `http://127.0.0.1:${await listeningPort(child.stdio[3] as Readable, ended)}`, stop };
  } catch (error) {
    await stop();
    throw error;
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
