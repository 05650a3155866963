// Who sent a request, as Cloudflare says it. On Cloudflare `cf` is theirs alone and headers under
// the same names are not looked at, because a client can send them. Plain workerd knows no place:
// there the headers stand for it, for tests and for a proxy in front that sets them.

import type { Visitor } from "../worker/request.ts";

const kGeoHeaders = ["cf-ipcountry", "cf-region-code", "cf-ipcity", "cf-asn"] as const;

/** `cf` is the request's own member of that name. */
export function visitorOf(headers: Headers, cf: object | undefined): Visitor {
  const client_ip = headers.get("cf-connecting-ip") ?? "";
  const place: Record<string, unknown> = { ...cf };
  const geo: Record<string, string> = {};
  // Cloudflare always names the data centre that took the request.
  if (place["colo"] === undefined) {
    for (const name of kGeoHeaders) geo[name] = headers.get(name) ?? "";
    return { client_ip, geo };
  }
  geo["cf-ipcountry"] = textOf(place["country"]);
  geo["cf-region-code"] = textOf(place["regionCode"]);
  geo["cf-ipcity"] = textOf(place["city"]);
  geo["cf-asn"] = textOf(place["asn"]);
  return { client_ip, geo };
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
