// The members of the configuration that the host itself acts on. The core reads and checks the
// whole text; what is checked here is only what TypeScript uses before or beside the core.

import { CollectorError } from "./errors.ts";

export interface HostConfiguration {
  region: string;
  /** Where PutRecordBatch goes. */
  endpoint: string;
  shards: number;
  /** Whether /_edgehose/status answers. */
  status: boolean;
  body_bytes_max: number;
  /** What an answer waits for: Firehose, or rows on the shard's own disk. */
  ack: "firehose" | "durable_hop";
}

const kShardsMax = 1000;
const kBodyBytesMaxDefault = 1024 * 1024;

export function readConfiguration(json: string): HostConfiguration {
  const config = parseObject(json);
  const region = config["region"];
  if (typeof region !== "string" || !/^[a-z0-9-]{1,32}$/.test(region)) {
    throw refused("region", "wants the name of an AWS region such as ap-northeast-1");
  }
  const endpoint = config["endpoint"] ?? `https://firehose.${region}.amazonaws.com`;
  if (typeof endpoint !== "string" || !URL.canParse(endpoint))
    throw refused("endpoint", "wants a URL");
  const limits = config["limits"] ?? {};
  if (!isObject(limits)) throw refused("limits", "wants an object");
  const pack = config["pack"] ?? {};
  if (!isObject(pack)) throw refused("pack", "wants an object");
  return {
    region,
    endpoint,
    shards: wholeNumber("shards", config["shards"], 1, kShardsMax),
    status: config["status"] === true,
    ack: pack["ack"] === "durable_hop" ? "durable_hop" : "firehose",
    body_bytes_max: wholeNumber(
      "limits/body_bytes_max",
      limits["body_bytes_max"],
      kBodyBytesMaxDefault,
      Number.MAX_SAFE_INTEGER,
    ),
  };
}

/**
 * The configuration of one shard of several: each paces itself to its part of the streams' quota.
 */
export function shardConfiguration(json: string): string {
  const { shards } = readConfiguration(json);
  const config = parseObject(json);
  const pacing = config["pacing"] ?? {};
  if (!isObject(pacing)) throw refused("pacing", "wants an object");
  const share = wholeNumber("pacing/share_permille", pacing["share_permille"], 1000, 1000);
  const share_permille = Math.max(1, Math.floor(share / shards));
  return JSON.stringify({ ...config, pacing: { ...pacing, share_permille } });
}

function parseObject(json: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw refused("", `is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isObject(value)) throw refused("", "wants an object");
  return value;
}

function wholeNumber(name: string, value: unknown, fallback: number, max: number): number {
  if (value === undefined) return fallback;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= max)
    return value;
  throw refused(name, `wants a whole number from 1 to ${max}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refused(name: string, what: string): CollectorError {
  return new CollectorError("configuration", `configuration: /${name} ${what}`);
}
