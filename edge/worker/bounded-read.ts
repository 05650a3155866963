// Reads a body stream into memory, never past a bound.

import { CollectorError } from "./errors.ts";

/**
 * Throws `body_too_large` as soon as the bound is passed; what the stream still has is not read.
 */
export async function readBounded(
  stream: ReadableStream<Uint8Array> | null,
  bytesMax: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (stream === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (const reader = stream.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) return concat(chunks, bytes);
    bytes += value.length;
    if (bytes > bytesMax) {
      // Not awaited: a sender that goes on sending must not hold the refusal back.
      reader.cancel().catch(() => undefined);
      throw new CollectorError("body_too_large", `body: more than ${bytesMax} bytes`);
    }
    chunks.push(value);
  }
}

function concat(chunks: Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
