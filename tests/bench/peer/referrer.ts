// Where a visitor came from: the core's own data file of sources as a Map from host, and from host
// with the path's first step, to source.

import { sources } from "bench-data";

interface Source {
  medium: string;
  name: string;
  terms: string[];
}

export interface Referrer {
  host: string | undefined;
  medium: string | undefined;
  source: string | undefined;
  term: string | undefined;
}

export const kNoReferrer: Referrer = { host: undefined, medium: "none", source: undefined, term: undefined };

const kSources = new Map<string, Source>(sources.flatMap((source) => source.hosts.map((host) => [host, source] as const)));

export function referrerOf(address: string, pageHost: string | undefined): Referrer {
  const url = URL.parse(address);
  if (url === null) return { host: undefined, medium: "unknown", source: undefined, term: undefined };
  const host = url.hostname;
  if (url.protocol === "android-app:") {
    const app = kSources.get(`@${host}`);
    return { host, medium: app?.medium ?? "unknown", source: app?.name, term: undefined };
  }
  if (host === pageHost) return { host, medium: "internal", source: undefined, term: undefined };
  const found = findSource(host, url.pathname);
  if (found === undefined) return { host, medium: "unknown", source: undefined, term: undefined };
  let term: string | undefined;
  if (url.search !== "") {
    for (const name of found.terms) {
      term = url.searchParams.get(name) || undefined;
      if (term !== undefined) break;
    }
  }
  return { host, medium: found.medium, source: found.name, term };
}

/** The host itself, then its parents; a source may own only a path of a host. */
function findSource(host: string, path: string): Source | undefined {
  const step = path.split("/", 2)[1] ?? "";
  for (let name = host; name !== ""; ) {
    const found = (step === "" ? undefined : kSources.get(`${name}/${step}`)) ?? kSources.get(name);
    if (found !== undefined) return found;
    const dot = name.indexOf(".");
    name = dot < 0 ? "" : name.slice(dot + 1);
  }
  return undefined;
}
