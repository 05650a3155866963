// UUID version 7 (RFC 9562): 48 bits of milliseconds, 12 bits that count within one, 62 random bits.

import type { World } from "./world.ts";

/** Ids of one source sort in the order they were made, also when the clock steps back. */
export function uuidSource({ now, random }: Pick<World, "now" | "random">): () => string {
  let lastMs = 0;
  let count = 0;
  return () => {
    const hex = Array.from(random(10), (byte) => (byte + 256).toString(16).slice(1)).join("");
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
    const variant = ((parseInt(hex.slice(3, 4), 16) & 3) | 8).toString(16);
    return (
      `${time.slice(0, 8)}-${time.slice(8)}-7${count.toString(16).padStart(3, "0")}` +
      `-${variant}${hex.slice(4, 7)}-${hex.slice(7, 19)}`
    );
  };
}
