// Writers of the frames that the module reads and writes, independent of edge/worker's own.

export function u32(value: number): number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255];
}

export function u64(value: bigint): number[] {
  return Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(8 * index)) & 255n));
}

/**
 * One line of a lines frame: u16 stream name bytes, u16 partition bytes, u32 line bytes, u32 events,
 * stream name, partition, line.
 */
export function lineFrame(stream: string, line: string): Uint8Array {
  const name = new TextEncoder().encode(stream);
  const text = new TextEncoder().encode(line);
  return Uint8Array.from([
    name.length & 255,
    name.length >> 8,
    0,
    0,
    ...u32(text.length),
    ...u32(1),
    ...name,
    ...text,
  ]);
}
