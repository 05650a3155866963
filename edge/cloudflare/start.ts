// Starts the worker in a real workerd on this machine, for tests, `./dev demo` and `./dev up`.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { buildWorker, kDefaultWasm } from "./build.ts";
import { kPlanFile, workerdConfig } from "./workerd-config.ts";
import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import type { Credentials } from "../worker/signer.ts";
import type { Plant } from "./planted-bugs.ts";

export interface StartOptions {
  /** The collector's configuration (shared/contract/configuration.schema.json). */
  config: object;
  /** A tracking plan as `edgehose plan compile` makes it. */
  plan?: Uint8Array;
  credentials?: Credentials;
  /** Port on 127.0.0.1; 0 or absent takes a free one. */
  port?: number;
  /** Keeps the objects' storage there; absent: in memory. */
  storageDir?: string;
  wasmPath?: string;
  plant?: Plant;
  /** Each line that workerd writes; absent: standard error. */
  log?: (line: string) => void;
}

export interface RunningWorker {
  /** http://127.0.0.1:PORT */
  url: string;
  pid: number;
  /** Ends workerd (SIGTERM, after 5 s SIGKILL) and removes its folder. */
  stop: () => Promise<void>;
  /** SIGKILL: what a crash of the machine's process would do. */
  kill: () => Promise<void>;
}

const kStartTimeoutMs = 20_000;
const kStopTimeoutMs = 5_000;
/** Enough for a simulator that was given none. */
const kLocalCredentials: Credentials = { accessKeyId: "local", secretAccessKey: "local-secret" };

export async function startWorkerd(options: StartOptions): Promise<RunningWorker> {
  const folder = await mkdtemp(join(tmpdir(), "edgehose-workerd-"));
  try {
    await buildWorker(folder, options.wasmPath ?? kDefaultWasm);
    if (options.plan !== undefined) await writeFile(join(folder, kPlanFile), options.plan);
    await writeFile(join(folder, "config.capnp"), await configText(options), { mode: 0o600 });
    return await serve(
      folder,
      options.log ?? ((line) => process.stderr.write(`workerd: ${line}\n`)),
    );
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function configText(options: StartOptions): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken } = options.credentials ?? kLocalCredentials;
  const storageDir = options.storageDir === undefined ? undefined : resolve(options.storageDir);
  if (storageDir !== undefined) await mkdir(storageDir, { recursive: true });
  return workerdConfig({
    port: options.port ?? 0,
    ...(storageDir === undefined ? {} : { storageDir }),
    hasPlan: options.plan !== undefined,
    bindings: {
      EDGEHOSE_CONFIG: JSON.stringify(options.config),
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
      ...(options.plant === undefined ? {} : { PLANT: options.plant }),
    },
  });
}

async function serve(folder: string, log: (line: string) => void): Promise<RunningWorker> {
  const binary = createRequire(import.meta.url).resolve("@cloudflare/workerd-linux-64/bin/workerd");
  const child = spawn(binary, ["serve", "--control-fd=3", join(folder, "config.capnp")], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const killWithParent = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithParent);
  // A binary that cannot be started gives "error" and no "exit"; listeningPort reports it.
  const ended = once(child, "exit").catch(() => undefined);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream as Readable }).on("line", log);
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    await endChild(child, signal, ended);
    process.removeListener("exit", killWithParent);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const port = await listeningPort(child);
    return {
      url: `http://127.0.0.1:${port}`,
      pid: child.pid ?? 0,
      stop: () => end("SIGTERM"),
      kill: () => end("SIGKILL"),
    };
  } catch (error) {
    await end("SIGKILL");
    throw error;
  }
}

/** workerd writes {"event":"listen","socket":"http","port":N} to descriptor 3 when it is ready. */
function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((found, failed) => {
    const lines = createInterface({ input: child.stdio[3] as Readable });
    const timer = setTimeout(
      () =>
        failed(
          new Error(`workerd: not listening after ${kStartTimeoutMs} ms; its lines above say why`),
        ),
      kStartTimeoutMs,
    );
    child.once("error", failed);
    child.once("exit", (code) =>
      failed(new Error(`workerd: ended with ${code} before it listened; its lines above say why`)),
    );
    lines.on("line", (line) => {
      const message: { event?: string; port?: number } = JSON.parse(line);
      if (message.event !== "listen" || message.port === undefined) return;
      clearTimeout(timer);
      found(message.port);
    });
    lines.once("close", () => clearTimeout(timer));
  });
}

async function endChild(
  child: ChildProcess,
  signal: NodeJS.Signals,
  ended: Promise<unknown>,
): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), kStopTimeoutMs);
  await ended;
  clearTimeout(timer);
}
