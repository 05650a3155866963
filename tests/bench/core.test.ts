// A tiny run of the benchmark, so that it does not rot. Its times mean nothing.

import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { benchPipelines } from "./core.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

function newestNativeBuild(): string {
  const found = ["dev", "release", "asan"]
    .map((name) => join("build", name))
    .filter((build) => existsSync(join(root, build, "tests/core_bench")))
    .sort((a, b) => statSync(join(root, b, "tests/core_bench")).mtimeMs - statSync(join(root, a, "tests/core_bench")).mtimeMs);
  if (found[0] === undefined) throw new Error("no build/*/tests/core_bench: ninja -C build/dev core_bench");
  return found[0];
}

it("every side of the benchmark runs, and all builds give the same bytes", async () => {
  const words: string[] = [];
  const cases = await benchPipelines({
    nativeBuild: newestNativeBuild(),
    sample: "tune",
    requests: { batch: 4, single: 50 },
    turns: { rounds: 1, runMs: 1, warmUpMs: 1 },
    say: (line) => void words.push(line),
  });
  expect(cases.length).toBe(12);
  for (const { name, project, peer, ratio } of cases) {
    expect(project, name).not.toBeNaN();
    expect(peer, name).not.toBeNaN();
    expect(ratio, name).not.toBeNaN();
  }
  expect(words.filter((line) => line.includes("rows compared")).length).toBe(2);
});
