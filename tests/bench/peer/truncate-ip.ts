// An address without the part that tells one person from a neighbour: /24 and /48.

export function truncateIp(ip: string): string | undefined {
  const dot = ip.lastIndexOf(".");
  if (dot > 0 && !ip.includes(":")) return `${ip.slice(0, dot)}.0`;
  if (!ip.includes(":")) return undefined;
  const [head = "", tail] = ip.split("::", 2);
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const after = tail === "" ? [] : tail.split(":");
    while (groups.length + after.length < 8) groups.push("0");
    groups.push(...after);
  }
  return `${groups.slice(0, 3).join(":")}::`;
}
