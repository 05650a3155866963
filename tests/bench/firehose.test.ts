// A tiny run of the benchmark, so that it does not rot. Its times mean nothing.

import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { benchFirehose } from "./firehose.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const kPrograms = ["simulator/edgehose", "tests/firehose_client", "tests/firehose_floor"];

function newestBuild(): string {
  const age = (build: string): number => statSync(join(root, build, "simulator/edgehose")).mtimeMs;
  const found = ["build/dev", "build/release", "build/asan"]
    .filter((build) => kPrograms.every((program) => existsSync(join(root, build, program))))
    .sort((a, b) => age(b) - age(a));
  if (found[0] === undefined) throw new Error(`no build has ${kPrograms.join(", ")}: ninja -C build/release edgehose firehose_client firehose_floor`);
  return found[0];
}

it("every side takes the load, and what was taken lies in the store byte for byte", async () => {
  const words: string[] = [];
  const cases = await benchFirehose({
    build: newestBuild(),
    rounds: 1,
    ms: 30,
    warmUpMs: 10,
    streams: 5,
    recordsPerStream: 20,
    withMoto: false,
    say: (line) => void words.push(line),
  });
  expect(cases.map(({ name }) => name)).toEqual([
    "PutRecordBatch 500 x 1 KB, floor",
    "PutRecordBatch GZIP, floor",
    "PutRecord 1 KB, floor",
    "PutRecordBatch signed, fsync",
    "memory, 5 open buffers",
    "start to answer",
  ]);
  for (const { name, project, peer, ratio } of cases) {
    for (const figure of [project, peer, ratio]) expect(figure, name).toBeGreaterThan(0);
  }
  expect(words.filter((line) => line.includes("not compared with moto's server")).length).toBe(2);
});
