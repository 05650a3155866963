// The golden vectors of shared/contract/vectors: what they hold, and how a build's answer to one is written.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { planJob, Reader, requestFrame, shapeJob, shardJob } from "./job.ts";
import { nativeRunner } from "./runners.ts";
import type { ShardLine, ShardStep } from "./job.ts";

export interface RequestVector {
  now_ms?: number;
  method?: string;
  path?: string;
  query?: string;
  client_ip?: string;
  headers?: string;
  body?: string;
  /** Instead of body, where it is no text. */
  body_base64?: string;
}

export interface ShapeExpect {
  status: number;
  kind: number;
  /** Base64 where the answer is a picture. */
  answer: string;
  /** In the order of the frame; partition where there is one. */
  lines: ShardLine[];
}

export interface ShapeVector {
  name: string;
  configuration: object;
  /** A tracking plan, where there is one. */
  plan?: object;
  request: RequestVector;
  expect: ShapeExpect;
}

export type Effect =
  | { kind: "send"; batch_id: number; body: string }
  | { kind: "answer"; request_id: number; status: number; retry_after_s: number }
  | { kind: "wake"; at_ms: number }
  | { kind: "compress"; record_id: number; lines: string }
  | { kind: "persist"; row_id: number; request_id: number; offset: number; bytes: number }
  | { kind: "delete"; row_id: number }
  | { kind: "load"; row_id: number };

export interface ShardVector {
  name: string;
  configuration: object;
  seed: number;
  steps: (ShardStep & { effects: Effect[] })[];
  /** Some of the counters after the last step. */
  status: Record<string, number | string>;
}

const folder = fileURLToPath(new URL("../../shared/contract/vectors", import.meta.url));

export function readVectors(): { shape: ShapeVector[]; shard: ShardVector[] } {
  const shape: ShapeVector[] = [];
  const shard: ShardVector[] = [];
  for (const file of readdirSync(folder).sort()) {
    const vectors = JSON.parse(readFileSync(join(folder, file), "utf8")) as unknown;
    if (file.startsWith("shard")) shard.push(...(vectors as ShardVector[]));
    else shape.push(...(vectors as ShapeVector[]));
  }
  return { shape, shard };
}

type ShapeInput = Pick<ShapeVector, "configuration" | "plan" | "request">;

/** Plans are compiled by the native build: no module has the compiler. */
export async function jobsOfShapes(vectors: readonly ShapeInput[]): Promise<Uint8Array[]> {
  const planned = vectors.flatMap(({ plan }) => (plan === undefined ? [] : [planJob(JSON.stringify(plan))]));
  const compiled = (await nativeRunner(planned)).values();
  return vectors.map((vector) => jobOfShape(vector, vector.plan === undefined ? undefined : compiled.next().value));
}

function jobOfShape(vector: ShapeInput, plan?: Uint8Array): Uint8Array {
  const { body, body_base64, ...request } = vector.request;
  const bytes = body_base64 === undefined ? new TextEncoder().encode(body ?? "") : Buffer.from(body_base64, "base64");
  return shapeJob(JSON.stringify(vector.configuration), requestFrame({ ...request, body: bytes }), plan);
}

export function jobOfShard(vector: Pick<ShardVector, "configuration" | "seed" | "steps">): Uint8Array {
  return shardJob(JSON.stringify(vector.configuration), vector.seed, vector.steps);
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

export function shapeOf(result: Uint8Array): ShapeExpect {
  const reader = new Reader(result);
  if (reader.number(4) !== 1) throw new Error(`configuration: ${utf8.decode(reader.text())}`);
  if (reader.number(4) !== 0) throw new Error("the request frame is malformed");
  const status = reader.number(4);
  const kind = reader.number(4);
  const bytes = reader.text();
  const answer = kind === 1 ? Buffer.from(bytes).toString("base64") : utf8.decode(bytes);
  return { status, kind, answer, lines: linesOf(reader.text()) };
}

function linesOf(frame: Uint8Array): ShardLine[] {
  const reader = new Reader(frame);
  const lines: ShardLine[] = [];
  while (!reader.done) {
    const streamBytes = reader.number(2);
    const partitionBytes = reader.number(2);
    const lineBytes = reader.number(4);
    if (reader.number(4) !== 1) throw new Error("a line of more than one event");
    const stream = utf8.decode(reader.raw(streamBytes));
    const partition = utf8.decode(reader.raw(partitionBytes));
    const line = utf8.decode(reader.raw(lineBytes));
    lines.push(partition === "" ? { stream, line } : { stream, partition, line });
  }
  return lines;
}

export interface ShardRun {
  effects: Effect[][];
  status: Record<string, number | string>;
}

export function shardRunOf(result: Uint8Array, steps: number): ShardRun {
  const reader = new Reader(result);
  if (reader.number(4) !== 1) throw new Error(`configuration: ${utf8.decode(reader.text())}`);
  reader.text();
  const effects: Effect[][] = [];
  for (let step = 0; step < steps; step += 1) effects.push(effectsOf(reader.text()));
  return { effects, status: JSON.parse(utf8.decode(reader.text())) as ShardRun["status"] };
}

function effectsOf(frame: Uint8Array): Effect[] {
  const reader = new Reader(frame);
  const effects: Effect[] = [];
  while (!reader.done) {
    effects.push(effectOf(reader.number(1), reader));
  }
  return effects;
}

function effectOf(kind: number, reader: Reader): Effect {
  if (kind === 1) return { kind: "send", batch_id: reader.number(4), body: utf8.decode(reader.text()) };
  if (kind === 2) {
    const request_id = reader.number(8);
    return { kind: "answer", request_id, status: reader.number(4), retry_after_s: reader.number(4) };
  }
  if (kind === 3) return { kind: "wake", at_ms: reader.number(8) };
  if (kind === 4) return { kind: "compress", record_id: reader.number(4), lines: utf8.decode(reader.text()) };
  if (kind === 5) {
    const [row_id, request_id] = [reader.number(8), reader.number(8)];
    return { kind: "persist", row_id, request_id, offset: reader.number(4), bytes: reader.number(4) };
  }
  if (kind === 6) return { kind: "delete", row_id: reader.number(8) };
  if (kind === 7) return { kind: "load", row_id: reader.number(8) };
  throw new Error(`an effect of kind ${kind}`);
}
