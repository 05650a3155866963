// The shard's effects frame (edge/wasm/collector_abi.h), little endian, repeated, kind first:
//
//   1 send    u32 batch_id, u32 bytes, body
//   2 answer  u64 request_id, u32 status, u32 retry_after_s
//   3 wake    i64 at_ms

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

export type Effect = SendEffect | AnswerEffect | WakeEffect;

/** Decodes a whole frame. A frame that does not end where its last effect ends is refused. */
export function decodeEffects(frame: Uint8Array<ArrayBuffer>): Effect[] {
  const numbers = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const effects: Effect[] = [];
  let at = 0;
  const take = (bytes: number): number => {
    const from = at;
    if (bytes > frame.length - from)
      throw broken(`${bytes} bytes wanted at ${from} of ${frame.length}`);
    at += bytes;
    return from;
  };
  while (at < frame.length) {
    const kind = numbers.getUint8(take(1));
    if (kind === 1) {
      const head = take(8);
      const bytes = numbers.getUint32(head + 4, true);
      const from = take(bytes);
      effects.push({
        kind: "send",
        batchId: numbers.getUint32(head, true),
        body: frame.slice(from, from + bytes),
      });
    } else if (kind === 2) {
      const head = take(16);
      effects.push({
        kind: "answer",
        requestId: safeInteger(numbers.getBigUint64(head, true)),
        status: numbers.getUint32(head + 8, true),
        retryAfterS: numbers.getUint32(head + 12, true),
      });
    } else if (kind === 3) {
      effects.push({ kind: "wake", atMs: safeInteger(numbers.getBigInt64(take(8), true)) });
    } else {
      throw broken(`unknown kind ${kind} at ${at - 1}`);
    }
  }
  return effects;
}

function safeInteger(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw broken(`${value} is beyond 2^53`);
  return number;
}

function broken(what: string): CollectorError {
  return new CollectorError("frame", `effects frame: ${what}`);
}
