// A job: one thing to do with the core, as bytes. The same bytes go to every build of it (WASI and
// Emscripten under Node, WASI in workerd, native as a program) and the results are compared as bytes.
//
//   shape  { u8 1, text configuration, text compiled plan or nothing, text request frame }
//   shard  { u8 2, text configuration, u64 seed, { u8 operation, i64 now_ms, u64 id, u32 status, text bytes }* }
//   volume { u8 3, u32 group, u32 count, { text configuration, text compiled plan or nothing } * count,
//            { u8 configuration, text request frame }* }
//   plan   { u8 4, text plan }    native only: its result is the compiled plan
//   text   { u32 count, bytes }    little endian, as everything
//
// Results: shape { u32 ok, text problem } or { u32 ok, u32 code, u32 status, u32 kind, text answer, text lines };
// shard { u32 ok, text problem, { text effects }*, text status }; volume { u32, u32 }*, the digest of each `group`
// requests' results, so that many requests can be compared without carrying their lines about.

export interface ShapeRequest {
  now_ms?: number;
  method?: string;
  path?: string;
  query?: string;
  client_ip?: string;
  headers?: string;
  body?: Uint8Array;
}

export interface ShardLine {
  stream: string;
  line: string;
  partition?: string;
}

export type ShardStep =
  | { step: "submit"; now_ms: number; request_id: number; lines: ShardLine[] }
  | { step: "answer"; now_ms: number; batch_id: number; status: number; body: string }
  | { step: "tick"; now_ms: number }
  | { step: "compressed"; now_ms: number; record_id: number; member_base64: string }
  | { step: "persisted"; now_ms: number; row_id: number; done: boolean }
  | { step: "row"; now_ms: number; row_id: number; lines: ShardLine[] }
  | { step: "restart"; now_ms: number; rows: { row_id: number; bytes: number }[] };

const kOperations = { submit: 1, answer: 2, tick: 3, compressed: 4, persisted: 5, row: 6, restart: 7 } as const;

/** Grows as it is written to. */
export class Writer {
  #parts: Uint8Array[] = [];

  number(bytes: 1 | 2 | 4 | 8, value: number | bigint): this {
    const part = new Uint8Array(8);
    new DataView(part.buffer).setBigInt64(0, BigInt(value), true);
    this.#parts.push(part.subarray(0, bytes));
    return this;
  }
  raw(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }
  text(value: Uint8Array | string): this {
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
    return this.number(4, bytes.length).raw(bytes);
  }
  bytes(): Uint8Array {
    const all = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** Takes bytes apart from the front; throws when they end too soon. */
export class Reader {
  #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }
  get done(): boolean {
    return this.#at === this.#bytes.length;
  }
  raw(count: number): Uint8Array {
    if (this.#at + count > this.#bytes.length) throw new Error("bytes end too soon");
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }
  big(bytes: 1 | 2 | 4 | 8): bigint {
    let value = 0n;
    for (const [i, byte] of this.raw(bytes).entries()) value |= BigInt(byte) << BigInt(8 * i);
    return value;
  }
  number(bytes: 1 | 2 | 4 | 8): number {
    return Number(this.big(bytes));
  }
  text(): Uint8Array {
    return this.raw(this.number(4));
  }
}

export function requestFrame(request: ShapeRequest): Uint8Array {
  const frame = new Writer().number(8, request.now_ms ?? 0).raw(new Uint8Array(16));
  frame.text(request.method ?? "POST").text(request.path ?? "/collect").text(request.query ?? "");
  frame.text(request.client_ip ?? "").text(request.headers ?? "").text(request.body ?? "");
  return frame.bytes();
}

export function lineFrame(lines: ShardLine[]): Uint8Array {
  const frame = new Writer();
  for (const { stream, line, partition } of lines) {
    const name = new TextEncoder().encode(stream);
    const part = new TextEncoder().encode(partition ?? "");
    const text = new TextEncoder().encode(line);
    frame.number(2, name.length).number(2, part.length).number(4, text.length).number(4, 1).raw(name).raw(part).raw(text);
  }
  return frame.bytes();
}

export function shapeJob(configuration: string, frame: Uint8Array, plan: Uint8Array = new Uint8Array()): Uint8Array {
  return new Writer().number(1, 1).text(configuration).text(plan).text(frame).bytes();
}

export interface VolumeRequest {
  /** Which of the job's configurations. */
  configuration: number;
  frame: Uint8Array;
}

/** What a volume's requests are shaped under. */
export interface VolumeRules {
  configuration: string;
  /** Compiled; empty for none. */
  plan: Uint8Array;
}

export function planJob(plan: string): Uint8Array {
  return new Writer().number(1, 4).text(plan).bytes();
}

export function volumeJob(rules: readonly VolumeRules[], requests: readonly VolumeRequest[], group: number): Uint8Array {
  const job = new Writer().number(1, 3).number(4, group).number(4, rules.length);
  for (const { configuration, plan } of rules) job.text(configuration).text(plan);
  for (const { configuration, frame } of requests) job.number(1, configuration).text(frame);
  return job.bytes();
}

/** Two 32-bit FNV-1a sums of the same bytes from different starts: small, and the same in C++. */
export class Digest {
  #first = 0x811c9dc5;
  #second = 0x2d6a3bcf;

  add(bytes: Uint8Array): void {
    let first = this.#first;
    let second = this.#second;
    for (const byte of bytes) {
      first = Math.imul(first ^ byte, 0x01000193);
      second = Math.imul(second ^ byte ^ (first >>> 24), 0x01000193);
    }
    this.#first = first;
    this.#second = second;
  }

  /** The sums so far; begins anew. */
  take(): [number, number] {
    const sums: [number, number] = [this.#first >>> 0, this.#second >>> 0];
    this.#first = 0x811c9dc5;
    this.#second = 0x2d6a3bcf;
    return sums;
  }
}

export function shardJob(configuration: string, seed: number, steps: ShardStep[]): Uint8Array {
  const job = new Writer().number(1, 2).text(configuration).number(8, seed);
  for (const step of steps) {
    const { id, status, bytes } = operands(step);
    job.number(1, kOperations[step.step]).number(8, step.now_ms).number(8, id).number(4, status).text(bytes);
  }
  return job.bytes();
}

function operands(step: ShardStep): { id: number; status: number; bytes: Uint8Array | string } {
  switch (step.step) {
    case "submit":
      return { id: step.request_id, status: 0, bytes: lineFrame(step.lines) };
    case "answer":
      return { id: step.batch_id, status: step.status, bytes: step.body };
    case "tick":
      return { id: 0, status: 0, bytes: "" };
    case "compressed":
      return { id: step.record_id, status: 0, bytes: bytesOfBase64(step.member_base64) };
    case "persisted":
      return { id: step.row_id, status: step.done ? 1 : 0, bytes: "" };
    case "row":
      return { id: step.row_id, status: 0, bytes: lineFrame(step.lines) };
    case "restart":
      return { id: 0, status: 0, bytes: rowsFrame(step.rows) };
  }
}

function rowsFrame(rows: { row_id: number; bytes: number }[]): Uint8Array {
  const frame = new Writer();
  for (const { row_id, bytes } of rows) frame.number(8, row_id).number(4, bytes);
  return frame.bytes();
}

function bytesOfBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
