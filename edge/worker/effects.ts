// The shard's effects frame (edge/wasm/collector_abi.h), little endian, repeated, kind first:
//
//   1 send      u32 batch_id, u32 bytes, body
//   2 answer    u64 request_id, u32 status, u32 retry_after_s
//   3 wake      i64 at_ms
//   4 compress  u32 record_id, u32 bytes, lines
//   5 persist   u64 row_id, u64 request_id, u32 offset, u32 bytes
//   6 delete    u64 row_id
//   7 load      u64 row_id

import { CollectorError } from "./errors.ts";

export interface SendEffect {
  kind: "send";
  batchId: number;
  /** A whole PutRecordBatch request body. */
  body: Uint8Array<ArrayBuffer>;
}

export interface AnswerEffect {
  kind: "answer";
  requestId: number;
  status: number;
  retryAfterS: number;
}

export interface WakeEffect {
  kind: "wake";
  atMs: number;
}

/** Make one gzip member of the lines. */
export interface CompressEffect {
  kind: "compress";
  recordId: number;
  lines: Uint8Array<ArrayBuffer>;
}

/** Write bytes [offset, offset + bytes) of the lines just submitted to disk, as one row. */
export interface PersistEffect {
  kind: "persist";
  rowId: number;
  requestId: number;
  offset: number;
  bytes: number;
}

export interface DeleteEffect {
  kind: "delete";
  rowId: number;
}

export interface LoadEffect {
  kind: "load";
  rowId: number;
}

export type Effect =
  | SendEffect
  | AnswerEffect
  | WakeEffect
  | CompressEffect
  | PersistEffect
  | DeleteEffect
  | LoadEffect;

/** Decodes a whole frame. A frame that does not end where its last effect ends is refused. */
export function decodeEffects(frame: Uint8Array<ArrayBuffer>): Effect[] {
  const reader = new FrameReader(frame);
  const effects: Effect[] = [];
  while (!reader.done) effects.push(decodeEffect(reader));
  return effects;
}

function decodeEffect(reader: FrameReader): Effect {
  const kind = reader.u8();
  switch (kind) {
    case 1:
      return { kind: "send", batchId: reader.u32(), body: reader.bytes() };
    case 2:
      return {
        kind: "answer",
        requestId: reader.u64(),
        status: reader.u32(),
        retryAfterS: reader.u32(),
      };
    case 3:
      return { kind: "wake", atMs: reader.i64() };
    case 4:
      return { kind: "compress", recordId: reader.u32(), lines: reader.bytes() };
    case 5:
      return {
        kind: "persist",
        rowId: reader.u64(),
        requestId: reader.u64(),
        offset: reader.u32(),
        bytes: reader.u32(),
      };
    case 6:
      return { kind: "delete", rowId: reader.u64() };
    case 7:
      return { kind: "load", rowId: reader.u64() };
    default:
      throw broken(`unknown kind ${kind}`);
  }
}

class FrameReader {
  readonly #frame: Uint8Array<ArrayBuffer>;
  readonly #numbers: DataView;
  #at = 0;

  constructor(frame: Uint8Array<ArrayBuffer>) {
    this.#frame = frame;
    this.#numbers = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  }
  get done(): boolean {
    return this.#at === this.#frame.length;
  }
  u8(): number {
    return this.#numbers.getUint8(this.#take(1));
  }
  u32(): number {
    return this.#numbers.getUint32(this.#take(4), true);
  }
  u64(): number {
    return safeInteger(this.#numbers.getBigUint64(this.#take(8), true));
  }
  i64(): number {
    return safeInteger(this.#numbers.getBigInt64(this.#take(8), true));
  }
  /** A copy of what follows its count. */
  bytes(): Uint8Array<ArrayBuffer> {
    const bytes = this.u32();
    const from = this.#take(bytes);
    return this.#frame.slice(from, from + bytes);
  }
  #take(bytes: number): number {
    const from = this.#at;
    if (bytes > this.#frame.length - from)
      throw broken(`${bytes} bytes wanted at ${from} of ${this.#frame.length}`);
    this.#at += bytes;
    return from;
  }
}

function safeInteger(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw broken(`${value} is beyond 2^53`);
  return number;
}

function broken(what: string): CollectorError {
  return new CollectorError("frame", `effects frame: ${what}`);
}
