// Bugs that `./dev demo --plant NAME` plants on purpose, so that a test can show that the demo then fails.
// Two live in the worker (edge/cloudflare/planted-bugs.ts), two in the simulator (`edgehose up --plant`), two here.

import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

export const kDemoPlants = [
  "answer_early", // the worker answers before Firehose accepted
  "no_resend", // a throttled row is not sent again
  "drop_record", // the simulator acknowledges a record and drops it
  "double_line", // the simulator writes a line twice
  "remove_object", // an object is removed from the store
  "change_byte", // a byte of a delivered line is changed
] as const;
export type DemoPlant = (typeof kDemoPlants)[number];
type LakePlant = "remove_object" | "change_byte";

export function isLakePlant(plant: DemoPlant | undefined): plant is LakePlant {
  return plant === "remove_object" || plant === "change_byte";
}

/** Harms the first object of page views, in the folder where the simulated S3 keeps its objects. */
export async function applyLakePlant(plant: LakePlant, data: string): Promise<void> {
  const lake = join(data, "s3", "lake", "content_type=page_view");
  const files = await readdir(lake, { recursive: true, withFileTypes: true });
  const first = files.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort()[0];
  if (first === undefined) throw new Error(`--plant ${plant}: no object under ${lake}`);
  if (plant === "remove_object") return rm(first);
  const text = gunzipSync(await readFile(first));
  // A letter inside a value, so that the line stays valid JSON.
  const at = text.indexOf('"page_url":"https://') + '"page_url":"https://'.length;
  text[at] = text[at] === 0x78 ? 0x79 : 0x78;
  await writeFile(first, gzipSync(text));
}
