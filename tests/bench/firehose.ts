// `./dev bench firehose [--json] [--quick]`: how fast records are taken, beside moto's server and
// beside the work that no server can avoid. Every side is driven by the same client, one at a time,
// in turns, each on a fresh folder. Words go to standard error with --json.

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { median } from "./rounds.ts";
import { diskFolder, fastFolder, motoServer, removeFolder, startFloor, startMoto, startProject, storedBytes } from "./firehose-sides.ts";
import type { Case } from "./core.ts";
import type { Load, Run, Server } from "./firehose-sides.ts";

export interface FirehoseBenchOptions {
  /** A build folder with the program, firehose_client and firehose_floor. */
  build: string;
  rounds: number;
  ms: number;
  warmUpMs: number;
  /** Streams of the case of many open buffers, and the records put into each. */
  streams: number;
  recordsPerStream: number;
  withMoto: boolean;
  say: (line: string) => void;
}

const kMiB = 2 ** 20;
const kBatch: Load = { records: 500 };
const kSingle: Load = { records: 0, connections: 16 };
const kMemoryBeyondBuffers = 64 * kMiB;
const kStartMsMax = 200;
const kBytesPerSecondMax = 2_000 * kMiB;

/** One measurement of one side in one round. */
interface Sample extends Run {
  peakBytes: number;
}
type Samples = Map<string, Sample[]>;

interface Side {
  name: string;
  run: (folder: string) => Promise<Sample>;
}

interface Measured {
  sample: Sample;
  sent: number;
}

/** `settle` ends when all that was taken is where it belongs: its time counts as the run's. */
async function measure(server: Server, load: Load, options: FirehoseBenchOptions, settle: () => Promise<void> = async () => {}): Promise<Measured> {
  const warmUp = server.run({ ...load, ms: options.warmUpMs });
  await settle();
  const run = server.run({ ...load, ms: options.ms });
  const start = performance.now();
  await settle();
  const seconds = run.seconds + (performance.now() - start) / 1000;
  const rates = { seconds, requests_s: run.requests / seconds, records_s: run.records / seconds, mb_s: run.bytes / seconds / 1e6 };
  return { sample: { ...run, ...rates, peakBytes: server.memory().peak }, sent: warmUp.bytes + run.bytes };
}

function projectSide(name: string, load: Load, options: FirehoseBenchOptions, how: { compression?: "UNCOMPRESSED" | "GZIP"; isStrict?: boolean }): Side {
  const run = async (folder: string): Promise<Sample> => {
    const data = how.isStrict === true ? diskFolder() : join(folder, "data");
    mkdirSync(data, { recursive: true });
    const server = await startProject({ build: options.build, data, ...how });
    try {
      const { sample, sent } = await measure(server, load, options, () => server.flush());
      const stored = storedBytes(data);
      if (stored !== sent) throw new Error(`bench: ${name}: ${sent} bytes were taken and ${stored} lie in the store`);
      return sample;
    } finally {
      await server.stop();
      removeFolder(data);
    }
  };
  return { name, run };
}

function floorSide(name: string, load: Load, isPacked: boolean, options: FirehoseBenchOptions): Side {
  const run = async (folder: string): Promise<Sample> => {
    const server = await startFloor({ build: options.build, folder: join(folder, "floor"), records: load.records, isPacked });
    try {
      return (await measure(server, load, options)).sample;
    } finally {
      await server.stop();
      removeFolder(join(folder, "floor"));
    }
  };
  return { name, run };
}

function motoSide(name: string, load: Load, options: FirehoseBenchOptions): Side {
  const run = async (): Promise<Sample> => {
    const server = await startMoto(options.build);
    try {
      return (await measure(server, load, options)).sample;
    } finally {
      await server.stop();
    }
  };
  return { name, run };
}

function sidesOf(options: FirehoseBenchOptions): Side[] {
  const sides = [
    projectSide("batch", kBatch, options, {}),
    floorSide("batch floor", kBatch, false, options),
    projectSide("gzip", kBatch, options, { compression: "GZIP" }),
    floorSide("gzip floor", kBatch, true, options),
    projectSide("strict", kBatch, options, { isStrict: true }),
    projectSide("single", kSingle, options, {}),
    floorSide("single floor", kSingle, false, options),
  ];
  if (options.withMoto) sides.push(motoSide("batch moto", kBatch, options), motoSide("single moto", kSingle, options));
  return sides;
}

