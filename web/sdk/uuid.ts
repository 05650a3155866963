// UUID version 7 (RFC 9562): 48 bits of milliseconds, 12 bits that count within one, 62 random
// bits.

import type { World } from "./world.ts";

/** Ids of one source sort in the order they were made, also when the clock steps back. */
export function uuidSource({ now, random }: Pick<World, "now" | "random">): () => string {
  let lastMs = 0;
  let count = 0;
  return () => {
    // Byte 2 begins with the variant, binary 10.
    const variant = (byte: number, at: number): number => (at === 2 ? (byte & 63) | 128 : byte);
    const hex = Array.from(random(10), (byte, at) =>
      (variant(byte, at) + 256).toString(16).slice(1),
    ).join("");
    const ms = now();
    if (ms > lastMs) {
      lastMs = ms;
      // Starts in the lower half, so that a millisecond has room for 2,048 ids or more.
      count = parseInt(hex.slice(0, 3), 16) & 0x7ff;
    } else if (++count > 0xfff) {
      lastMs += 1;
      count = 0;
    }
    const time = lastMs.toString(16).padStart(12, "0");
    const version = `7${count.toString(16).padStart(3, "0")}`;
    return `${time.slice(0, 8)}-${time.slice(8)}-${version}-${hex.slice(4, 8)}-${hex.slice(8)}`;
  };
}
