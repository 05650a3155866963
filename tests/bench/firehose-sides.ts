// The servers of `./dev bench firehose`, each a process on one core, and the client on another.

import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { ChildProcess } from "node:child_process";

const root = fileURLToPath(new URL("../..", import.meta.url));
export const motoServer = join(root, "build/moto/bin/moto_server");
const kServerCore = "0";
const kClientCore = "1";
const kKeyId = "AKIDBENCH";
const kSecret = "bench-secret";

/** What the client prints. */
export interface Run {
  requests: number;
  records: number;
  bytes: number;
  seconds: number;
  requests_s: number;
  records_s: number;
  mb_s: number;
  p50_us: number;
  p99_us: number;
}

export interface Load {
  /** 0: PutRecord. */
  records: number;
  ms?: number;
  requests?: number;
  connections?: number;
  streams?: number;
}

/** A new folder, in memory where that has room. */
export function fastFolder(bytesMin: number): string {
  for (const folder of ["/dev/shm", tmpdir()]) {
    if (!existsSync(folder)) continue;
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize >= bytesMin) return mkdtempSync(join(folder, "edgehose-bench-"));
  }
  throw new Error(`bench: needs ${bytesMin} bytes free in /dev/shm or the folder of temporary files`);
}

/** A new folder on a real disk: only that can be waited for. */
export function diskFolder(): string {
  const above = join(root, "build/bench");
  mkdirSync(above, { recursive: true });
  return mkdtempSync(join(above, "firehose-"));
}

function pinned(core: string, command: string, args: string[]): [string, string[]] {
  return cpus().length < 2 ? [command, args] : ["taskset", ["-c", core, command, ...args]];
}

export class Server {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #build: string;
  readonly #sign: string[];

  constructor(options: { port: number; process: ChildProcess; build: string; isSigned?: boolean }) {
    this.port = options.port;
    this.#process = options.process;
    this.#build = options.build;
    this.#sign = options.isSigned === true ? ["--sign", kKeyId, kSecret] : [];
  }

  run(load: Load): Run {
    const words = ["--port", String(this.port), ...this.#sign];
    for (const [name, value] of Object.entries(load)) words.push(`--${name}`, String(value));
    const [command, args] = pinned(kClientCore, join(root, this.#build, "tests/firehose_client"), words);
    return JSON.parse(execFileSync(command, args, { encoding: "utf8" })) as Run;
  }

  async call(operation: string, body: unknown): Promise<void> {
    const headers = {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `Firehose_20150804.${operation}`,
      authorization: authorizationOf("firehose", "ap-northeast-1"),
    };
    const answer = await fetch(`http://127.0.0.1:${this.port}/`, { method: "POST", headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`bench: ${operation}: ${await answer.text()}`);
  }

  async createStream(name: string, compression: "UNCOMPRESSED" | "GZIP"): Promise<void> {
    await this.call("CreateDeliveryStream", {
      DeliveryStreamName: name,
      ExtendedS3DestinationConfiguration: {
        RoleARN: "arn:aws:iam::123456789012:role/bench",
        BucketARN: "arn:aws:s3:::lake",
        // AWS's default size: objects are written all through the run.
        BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 300 },
        CompressionFormat: compression,
      },
    });
  }

  /** Ends when every buffer is delivered. */
  async flush(): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/_edgehose/flush`, { method: "POST" });
    if (!answer.ok) throw new Error(`bench: flush: ${answer.status}`);
  }

  /** Of the process's memory, in bytes: what it holds now, and the most it has held. */
  memory(): { now: number; peak: number } {
    const status = readFileSync(`/proc/${this.#process.pid}/status`, "utf8");
    const read = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
    return { now: read("VmRSS"), peak: read("VmHWM") };
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.stdin?.end();
    this.#process.kill("SIGTERM");
    await ended;
  }
}

// A form that servers route by; nobody checks it.
function authorizationOf(service: string, region: string): string {
  return `AWS4-HMAC-SHA256 Credential=bench/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
}

async function firstLine(process: ChildProcess): Promise<string> {
  let text = "";
  return new Promise((resolve, reject) => {
    process.once("exit", (code) => reject(new Error(`bench: a server ended with ${code} before it was ready`)));
    process.stdout?.on("data", (bytes: Buffer) => {
      text += bytes.toString();
      if (text.includes("\n")) resolve(text);
    });
  });
}

export interface ProjectOptions {
  build: string;
  data: string;
  compression?: "UNCOMPRESSED" | "GZIP";
  /** Signatures are checked and every write waits for the device. */
  isStrict?: boolean;
  streams?: string[];
}

export async function startProject(options: ProjectOptions): Promise<Server> {
  const words = ["up", "--port", "0", "--data", options.data, "--quota", "unlimited", "--bucket", "lake", "--creating-seconds", "0", "--no-fsync"];
  const start = async (more: string[]): Promise<Server> => {
    const [command, args] = pinned(kServerCore, join(root, options.build, "simulator/edgehose"), [...words, ...more]);
    const process = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    const { endpoint } = JSON.parse(await firstLine(process)) as { endpoint: string };
    return new Server({ port: Number(new URL(endpoint).port), process, build: options.build, isSigned: options.isStrict === true });
  };
  const server = await start([]);
  for (const name of options.streams ?? ["bench"]) await server.createStream(name, options.compression ?? "UNCOMPRESSED");
  if (options.isStrict !== true) return server;
  // Its streams were made without signatures; now it checks them.
  await server.stop();
  words.pop();
  return start(["--access-key-id", kKeyId, "--secret-access-key", kSecret]);
}

export async function startFloor(options: { build: string; folder: string; records: number; isPacked: boolean }): Promise<Server> {
  mkdirSync(options.folder, { recursive: true });
  const words = [options.folder, String(options.records), ...(options.isPacked ? ["--gzip"] : [])];
  const [command, args] = pinned(kServerCore, join(root, options.build, "tests/firehose_floor"), words);
  const process = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  return new Server({ port: Number(await firstLine(process)), process, build: options.build });
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("bench: no port");
  return address.port;
}

export async function startMoto(build: string): Promise<Server> {
  const port = await freePort();
  const [command, args] = pinned(kServerCore, motoServer, ["-H", "127.0.0.1", "-p", String(port)]);
  const server = new Server({ port, process: spawn(command, args, { stdio: "ignore" }), build });
  const authorization = authorizationOf("s3", "us-east-1");
  for (let left = 100; ; left -= 1) {
    try {
      await fetch(`http://127.0.0.1:${port}/lake`, { method: "PUT", headers: { authorization } });
      break;
    } catch (failure) {
      if (left === 0) throw failure;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  await server.createStream("bench", "UNCOMPRESSED");
  return server;
}

/** Of the records that lie in the store. */
export function storedBytes(data: string): number {
  const bucket = join(data, "s3/lake");
  let bytes = 0;
  for (const entry of readdirSync(bucket, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const isPacked = readFileSync(path).readUInt16BE(0) === 0x1f8b;
    bytes += isPacked ? gunzipSync(readFileSync(path)).length : statSync(path).size;
  }
  return bytes;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
