// Makes the table of user-agent rules:
//   node generate.ts OUT.cpp|OUT.bin --uap regexes.yaml [--crawlers list.json] [--isbot index.js]
// Fails, with the rule, on what it does not know.

import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { writeBlob } from "./blob.ts";
import type { UapRules } from "./rules.ts";
import { buildRules } from "./rules.ts";

function isbotPattern(file: string): string {
  const found = /fullPattern = ("(?:[^"\\]|\\.)*");/.exec(readFileSync(file, "utf8"))?.[1];
  if (found === undefined) throw new Error(`${file} has no fullPattern`);
  return JSON.parse(found) as string;
}

function crawlerPatterns(file: string): string[] {
  const list = JSON.parse(readFileSync(file, "utf8")) as { pattern: string }[];
  return list.map((crawler) => crawler.pattern);
}

function cpp(bytes: Uint8Array): string {
  const lines = [
    "// Made by shared/enrich/rules/user_agent/generate.ts. Licences of its sources: NOTICE.",
    '#include "shared/enrich/rule_set.h"',
    "",
    "namespace edgehose {",
    "namespace {",
    `constexpr uint8_t kRules[${bytes.length}] = {`,
  ];
  for (let at = 0; at < bytes.length; at += 64) {
    lines.push(`${Array.from(bytes.subarray(at, at + 64)).join(",")},`);
  }
  lines.push("};", "}  // namespace", "");
  lines.push("std::span<const uint8_t> user_agent_rules() { return kRules; }");
  lines.push("}  // namespace edgehose", "");
  return lines.join("\n");
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { uap: { type: "string" }, crawlers: { type: "string" }, isbot: { type: "string" } },
  });
  const [out] = positionals;
  if (out === undefined || values.uap === undefined) throw new Error("usage: OUT --uap FILE ...");
  const uap = parse(readFileSync(values.uap, "utf8")) as UapRules;
  const crawlers = values.crawlers === undefined ? [] : crawlerPatterns(values.crawlers);
  const isbot = values.isbot === undefined ? "" : isbotPattern(values.isbot);
  const bytes = writeBlob(buildRules(uap, crawlers, isbot));
  writeFileSync(out, out.endsWith(".cpp") ? cpp(bytes) : bytes);
}

main();