interface Comparison {
  name: string;
  project: string;
  peer: string;
  peerName: string;
  figure: "records_s" | "requests_s";
  /** The least ratio that counts as reached; none: reported only. */
  goal?: number;
}

const kMoto = "moto's server";
const kFloor = "the work that cannot be avoided";
const kComparisons: Comparison[] = [
  { name: "PutRecordBatch 500 x 1 KB", project: "batch", peer: "batch moto", peerName: kMoto, figure: "records_s", goal: 15 },
  { name: "PutRecordBatch 500 x 1 KB, floor", project: "batch", peer: "batch floor", peerName: kFloor, figure: "records_s", goal: 1 / 2.5 },
  { name: "PutRecordBatch GZIP, floor", project: "gzip", peer: "gzip floor", peerName: `${kFloor}, one libdeflate pass at level 1`, figure: "records_s", goal: 1 / 2.5 },
  { name: "PutRecord 1 KB", project: "single", peer: "single moto", peerName: kMoto, figure: "requests_s", goal: 10 },
  { name: "PutRecord 1 KB, floor", project: "single", peer: "single floor", peerName: kFloor, figure: "requests_s" },
  { name: "PutRecordBatch signed, fsync", project: "strict", peer: "batch", peerName: "unsigned, without fsync", figure: "records_s" },
];

function of(samples: Samples, side: string, figure: keyof Sample): number[] {
  return (samples.get(side) ?? []).map((sample) => sample[figure]);
}

function compareAll(samples: Samples, say: (line: string) => void): Case[] {
  const cases: Case[] = [];
  for (const { name, project, peer, peerName, figure, goal } of kComparisons) {
    if (!samples.has(peer)) {
      say(`  ${name}: not compared with ${peerName}`);
      continue;
    }
    const own = of(samples, project, figure);
    const other = of(samples, peer, figure);
    // A ratio is made of two figures of the same round.
    const ratio = median(own.map((value, i) => value / (other[i] ?? Number.NaN)));
    const verdict = goal === undefined ? "reported" : `${ratio >= goal ? "reached" : "MISSED"}: at least ${goal}`;
    say(`  ${name.padEnd(34)} ${ratio.toFixed(2).padStart(7)} x ${peerName} (${verdict})`);
    cases.push({ name, unit: figure === "records_s" ? "records/s" : "requests/s", project: round(median(own)), peer: round(median(other)), peer_name: peerName, ratio: round(ratio) });
  }
  return cases;
}

