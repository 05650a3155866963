// Who sent a request, as Cloudflare says it. On Cloudflare `cf` is theirs alone and headers under the
// same names are not looked at, because a client can send them. Plain workerd knows no place: there
// the headers stand for it, for tests and for a proxy in front that sets them.

import type { Visitor } from "../worker/request.ts";

const kGeoHeaders = ["cf-ipcountry", "cf-region-code", "cf-ipcity", "cf-asn"] as const;

export function visitorOf(request: Request): Visitor {
  const client_ip = request.headers.get("cf-connecting-ip") ?? "";
  const cf: Record<string, unknown> = request.cf ?? {};
  const geo: Record<string, string> = {};
  // Cloudflare always names the data centre that took the request.
  if (cf["colo"] === undefined) {
    for (const name of kGeoHeaders) geo[name] = request.headers.get(name) ?? "";
    return { client_ip, geo };
  }
  geo["cf-ipcountry"] = textOf(cf["country"]);
  geo["cf-region-code"] = textOf(cf["regionCode"]);
  geo["cf-ipcity"] = textOf(cf["city"]);
  geo["cf-asn"] = textOf(cf["asn"]);
  return { client_ip, geo };
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
