// The whole flow on this machine: the simulator with its streams, and the worker in workerd before it.

import { startWorkerd } from "../../cloudflare/start.ts";
import { startSimulator } from "./simulator.ts";
import { createStreams, kFailedStream, kRegion } from "./streams.ts";
import type { RunningWorker } from "../../cloudflare/start.ts";
import type { Plant } from "../../cloudflare/planted-bugs.ts";
import type { LocalPlan } from "./plan.ts";
import type { RunningSimulator } from "./simulator.ts";
import type { StreamsOptions } from "./streams.ts";

/** The content types that the load driver and the demo page send. */
export const kContentTypes = ["page_view", "click", "purchase"] as const;

export interface CollectorOptions {
  pacing?: "on" | "off";
  pack?: "packed" | "single";
  port?: number;
  plant?: Plant;
  /** Members of the configuration to set or replace. */
  config?: object;
  /** Its content types take the place of kContentTypes. */
  plan?: LocalPlan;
  log?: (line: string) => void;
}

export interface StackOptions extends CollectorOptions {
  data: string;
  quota?: string;
  simulatorFlags?: readonly string[];
  streams?: Partial<StreamsOptions>;
}

export interface Stack {
  simulator: RunningSimulator;
  worker: RunningWorker;
  stop: () => Promise<void>;
}

function streamsOf({ plan }: CollectorOptions): Record<string, string> {
  return plan?.streams ?? Object.fromEntries(kContentTypes.map((type) => [type, type]));
}

/** The collector's configuration for a simulator. Its pacing is the quota that tokyo-2020 gives. */
export function collectorConfig(endpoint: string, options: CollectorOptions = {}): object {
  return {
    region: kRegion,
    endpoint,
    streams: streamsOf(options),
    failed_stream: kFailedStream,
    status: true,
    pack: { mode: options.pack ?? "packed", linger_ms: 100 },
    // Whatever the plan hashes stays on this machine.
    ...(options.plan === undefined ? {} : { privacy: { secret: "of the local stack" } }),
    pacing: { mode: options.pacing ?? "on", records_s: 1_000, requests_s: 1_000, bytes_s: 1_048_576 },
    ...options.config,
  };
}

export function startCollector(endpoint: string, options: CollectorOptions = {}): Promise<RunningWorker> {
  return startWorkerd({
    config: collectorConfig(endpoint, options),
    port: options.port ?? 0,
    ...(options.plan === undefined ? {} : { plan: options.plan.bytes }),
    ...(options.plant === undefined ? {} : { plant: options.plant }),
    ...(options.log === undefined ? {} : { log: options.log }),
  });
}

export async function startStack(options: StackOptions): Promise<Stack> {
  const simulator = await startSimulator({
    data: options.data,
    ...(options.quota === undefined ? {} : { quota: options.quota }),
    ...(options.simulatorFlags === undefined ? {} : { flags: options.simulatorFlags }),
  });
  try {
    await createStreams({ endpoint: simulator.endpoint, streams: streamsOf(options), ...options.streams });
    const worker = await startCollector(simulator.endpoint, options);
    return {
      simulator,
      worker,
      stop: async () => {
        await worker.stop();
        await simulator.stop();
      },
    };
  } catch (error) {
    await simulator.kill();
    throw error;
  }
}

export interface StreamStatus {
  name: string;
  requests: number;
  records: number;
  bytes: number;
  billed_bytes: number;
  throttled_requests: number;
  throttled_records: number;
  buffered_records: number;
  delivered_objects: number;
}

export async function simulatorStreams(endpoint: string): Promise<StreamStatus[]> {
  const answer = await fetch(`${endpoint}/_edgehose/status`);
  if (!answer.ok) throw new Error(`${endpoint}/_edgehose/status: ${answer.status}`);
  const status: { streams: StreamStatus[] } = await answer.json();
  return status.streams;
}

/** Waits until Firehose has written every buffer, as its own intervals decide. */
export async function untilDelivered(endpoint: string, timeoutMs = 60_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while ((await simulatorStreams(endpoint)).some((stream) => stream.buffered_records > 0)) {
    if (Date.now() > end) throw new Error(`buffers still hold records after ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