function sayTable(samples: Samples, say: (line: string) => void): void {
  say("side: records/s, until all lie in objects, median [lowest-highest]; MB/s; p50 and p99 of a request; memory at its most");
  for (const name of samples.keys()) {
    const rates = of(samples, name, "records_s");
    const figure = (key: keyof Sample): number => median(of(samples, name, key));
    say(
      `  ${name.padEnd(13)}${median(rates).toFixed(0).padStart(8)} ${`[${Math.min(...rates).toFixed(0)}-${Math.max(...rates).toFixed(0)}]`.padEnd(18)}` +
        `${figure("mb_s").toFixed(1).padStart(7)} MB/s  p50 ${(figure("p50_us") / 1000).toFixed(2)} ms  p99 ${(figure("p99_us") / 1000).toFixed(2)} ms  ${(figure("peakBytes") / kMiB).toFixed(0)} MB`,
    );
  }
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

/** Memory with an open buffer in each of many streams, and the time from start to an answer. */
export async function benchBuffers(folder: string, options: FirehoseBenchOptions): Promise<Case[]> {
  const data = join(folder, "buffers");
  mkdirSync(data);
  const streams = Array.from({ length: options.streams }, (_, i) => `bench${String(i).padStart(4, "0")}`);
  const server = await startProject({ build: options.build, data, streams });
  try {
    const before = server.memory().now;
    const run = server.run({ records: options.recordsPerStream, requests: options.streams * 2, streams: options.streams });
    const held = run.bytes;
    const { now, peak } = server.memory();
    options.say(`${options.streams} streams, each with one open buffer of ${(held / options.streams / 1024).toFixed(0)} KB: ${(held / kMiB).toFixed(0)} MB of records`);
    options.say(`  ${(now / kMiB).toFixed(0)} MB resident (${(before / kMiB).toFixed(0)} MB without records, ${(peak / kMiB).toFixed(0)} MB at its most), ${verdictOf(peak <= held + kMemoryBeyondBuffers)}: records + 64 MB`);
    options.say(`  put into ${options.streams} buffers: ${run.records_s.toFixed(0)} records/s, p99 ${(run.p99_us / 1000).toFixed(2)} ms`);
    options.say("  10,000 open buffers need dynamic partitioning; a stream without it has one open buffer.");
    await server.stop();
    const times = await startTimes(options, folder);
    options.say(`  answers ${times.empty.toFixed(0)} ms after its start on an empty folder, ${verdictOf(times.empty <= kStartMsMax)}: ${kStartMsMax} ms; ${times.full.toFixed(0)} ms with these buffers in its journal`);
    return [
      { name: `memory, ${options.streams} open buffers`, unit: "MB", project: round(peak / kMiB), peer: round((held + kMemoryBeyondBuffers) / kMiB), peer_name: "records + 64 MB", ratio: round((held + kMemoryBeyondBuffers) / peak) },
      { name: "start to answer", unit: "ms", project: round(times.empty), peer: kStartMsMax, peer_name: "goal", ratio: round(kStartMsMax / times.empty) },
    ];
  } finally {
    await server.stop();
    removeFolder(data);
  }
}

function verdictOf(isReached: boolean): string {
  return isReached ? "reached" : "MISSED";
}

async function startTimes(options: FirehoseBenchOptions, folder: string): Promise<{ empty: number; full: number }> {
  const timeStart = async (data: string): Promise<number> => {
    const start = performance.now();
    const server = await startProject({ build: options.build, data, streams: [] });
    await fetch(`http://127.0.0.1:${server.port}/_edgehose/status`);
    const took = performance.now() - start;
    await server.stop();
    return took;
  };
  const empty: number[] = [];
  const full: number[] = [];
  for (let i = 0; i < 5; i += 1) {
    const fresh = join(folder, `start-${i}`);
    mkdirSync(fresh);
    empty.push(await timeStart(fresh));
    removeFolder(fresh);
    full.push(await timeStart(join(folder, "buffers")));
  }
  return { empty: median(empty), full: median(full) };
}

export async function benchFirehose(options: FirehoseBenchOptions): Promise<Case[]> {
  // What the fastest side writes, twice, in a run and its warm-up, and some room.
  const folder = fastFolder(2 * kBytesPerSecondMax * ((options.ms + options.warmUpMs) / 1000) + 300 * kMiB);
  options.say(`data in ${folder}`);
  try {
    const sides = sidesOf(options);
    const samples: Samples = new Map(sides.map(({ name }) => [name, []]));
    for (let turn = 0; turn < options.rounds; turn += 1) {
      for (const { name, run } of sides) samples.get(name)?.push(await run(folder));
    }
    sayTable(samples, options.say);
    return [...compareAll(samples, options.say), ...(await benchBuffers(folder, options))];
  } finally {
    removeFolder(folder);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: "boolean" }, quick: { type: "boolean" } } });
  const say = (line: string): void => void (values.json === true ? process.stderr : process.stdout).write(`${line}\n`);
  const withMoto = existsSync(motoServer);
  const load = (): string => loadavg().map((value) => value.toFixed(2)).join(" ");
  const model = /model name\s*: (.*)/.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "unknown";
  say(`server on core 0, client on core 1 of ${model}; load average at the start ${load()}`);
  const times = values.quick === true ? { rounds: 3, ms: 700, warmUpMs: 200 } : { rounds: 7, ms: 2_000, warmUpMs: 500 };
  const cases = await benchFirehose({ build: "build/release", ...times, streams: 1_000, recordsPerStream: 100, withMoto, say });
  say(`load average at the end ${load()}`);
  if (values.json === true) process.stdout.write(`${JSON.stringify({ bench: "firehose", cases })}\n`);
}

if (import.meta.main) await main();
