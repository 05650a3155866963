// The counters of all shards as one: high-water marks by the highest, everything else by sum.

export function sumStatus(shards: readonly string[]): Record<string, number> {
  const total: Record<string, number> = { shards: shards.length };
  for (const text of shards) {
    const counters: Record<string, unknown> = JSON.parse(text);
    for (const [name, value] of Object.entries(counters)) {
      if (typeof value !== "number") continue;
      const before = total[name] ?? 0;
      total[name] = name.endsWith("_max_seen") ? Math.max(before, value) : before + value;
    }
  }
  return total;
}
