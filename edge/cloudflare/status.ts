// The counters of all shards as one: high-water marks by the highest, everything else by sum; of
// texts (last_failure) the last that is not empty.

export function sumStatus(shards: readonly string[]): Record<string, number | string> {
  const numbers: Record<string, number> = { shards: shards.length };
  const texts: Record<string, string> = {};
  for (const json of shards) {
    const counters: Record<string, unknown> = JSON.parse(json);
    for (const [name, value] of Object.entries(counters)) {
      if (typeof value === "string") texts[name] = value || (texts[name] ?? "");
      if (typeof value !== "number") continue;
      const before = numbers[name] ?? 0;
      numbers[name] = name.endsWith("_max_seen") ? Math.max(before, value) : before + value;
    }
  }
  return { ...numbers, ...texts };
}
