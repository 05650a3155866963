// Checks referrers.yaml and writes the core's table of it: node referrers.ts INPUT OUTPUT.cpp
//
// The table is one text (referrer_table.h says how it reads), small and quick to compress; the core derives its index
// when it starts.

import { readFileSync, writeFileSync } from "node:fs";
import { parse } from "yaml";

interface Source {
  hosts?: string;
  apps?: string;
  terms?: string;
  charset?: string;
}

type Document = { suffixes: Record<string, string> } & Record<string, Record<string, Source>>;

/** The first letter of a line in the table. */
const media = { search: "S", social: "C", mail: "M", ai_assistant: "A", paid: "P", unknown: "U" } as const;
const charsets = ["big5", "euc-jp", "euc-kr", "gbk", "iso-8859-2", "iso-8859-7", "shift_jis", "windows-1251", "windows-1253", "windows-1255", "windows-1256", "windows-874"];

const hostForm = /^[a-z0-9_-]+(\.[a-z0-9-]+)*\.([a-z]{2,}|\{[a-z]+\})(\/[a-z0-9._-]+)?$/;
const appForm = /^[a-zA-Z][a-zA-Z0-9_]*(\.[a-zA-Z0-9_]+)*\.[a-zA-Z0-9_]*[a-z0-9_]$/;
/** What the index of the core can hold (referrer.cpp). */
const limits = { labels: 6, suffixLabels: 2, lists: 16, sources: 4_000, keys: 4_000 };

class Problem extends Error {}

function words(text: string | undefined): string[] {
  return text === undefined ? [] : String(text).trim().split(/\s+/);
}

function fail(where: string, what: string): never {
  throw new Problem(`referrers.yaml: ${where}: ${what}`);
}

function checkSorted(names: string[], where: string, key = (name: string): string => name): void {
  for (let i = 1; i < names.length; ++i) {
    const [before, after] = [names[i - 1] ?? "", names[i] ?? ""];
    if (before === after) fail(where, `${after} stands twice`);
    if (key(before) > key(after)) fail(where, `${after} belongs before ${before}`);
  }
}

/** Every host a pattern stands for. */
function hostsOf(pattern: string, suffixes: Map<string, string[]>, where: string): string[] {
  const list = /\{(.*)\}/.exec(pattern)?.[1];
  if (list === undefined) return [pattern];
  const ends = suffixes.get(list) ?? fail(where, `${pattern}: no list of suffixes has this name`);
  return ends.map((end) => pattern.replace(`{${list}}`, end));
}

/** Refuses a host that two sources claim, or one source twice; a host written out wins over a list elsewhere. */
class Claims {
  readonly #written = new Map<string, string>();
  readonly #listed = new Map<string, string>();

