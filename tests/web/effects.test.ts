import { describe, expect, it } from "vitest";
import { decodeEffects } from "../../edge/worker/effects.ts";
import { u32, u64 } from "./frames.ts";

const body = [...new TextEncoder().encode('{"Records":[]}')];
const send = [1, ...u32(7), ...u32(body.length), ...body];
const answer = [2, ...u64(41n), ...u32(503), ...u32(30)];
const wake = [3, ...u64(1_795_352_400_123n)];

describe("effects frame", () => {
  it("gives each effect, in order, with its own copy of a body", () => {
    const frame = Uint8Array.from([...answer, ...send, ...wake]);
    const effects = decodeEffects(frame);
    frame.fill(0);
    expect(effects).toEqual([
      { kind: "answer", requestId: 41, status: 503, retryAfterS: 30 },
      { kind: "send", batchId: 7, body: Uint8Array.from(body) },
      { kind: "wake", atMs: 1_795_352_400_123 },
    ]);
  });

  it("gives what a disk and a compressor have to do", () => {
    const lines = [...new TextEncoder().encode("{}\n")];
    const frame = Uint8Array.from([
      ...[4, ...u32(9), ...u32(lines.length), ...lines],
      ...[5, ...u64(3n), ...u64(41n), ...u32(16), ...u32(22)],
      ...[6, ...u64(2n)],
      ...[7, ...u64(1n)],
    ]);
    expect(decodeEffects(frame)).toEqual([
      { kind: "compress", recordId: 9, lines: Uint8Array.from(lines) },
      { kind: "persist", rowId: 3, requestId: 41, offset: 16, bytes: 22 },
      { kind: "delete", rowId: 2 },
      { kind: "load", rowId: 1 },
    ]);
  });

  it("is empty when there is nothing to do", () => {
    expect(decodeEffects(new Uint8Array(0))).toEqual([]);
  });

  it("refuses every frame that is cut short", () => {
    const frame = Uint8Array.from([...send, ...answer, ...wake]);
    const ends = [0, send.length, send.length + answer.length, frame.length];
    for (let bytes = 0; bytes <= frame.length; bytes += 1) {
      const cut = frame.slice(0, bytes);
      if (ends.includes(bytes)) expect(decodeEffects(cut)).toHaveLength(ends.indexOf(bytes));
      else expect(() => decodeEffects(cut), `${bytes} bytes`).toThrow(/effects frame/);
    }
  });

  it.each([
    ["an unknown kind", [8]],
    ["a body longer than the frame", [1, ...u32(1), ...u32(0xffff_ffff), 0]],
    ["a request id beyond 2^53", [2, ...u64(1n << 60n), ...u32(200), ...u32(0)]],
  ])("refuses %s", (_, bytes) => {
    expect(() => decodeEffects(Uint8Array.from(bytes))).toThrow(/effects frame/);
  });
});
