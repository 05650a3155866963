// HTTP answers to the page: the core's own answer, or a refusal the host had to make itself. Each
// one can be read by a page of any origin and is kept by no cache.

import type { CollectorError } from "./errors.ts";
import type { AnswerKind } from "./collector-module.ts";

/** Retry-After is named because a page may not read it otherwise. */
const kCommonHeaders = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "retry-after",
  "cache-control": "no-store",
  "cross-origin-resource-policy": "cross-origin",
  "x-content-type-options": "nosniff",
} as const;

const kPreflightHeaders = {
  "access-control-allow-methods": "GET, POST, OPTIONS",
  "access-control-allow-headers": "content-type, content-encoding",
  "access-control-max-age": "86400",
} as const;

const kContentTypes: Readonly<Record<AnswerKind, string | undefined>> = {
  json: "application/json",
  gif: "image/gif",
  empty: undefined,
};

const kStatusOf: Readonly<Record<CollectorError["code"], number>> = {
  body_too_large: 413,
  body_encoding: 415,
  body_broken: 400,
  configuration: 500,
  module: 500,
  frame: 500,
  trapped: 500,
};

/** The core's answer to a request, with the headers its method wants. */
export function coreAnswer(
  method: string,
  shaped: { status: number; answer: Uint8Array<ArrayBuffer>; kind: AnswerKind },
): Response {
  const headers = new Headers(kCommonHeaders);
  const contentType = kContentTypes[shaped.kind];
  if (contentType !== undefined) headers.set("content-type", contentType);
  if (method === "OPTIONS") addAll(headers, kPreflightHeaders);
  if (shaped.status === 405)
    headers.set("allow", kPreflightHeaders["access-control-allow-methods"]);
  const isBodyless = shaped.kind === "empty" || method === "HEAD";
  return new Response(isBodyless ? null : shaped.answer, { status: shaped.status, headers });
}

/** A shard did not take the request: nothing of it is held. */
export function refusedAnswer(status: number, retryAfterS: number): Response {
  if (status === 413) return refusal(status, "event_too_large", "an event no record can hold");
  const answer = refusal(
    status,
    "overloaded",
    "nothing of this request was acknowledged; send it again later",
  );
  answer.headers.set("retry-after", String(Math.max(1, retryAfterS)));
  return answer;
}

/** A request the host refuses without the core. */
export function errorAnswer(error: CollectorError): Response {
  return refusal(kStatusOf[error.code], error.code, error.message);
}

export function notFoundAnswer(path: string): Response {
  return refusal(404, "not_found", `no such path: ${path.slice(0, 200)}`);
}

export function jsonAnswer(status: number, value: unknown): Response {
  const headers = new Headers(kCommonHeaders);
  headers.set("content-type", "application/json");
  return new Response(JSON.stringify(value), { status, headers });
}

/** The same members as the core's own refusals. */
function refusal(status: number, error: string, detail: string): Response {
  return jsonAnswer(status, { error, detail });
}

function addAll(headers: Headers, more: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(more)) headers.set(name, value);
}
