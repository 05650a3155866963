// Seeded draws for generated traffic: small, and the same on every machine.

export type Pick = (below: number) => number;

/** mulberry32. */
export function generator(seed: number): Pick {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

export function pickOf<T>(pick: Pick, items: readonly T[]): T {
  const item = items[pick(items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

/** True in `percent` of 100 draws. */
export function chance(pick: Pick, percent: number): boolean {
  return pick(100) < percent;
}

export function hexDigits(pick: Pick, count: number): string {
  let text = "";
  while (text.length < count) text += pick(16).toString(16);
  return text;
}

/** A UUID of version 7, of the millisecond `ms`. */
export function uuidOf(pick: Pick, ms: number): string {
  const time = ms.toString(16).padStart(12, "0");
  const variant = pickOf(pick, ["8", "9", "a", "b"]);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hexDigits(pick, 3)}-${variant}${hexDigits(pick, 3)}-${hexDigits(pick, 12)}`;
}
