// The golden vectors through each build of the core: WASI and Emscripten under Node, WASI in real workerd,
// native. (The native C ABI runs them in tests/unit/edge/wasm/vectors_test.cpp as well.)

import { describe, expect, it } from "vitest";
import { emscriptenFile, nativeRunner, nodeRunner, wasiFile, workerdRunner } from "./runners.ts";
import { jobOfShard, jobsOfShapes, readVectors, shapeOf, shardRunOf } from "./vector.ts";
import type { Runner } from "./runners.ts";

const vectors = readVectors();
const shapeJobs = await jobsOfShapes(vectors.shape);
const builds: [string, Runner][] = [
  ["WASI under Node", nodeRunner(wasiFile)],
  ["Emscripten under Node", nodeRunner(emscriptenFile)],
  ["WASI in workerd", workerdRunner],
  ["native", nativeRunner],
];

it("there are vectors, and their names are unique", () => {
  const names = [...vectors.shape, ...vectors.shard].map((vector) => vector.name);
  expect(names.length).toBeGreaterThanOrEqual(50);
  expect(new Set(names).size).toBe(names.length);
});

describe.each(builds)("golden vectors: %s", (_, run) => {
  it("shapes each request as written", async () => {
    const results = await run(shapeJobs);
    expect(results.length).toBe(vectors.shape.length);
    for (const [i, vector] of vectors.shape.entries()) {
      expect(shapeOf(results[i] ?? new Uint8Array()), vector.name).toEqual(vector.expect);
    }
  });

  it("takes each shard through its steps as written", async () => {
    const results = await run(vectors.shard.map(jobOfShard));
    expect(results.length).toBe(vectors.shard.length);
    for (const [i, vector] of vectors.shard.entries()) {
      const seen = shardRunOf(results[i] ?? new Uint8Array(), vector.steps.length);
      for (const [at, step] of vector.steps.entries()) {
        expect(seen.effects[at], `${vector.name}, step ${at}`).toEqual(step.effects);
      }
      expect(seen.status, vector.name).toMatchObject(vector.status);
    }
  });
});
