// Starts `edgehose up` and runs the program's other commands, for the demo, `./dev up` and tests.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ChildProcess } from "node:child_process";

const kStartTimeoutMs = 20_000;
const kRoot = fileURLToPath(new URL("../../../", import.meta.url));

/** The native program: EDGEHOSE_BIN, or where `./dev build` puts it. */
export const edgehoseBin = process.env["EDGEHOSE_BIN"] ?? `${kRoot}build/release/simulator/edgehose`;

export interface SimulatorOptions {
  data: string;
  /** A named profile of quotas; see `edgehose up --help`. */
  quota?: string;
  port?: number;
  /** More flags of `edgehose up`. */
  flags?: readonly string[];
}

export interface RunningSimulator {
  endpoint: string;
  /** Where the paths of an API begin; without `--api FILE` there is none. */
  api?: string;
  port: number;
  pid: number;
  stop: () => Promise<void>;
  /** SIGKILL: what a crash of the machine's process would do. */
  kill: () => Promise<void>;
}

export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const args = ["up", "--json", "--data", options.data, "--port", String(options.port ?? 0)];
  if (options.quota !== undefined) args.push("--quota", options.quota);
  const child = spawn(edgehoseBin, [...args, ...(options.flags ?? [])], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const killWithParent = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithParent);
  const { endpoint, api } = await readReady(child);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    process.removeListener("exit", killWithParent);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  };
  return {
    endpoint,
    ...(api === undefined ? {} : { api }),
    port: Number(new URL(endpoint).port),
    pid: child.pid ?? 0,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}

/** `edgehose up --json` prints one line with its endpoint, and its API's, when it is ready. */
async function readReady(child: ChildProcess): Promise<{ endpoint: string; api?: string }> {
  if (child.stdout === null) throw new Error("edgehose up: no standard output");
  const lines = createInterface({ input: child.stdout });
  const timer = setTimeout(() => child.kill("SIGKILL"), kStartTimeoutMs);
  try {
    for await (const line of lines) {
      const { endpoint, api }: { endpoint?: string; api?: string } = JSON.parse(line);
      // What it prints later is of no use here, but must not fill the pipe.
      child.stdout.resume();
      if (endpoint !== undefined) return { endpoint, ...(api === undefined ? {} : { api }) };
    }
  } finally {
    clearTimeout(timer);
  }
  throw new Error("edgehose up: ended before it was ready; its lines above say why");
}

export interface CommandResult {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs `edgehose ARGS` to its end. */
export async function runEdgehose(args: readonly string[]): Promise<CommandResult> {
  const child = spawn(edgehoseBin, args, { stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr] = await Promise.all([readAll(child.stdout), readAll(child.stderr), once(child, "close")]);
  return { status: child.exitCode ?? 128, stdout, stderr };
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
