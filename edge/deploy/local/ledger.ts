// A sender's ledger in the form that `edgehose audit` reads, for senders written in TypeScript.
// The native driver has its own writer: simulator/scenario/ledger.h.

import { createHash } from "node:crypto";
import { appendFile } from "node:fs/promises";

export interface LedgerLine {
  event_id: string;
  content_type: string;
  event_time: string;
  attempts: number;
  outcome: "acknowledged" | "failed" | "refused" | "unanswered";
  status: number;
  digest: string;
}

const kDigestMembers = [
  "content_type",
  "event_time",
  "user_id",
  "anonymous_id",
  "session_id",
  "page_url",
  "page_title",
  "language",
  "timezone",
  "screen_width",
  "screen_height",
  "referrer_url",
  "user_agent",
  "properties",
] as const;

/** JSON with sorted keys: one text for one value. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`;
}

/** The digest of an event by its members as they are delivered (`event_time`, not `time`). */
export function eventDigest(delivered: Readonly<Record<string, unknown>>): string {
  const members = kDigestMembers.filter((name) => delivered[name] !== undefined);
  const text = canonical(Object.fromEntries(members.map((name) => [name, delivered[name]])));
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

export async function appendLedger(file: string, lines: readonly LedgerLine[]): Promise<void> {
  await appendFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}
