// User agents alone, in one run: the core natively and as WASM, npm woothee (which knows far less),
// and the crate ua-parser with the same rules, where cargo can build it.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { parse } from "yaml";
import { ProgramSide } from "./arms/processes.ts";
import { kSeeds } from "./corpus.ts";
import { generator } from "./random.ts";
import { ratioOf, takeTurns } from "./rounds.ts";
import { benchFolder } from "./sides.ts";
import { UserAgents } from "./user-agents.ts";
import type { Sample } from "./corpus.ts";
import type { Contestant, RoundsOptions, Timing } from "./rounds.ts";
import type { Case } from "./core.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const moduleFile = join(root, "build/wasm/agents-bench.wasm");
const agentsFile = join(benchFolder, "agents");
const kAgents = 20_000;

export interface AgentsBenchOptions {
  nativeBuild: string;
  sample: Sample;
  turns: RoundsOptions;
  say: (line: string) => void;
}

/** Builds the crate; undefined where that cannot be done. */
function buildCrate(say: (line: string) => void): string | undefined {
  const target = join(benchFolder, "ua_crate");
  const program = join(target, "release/ua_crate");
  try {
    execFileSync("cargo", ["build", "--release", "--locked", "--quiet"], {
      cwd: join(root, "tests/bench/ua_crate"),
      env: { ...process.env, CARGO_TARGET_DIR: target },
      stdio: ["ignore", "ignore", "ignore"],
    });
  } catch {
    if (!existsSync(program)) {
      say("  crate ua-parser: not compared (cargo is missing, or could not build it)");
      return undefined;
    }
  }
  writeFileSync(join(benchFolder, "regexes.json"), JSON.stringify(parse(readFileSync(join(root, "node_modules/uap-core/regexes.yaml"), "utf8"))));
  return program;
}

export async function benchAgents({ nativeBuild, sample, turns, say }: AgentsBenchOptions): Promise<Case[]> {
  const program = join(root, nativeBuild, "tests/agents_bench");
  if (!existsSync(program) || !existsSync(moduleFile)) {
    say("user agents alone: not compared (no agents_bench in this build)");
    return [];
  }
  const pick = generator(kSeeds[sample]);
  const known = new UserAgents();
  // A line each: what a header cannot hold is left out.
  const agents = Array.from({ length: kAgents }, () => known.draw(pick).replace(/[\r\n]/g, " "));
  writeFileSync(agentsFile, `${agents.join("\n")}\n`);
  const script = join(benchFolder, "node-agents.mjs");
  buildSync({ entryPoints: [join(root, "tests/bench/arms/node-agents.ts")], outfile: script, bundle: true, format: "esm", platform: "node", target: "node22" });
  const crate = buildCrate(say);
  const programs: [string, string, string[]][] = [
    ["native", program, [agentsFile]],
    ["wasm", process.execPath, [script, agentsFile, moduleFile]],
    ["woothee", process.execPath, [script, agentsFile]],
    ...(crate === undefined ? [] : ([["crate", crate, [agentsFile, join(benchFolder, "regexes.json")]]] satisfies [string, string, string[]][])),
  ];
  const contestants = new Map<string, Contestant>(programs.map(([name, program, values]) => [name, { side: new ProgramSide(program, values), itemsPerRequest: 1 }]));
  try {
    return agentCases(await takeTurns(contestants, turns), say);
  } finally {
    for (const { side } of contestants.values()) await side.stop();
  }
}

function agentCases(times: Map<string, Timing>, say: (line: string) => void): Case[] {
  const compared: [string, string, string, string][] = [
    ["user agent wasm", "wasm", "woothee", "npm woothee 1.11.1 (no brand, no model)"],
    ["user agent native", "native", "woothee", "npm woothee 1.11.1 (no brand, no model)"],
    ["user agent native, same rules", "native", "crate", "crate ua-parser 0.2.2"],
    ["user agent wasm with its copy", "wasm", "native", "the core natively"],
  ];
  say(`user agents alone, ${kAgents} of real traffic, one in twenty a crawler: ns each, median [lowest-highest]`);
  return compared.flatMap(([name, ours, theirs, peer_name]) => {
    const project = times.get(ours);
    const peer = times.get(theirs);
    if (project === undefined || peer === undefined) return [];
    const ratio = ratioOf(project, peer);
    const shown = ({ median, low, high }: Timing): string => `${median.toFixed(0)} [${low.toFixed(0)}-${high.toFixed(0)}]`.padEnd(22);
    say(`  ${name.padEnd(42)} ${shown(project)}   ${shown(peer)}   ${ratio.toFixed(2)} x ${peer_name}`);
    return [{ name, unit: "ns/agent", project: Math.round(project.median), peer: Math.round(peer.median), peer_name, ratio: Number(ratio.toPrecision(4)) }];
  });
}