  add(host: string, by: string, isListed: boolean): void {
    const same = isListed ? this.#listed : this.#written;
    const claimed = same.get(host) ?? (this.#written.get(host) === by || this.#listed.get(host) === by ? by : undefined);
    if (claimed !== undefined) fail(by, `${host} stands for ${claimed} already`);
    same.set(host, by);
  }

  /** Refuses a host that its source has already by a host above it. */
  checkNeeded(): void {
    for (const [host, by] of this.#written) {
      for (let dot = host.indexOf("."); dot >= 0 && !host.startsWith("@") && !host.includes("/"); dot = host.indexOf(".", dot + 1)) {
        const above = host.slice(dot + 1);
        const claimed = this.#written.get(above) ?? this.#listed.get(above);
        if (claimed === by) fail(by, `${host} is below ${above}, which does for both`);
        if (claimed !== undefined) break;
      }
    }
  }
}

function checkSource(source: Source, where: string, isSearch: boolean): void {
  for (const member of Object.keys(source)) if (!["hosts", "apps", "terms", "charset"].includes(member)) fail(where, `unknown member ${member}`);
  checkSorted(words(source.hosts), where);
  checkSorted(words(source.apps), where);
  for (const host of words(source.hosts)) {
    if (!hostForm.test(host)) fail(where, `${host} is no host`);
    if ((host.split("/")[0] ?? "").split(".").length > limits.labels) fail(where, `${host} has more than ${limits.labels} labels`);
  }
  for (const app of words(source.apps)) if (!appForm.test(app)) fail(where, `${app} is no package`);
  if (words(source.hosts).length + words(source.apps).length === 0) fail(where, "neither hosts nor apps");
  if (!isSearch && (source.terms !== undefined || source.charset !== undefined)) fail(where, "terms and charset are for search");
  if (source.charset !== undefined && !charsets.includes(source.charset)) fail(where, `the core does not know the charset ${source.charset}`);
}

function readSuffixes(document: Document): Map<string, string[]> {
  const suffixes = new Map(Object.entries(document.suffixes).map(([name, text]) => [name, words(text)]));
  checkSorted([...suffixes.keys()], "suffixes");
  for (const [name, ends] of suffixes) {
    checkSorted(ends, name);
    for (const end of ends) if (end.split(".").length > limits.suffixLabels) fail(name, `${end} has more than ${limits.suffixLabels} labels`);
  }
  if (suffixes.size > limits.lists) fail("suffixes", `more than ${limits.lists} lists`);
  return suffixes;
}

const capitalized = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** How a name is told by a host of the source, so that the table need not repeat it. */
const spellings: Record<string, (host: string) => string> = {
  "": (host) => capitalized(host.split(".")[0] ?? ""),
  "=": (host) => host.split(".")[0] ?? "",
  "^": (host) => (host.split(".")[0] ?? "").toUpperCase(),
  "~": capitalized,
};

/** The name as the table spells it, and the hosts, with the one that tells the name in front. */
function spelled(name: string, hosts: string[]): { name: string; hosts: string[] } {
  for (const [mark, spell] of Object.entries(spellings)) {
    const telling = hosts.find((host) => spell(host) === name);
    if (telling !== undefined) return { name: mark, hosts: [telling, ...hosts.filter((host) => host !== telling)] };
  }
  return { name, hosts };
}

/** The table's text: a line each list of suffixes, an empty line, a line each source. */
function tableOf(document: Document): string {
  const suffixes = readSuffixes(document);
  const lists = [...suffixes.keys()];
  const claims = new Claims();
  const lines = [...suffixes.values()].map((ends) => ends.join(" "));
  lines.push("");
  const names = new Set<string>();
  let keys = 0;
  for (const [medium, letter] of Object.entries(media)) {
    const sources = document[medium] ?? fail(medium, "is missing");
    checkSorted(Object.keys(sources), medium, (name) => name.toLowerCase());
    for (const [name, source] of Object.entries(sources)) {
      if (name in spellings) fail(medium, `${name} is no name`);
      if (names.has(name)) fail(medium, `${name} is a source of another medium too`);
      names.add(name);
      checkSource(source, name, medium === "search");
      for (const host of words(source.hosts)) for (const one of hostsOf(host, suffixes, name)) claims.add(one, name, one !== host);
      for (const app of words(source.apps)) claims.add(`@${app}`, name, false);
      const hosts = words(source.hosts).map((host) => host.replace(/\{(.*)\}/, (_, list: string) => String.fromCharCode(65 + lists.indexOf(list))));
      const all = [...hosts, ...words(source.apps).map((app) => `@${app}`)];
      keys += all.length;
      const told = spelled(name, all);
      lines.push([letter + told.name, ...(medium === "search" ? [words(source.terms).join(" "), source.charset ?? ""] : []), told.hosts.join(" ")].join("\t"));
    }
  }
  claims.checkNeeded();
  for (const member of Object.keys(document)) if (member !== "suffixes" && !(member in media)) fail(member, "is no medium");
  if (names.size > limits.sources || keys > limits.keys) fail("all", `${names.size} sources and ${keys} hosts are more than the core's index holds`);
  return `${lines.join("\n")}\n`;
}

/** As a C++ string in pieces that every compiler takes. */
function literalOf(text: string): string {
  const lines = text.split(/(?<=\n)/).map((line) => `    ${JSON.stringify(line)}`);
  return lines.join("\n");
}

const [input, output] = process.argv.slice(2);
if (input === undefined || output === undefined) throw new Error("usage: node referrers.ts INPUT OUTPUT");
try {
  const table = tableOf(parse(readFileSync(input, "utf8")) as Document);
  writeFileSync(output, `// Made from shared/enrich/rules/referrers.yaml; do not edit.
#include "shared/enrich/referrer_table.h"

namespace edgehose {

const std::string_view kReferrerTable(
${literalOf(table)},
    ${Buffer.byteLength(table)});

}  // namespace edgehose
`);
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
