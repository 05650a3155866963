// The core's data file of referrers as the peer's Map takes it: both know the same sources.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

export interface Source {
  medium: string;
  name: string;
  /** Hosts, or a host with the first segment of a path; `@` and an Android package. */
  hosts: string[];
  terms: string[];
}

type Entry = Record<"hosts" | "apps" | "terms", string | undefined>;
type Document = { suffixes: Record<string, string> } & Record<string, Record<string, Entry>>;

const kFile = fileURLToPath(new URL("../../../shared/enrich/rules/referrers.yaml", import.meta.url));

function words(text: string | undefined): string[] {
  return text === undefined ? [] : text.trim().split(/\s+/);
}

export function readSources(): Source[] {
  const { suffixes, ...media } = parse(readFileSync(kFile, "utf8")) as Document;
  const expand = (host: string): string[] => {
    const list = /\{(.*)\}/.exec(host)?.[1];
    return list === undefined ? [host] : words(suffixes[list]).map((end) => host.replace(`{${list}}`, end));
  };
  const sources = Object.entries(media).flatMap(([medium, entries]) =>
    Object.entries(entries).map(([name, { hosts, apps, terms }]) => ({
      medium,
      name,
      hosts: [...words(hosts).flatMap(expand), ...words(apps).map((app) => `@${app}`)],
      terms: words(terms),
    })),
  );
  return withoutRepeats(sources, media);
}

/** A host written out wins over the same host from a list. */
function withoutRepeats(sources: Source[], media: Record<string, Record<string, Entry>>): Source[] {
  const written = new Map<string, string>();
  for (const entries of Object.values(media)) {
    for (const [name, { hosts }] of Object.entries(entries)) for (const host of words(hosts)) written.set(host, name);
  }
  return sources.map((source) => ({ ...source, hosts: source.hosts.filter((host) => (written.get(host) ?? source.name) === source.name) }));
}
