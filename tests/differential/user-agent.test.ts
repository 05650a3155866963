// The user-agent rules of the core against uap-ref-impl, which runs the same lists with
// JavaScript's regular expressions, and against isbot and crawler-user-agents themselves.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ask } from "./oracle.ts";
import { Random } from "./random.ts";

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("../..", import.meta.url));
const kNewest = join(root, "node_modules/uap-core/regexes.yaml");
const kDebian = "/usr/share/uap-core";
const kMembers = 11;
/** Steps that a real agent takes at most: the core's bound lies far above. */
const kStepsMax = 20_000;

interface Part {
  family?: string | null;
  major?: string | null;
  minor?: string | null;
  patch?: string | null;
  brand?: string | null;
  model?: string | null;
}
interface Reference {
  parse(text: string): { ua: Part; os: Part; device: Part };
}
const makeReference = require("uap-ref-impl") as (rules: unknown) => Reference;
const { isbot } = require("isbot") as { isbot: (text: string) => boolean };
const crawlers = require("crawler-user-agents") as { pattern: string; instances: string[] }[];

type Case = Record<string, string | null>;
const kSuites = [
  ["tests/test_ua", "ua", ["family", "major", "minor", "patch"]],
  ["test_resources/firefox_user_agent_strings", "ua", ["family", "major", "minor", "patch"]],
  ["test_resources/pgts_browser_list", "ua", ["family", "major", "minor", "patch"]],
  ["test_resources/opera_mini_user_agent_strings", "ua", ["family", "major", "minor", "patch"]],
  ["test_resources/podcasting_user_agent_strings", "ua", ["family", "major", "minor", "patch"]],
  ["tests/test_os", "os", ["family", "major", "minor", "patch"]],
  ["test_resources/additional_os_tests", "os", ["family", "major", "minor", "patch"]],
  ["tests/test_device", "device", ["family", "brand", "model"]],
] as const;
const kFirstMember = { ua: 0, os: 4, device: 8 } as const;

function casesOf(suite: string): Case[] {
  const text = readFileSync(join(kDebian, `${suite}.yaml`), "utf8");
  return (parse(text) as { test_cases: Case[] }).test_cases;
}

const said = (value: string | null | undefined): string =>
  value === undefined || value === null || value === "Other" ? "" : value;

function membersOf({ ua, os, device }: ReturnType<Reference["parse"]>): string[] {
  const all = [ua.family, ua.major, ua.minor, ua.patch, os.family, os.major, os.minor, os.patch];
  return [...all, device.family, device.brand, device.model].map(said);
}

/** Makes the table of a list of rules, as the build does. */
function rulesOf(yaml: string, name: string): string {
  const out = join(root, "build/vitest", `${name}.bin`);
  mkdirSync(join(root, "build/vitest"), { recursive: true });
  const generator = join(root, "shared/enrich/rules/user_agent/generate.ts");
  execFileSync(process.execPath, [generator, out, "--uap", yaml]);
  return out;
}

async function read(rules: string, agents: readonly string[]): Promise<string[][]> {
  const answers = await ask(agents.map((agent) => ({ verb: "user_agent", fields: [rules, agent] })));
  return answers.map((answer) => answer.map((field) => field.toString("utf8")));
}

async function compare(rules: string, yaml: string, agents: readonly string[]): Promise<void> {
  const reference = makeReference(parse(readFileSync(yaml, "utf8")));
  const answers = await read(rules, agents);
  const wrong = agents.flatMap((agent, i) => {
    const got = answers[i]?.slice(0, kMembers);
    const want = membersOf(reference.parse(agent));
    return JSON.stringify(got) === JSON.stringify(want) ? [] : [{ agent, got, want }];
  });
  expect(wrong.slice(0, 5)).toEqual([]);
  expect(Math.max(...answers.map((answer) => Number(answer[13])))).toBeLessThan(kStepsMax);
}

/** Agents with bytes cut, doubled, exchanged between two or written over. */
function changed(agents: readonly string[], count: number): string[] {
  const random = new Random(4);
  const alphabet = "aA0/;()., -_Bot|+$\u00a0\u00e9\u6771\u{1f600}\n".split("");
  return Array.from({ length: count }, () => {
    const a = agents[random.below(agents.length)] ?? "";
    const b = agents[random.below(agents.length)] ?? "";
    const at = random.below(a.length + 1);
    const kind = random.below(4);
    if (kind === 0) return a.slice(0, at) + a.slice(at + random.below(8));
    if (kind === 1) return a.slice(0, at) + b.slice(random.below(b.length + 1));
    if (kind === 2) return a.slice(0, at) + random.text(alphabet, random.below(6)) + a.slice(at);
    return a.slice(0, at) + a.slice(random.below(at + 1));
  }).map((text) => Buffer.from(text, "utf8").toString("utf8"));
}

const kDebianMissing = existsSync(kDebian)
  ? ""
  : " (skipped: needs Debian's package uap-core, which ./dev test installs)";

describe.skipIf(kDebianMissing !== "")(`uap-core's official cases${kDebianMissing}`, () => {
  it("hold with the rules they were written for", { timeout: 300_000 }, async () => {
    const rules = rulesOf(join(kDebian, "regexes.yaml"), "debian");
    let count = 0;
    for (const [suite, list, members] of kSuites) {
      const cases = casesOf(suite);
      count += cases.length;
      const answers = await read(
        rules,
        cases.map((one) => one["user_agent_string"] ?? ""),
      );
      const wrong = cases.flatMap((one, i) => {
        const got = answers[i]?.slice(kFirstMember[list]).slice(0, members.length);
        const want = members.map((member) => said(one[member]));
        return JSON.stringify(got) === JSON.stringify(want) ? [] : [{ suite, one, got }];
      });
      expect(wrong.slice(0, 5)).toEqual([]);
    }
    expect(count).toBeGreaterThan(31_000);
  });

  it("read alike by the reference with the newest rules", { timeout: 600_000 }, async () => {
    const all = kSuites.flatMap(([suite]) => casesOf(suite));
    const agents = [...new Set(all.map((one) => one["user_agent_string"] ?? ""))];
    await compare("", kNewest, agents.filter((_, i) => i % 4 === 0));
    await compare("", kNewest, changed(agents, 4_000));
  });
});

describe("crawlers", () => {
  const instances = crawlers.flatMap((crawler) => crawler.instances);

  it("are read as the reference reads them", { timeout: 300_000 }, async () => {
    await compare("", kNewest, instances);
  });

  it("are bots where isbot or a pattern says so", async () => {
    const patterns = crawlers.map((crawler) => new RegExp(crawler.pattern));
    const agents = [...instances, ...changed(instances, 2_000)];
    const answers = await read("", agents);
    const wrong = agents.flatMap((agent, i) => {
      const known = patterns.some((pattern) => pattern.test(agent));
      const want = known || isbot(agent) ? "bot" : "";
      return answers[i]?.[11] === want ? [] : [{ agent, want }];
    });
    expect(wrong.slice(0, 5)).toEqual([]);
  });
});
