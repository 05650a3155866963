// A tracking plan for the local stack: compiled by the program, so that what is wrong with it is said before anything
// starts, and read for its content types, which each need a delivery stream.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { runEdgehose } from "./simulator.ts";

export interface LocalPlan {
  /** As `edgehose plan compile` makes it. */
  bytes: Uint8Array;
  /** The delivery stream of each content type. */
  streams: Record<string, string>;
}

interface PlanDocument {
  content_types: Record<string, { stream?: string }>;
}

/** Reads JSON or YAML. A wrong plan is an error that names file, place and mend. */
export async function readPlan(file: string): Promise<LocalPlan> {
  const folder = await mkdtemp(join(tmpdir(), "edgehose-plan-"));
  try {
    const binary = join(folder, "plan.bin");
    const compiled = await runEdgehose(["plan", "compile", file, "--out", binary]);
    if (compiled.status !== 0) throw new Error((compiled.stdout + compiled.stderr).trimEnd());
    const document: PlanDocument = parse(await readFile(file, "utf8"));
    const types = Object.entries(document.content_types);
    return {
      bytes: await readFile(binary),
      streams: Object.fromEntries(types.map(([type, { stream }]) => [type, stream ?? type])),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
