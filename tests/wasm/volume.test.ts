// 100,000 generated requests give the same bytes in every build: native, Emscripten, WASI, and WASI
// without vectors. Digests of 1,000 requests are compared; where one differs, the request is found.

import { expect, it } from "vitest";
import { volumeRules } from "./volume-configurations.ts";
import { makeVolume } from "./generated-requests.ts";
import { Reader, volumeJob } from "./job.ts";
import { emscriptenFile, nativeRunner, nodeRunner, scalarFile, wasiFile } from "./runners.ts";
import type { Runner } from "./runners.ts";
import type { VolumeRequest } from "./job.ts";

const kSeed = 31_415_926;
const kRequests = 100_000;
const kRequestsAJob = 10_000;
const kGroup = 1_000;

const rules = await volumeRules();
const builds: [string, Runner][] = [
  ["WASI", nodeRunner(wasiFile)],
  ["WASI without vectors", nodeRunner(scalarFile)],
  ["Emscripten", nodeRunner(emscriptenFile)],
];

async function digests(run: Runner, requests: VolumeRequest[], group: number): Promise<string[]> {
  const [sums = new Uint8Array()] = await run([volumeJob(rules, requests, group)]);
  const reader = new Reader(sums);
  const found: string[] = [];
  while (!reader.done) found.push(reader.big(8).toString(16));
  return found;
}

/** The first request that the two builds shape differently, as text. */
async function firstDifferent(run: Runner, requests: VolumeRequest[]): Promise<string> {
  const native = await digests(nativeRunner, requests, 1);
  const other = await digests(run, requests, 1);
  const found = requests[native.findIndex((sum, i) => sum !== other[i])];
  return found === undefined ? "only in company" : `configuration ${found.configuration}: ${JSON.stringify(Buffer.from(found.frame).toString("latin1"))}`;
}

it("100,000 requests give the same bytes in every build", { timeout: 300_000 }, async () => {
  const seen = new Set<string>();
  for (let at = 0; at < kRequests; at += kRequestsAJob) {
    const requests = makeVolume(kSeed + at, kRequestsAJob, rules.length);
    const native = await digests(nativeRunner, requests, kGroup);
    expect(native.length).toBe(kRequestsAJob / kGroup);
    for (const sum of native) seen.add(sum);
    for (const [name, run] of builds) {
      const sums = await digests(run, requests, kGroup);
      const different = native.findIndex((sum, i) => sum !== sums[i]);
      if (different < 0) continue;
      const group = requests.slice(different * kGroup, (different + 1) * kGroup);
      expect.unreachable(`${name} differs from native, seed ${kSeed + at}: ${await firstDifferent(run, group)}`);
    }
  }
  expect(seen.size).toBe(kRequests / kGroup);
});
