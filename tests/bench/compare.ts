// Field by field: what the core and the peer made of the same corpus. The user agent's fields differ
// by design (uap-core's values here, ua-parser-js's there) and are left out.

import { Reader } from "../wasm/job.ts";

/** Of accepted events: both name themselves, and the peer keeps no list of what ajv coerced. */
const kLeftOut = /^(ua|os|device)_|^(is_bot|bot_name|collector|coerced)$/;
/** Of failed events: only what says which event failed, and why. Words and bytes are each one's own. */
const kComparedOfFailed = ["stream", "reason", "pointer", "keyword", "content_type", "received_time"];

export interface Comparison {
  rows: number;
  rowsThatDiffer: number;
  /** How often each field differs, with its first example. */
  fields: Map<string, { count: number; example: string }>;
  onlyHere: number;
  onlyThere: number;
}

interface Row {
  stream: string;
  line: Record<string, unknown>;
}

function readRows(frames: Uint8Array): Row[] {
  const reader = new Reader(frames);
  const rows: Row[] = [];
  const decoder = new TextDecoder("utf-8", { fatal: true });
  while (!reader.done) {
    const streamBytes = reader.number(2);
    const partitionBytes = reader.number(2);
    const lineBytes = reader.number(4);
    reader.number(4);
    const stream = decoder.decode(reader.raw(streamBytes));
    reader.raw(partitionBytes);
    rows.push({ stream, line: JSON.parse(decoder.decode(reader.raw(lineBytes))) as Record<string, unknown> });
  }
  return rows;
}

/** An event's own name, or what a failed event's kept bytes say. */
function keyOf({ line }: Row): string {
  const id = line["event_id"];
  if (typeof id === "string") return id;
  const raw = line["raw"];
  return typeof raw === "string" ? JSON.stringify(JSON.parse(Buffer.from(raw, "base64").toString())) : JSON.stringify(line);
}

export function compare(project: Uint8Array, peer: Uint8Array): Comparison {
  const ours = new Map(readRows(project).map((row) => [keyOf(row), row]));
  const theirs = new Map(readRows(peer).map((row) => [keyOf(row), row]));
  const result: Comparison = { rows: 0, rowsThatDiffer: 0, fields: new Map(), onlyHere: 0, onlyThere: 0 };
  for (const [key, row] of ours) {
    const twin = theirs.get(key);
    result.rows += 1;
    if (twin === undefined) result.onlyHere += 1;
    else if (differs(row, twin, result)) result.rowsThatDiffer += 1;
  }
  for (const key of theirs.keys()) if (!ours.has(key)) result.onlyThere += 1;
  return result;
}

function differs(row: Row, twin: Row, result: Comparison): boolean {
  const failed = "reason" in row.line && "reason" in twin.line;
  const mine: Record<string, unknown> = { ...row.line, stream: row.stream };
  const other: Record<string, unknown> = { ...twin.line, stream: twin.stream };
  let found = false;
  for (const name of new Set([...Object.keys(mine), ...Object.keys(other)])) {
    if (failed ? !kComparedOfFailed.includes(name) : kLeftOut.test(name)) continue;
    const ours = JSON.stringify(mine[name]);
    const theirs = JSON.stringify(other[name]);
    if (ours === theirs) continue;
    found = true;
    const field = result.fields.get(name);
    if (field !== undefined) field.count += 1;
    else result.fields.set(name, { count: 1, example: `${ours ?? "absent"} here, ${theirs ?? "absent"} there` });
  }
  return found;
}

export function describe({ rows, rowsThatDiffer, fields, onlyHere, onlyThere }: Comparison): string[] {
  const lines = [`${rows} rows compared with the peer's outside the user agent's fields: ${rowsThatDiffer} differ, ${onlyHere} only here, ${onlyThere} only there`];
  for (const [name, { count, example }] of fields) lines.push(`  ${name}: ${count} (${example})`);
  return lines;
}
