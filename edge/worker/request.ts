// From a web Request to the fields of the core's request frame: the body bounded and gunzipped, the
// headers the core may see and no others.

import { gunzipSync } from "node:zlib";
import { readBounded } from "./bounded-read.ts";
import { CollectorError } from "./errors.ts";
import type { ShapeRequest } from "./collector-module.ts";

/** What only the host knows of a request: each CDN has its own trusted way to say it. */
export interface Visitor {
  client_ip: string;
  /** Place of the visitor under header names the core knows, e.g. cf-ipcountry. */
  geo: Readonly<Record<string, string>>;
}

const kHeadersOfTheSender = [
  "user-agent",
  "referer",
  "sec-gpc",
  "sec-ch-ua",
  "sec-ch-ua-full-version-list",
  "sec-ch-ua-mobile",
  "sec-ch-ua-model",
  "sec-ch-ua-platform",
  "sec-ch-ua-platform-version",
] as const;
/** A longer value is cut: the core keeps none of these beyond it, and headers are a stranger's. */
const kHeaderCharsMax = 4096;

export async function readRequest(
  request: Request,
  visitor: Visitor,
  bodyBytesMax: number,
): Promise<ShapeRequest> {
  const url = new URL(request.url);
  return {
    method: request.method,
    path: url.pathname,
    query: url.search.slice(1),
    client_ip: visitor.client_ip,
    headers: headerLines(request.headers, visitor.geo),
    body: request.method === "POST" ? await readBody(request, bodyBytesMax) : new Uint8Array(0),
  };
}

function headerLines(headers: Headers, geo: Readonly<Record<string, string>>): string {
  let lines = "";
  for (const name of kHeadersOfTheSender) lines += headerLine(name, headers.get(name));
  for (const [name, value] of Object.entries(geo)) lines += headerLine(name, value);
  return lines;
}

function headerLine(name: string, value: string | null): string {
  if (value === null || value === "") return "";
  return `${name}: ${value.slice(0, kHeaderCharsMax).replace(/[\r\n]/g, " ")}\n`;
}

async function readBody(request: Request, bytesMax: number): Promise<Uint8Array<ArrayBuffer>> {
  const encoding = (request.headers.get("content-encoding") ?? "identity").trim().toLowerCase();
  const isGzip = encoding === "gzip" || encoding === "x-gzip";
  if (!isGzip && encoding !== "identity") {
    throw new CollectorError(
      "body_encoding",
      `body: Content-Encoding ${encoding.slice(0, 40)}; send gzip or none`,
    );
  }
  const sent = await readSent(request, bytesMax);
  if (sent.length > bytesMax) throw tooLarge(bytesMax);
  return isGzip ? gunzip(sent, bytesMax) : sent;
}

async function readSent(request: Request, bytesMax: number): Promise<Uint8Array<ArrayBuffer>> {
  const declared = request.headers.get("content-length");
  if (Number(declared ?? 0) > bytesMax) throw tooLarge(bytesMax);
  try {
    // HTTP ends a body at its declared length, so the cheaper whole read is bounded too.
    if (declared !== null) return new Uint8Array(await request.arrayBuffer());
    return await readBounded(request.body, bytesMax);
  } catch (error) {
    if (error instanceof CollectorError) throw error;
    throw new CollectorError("body_broken", "body: ended before it was whole", { cause: error });
  }
}

function tooLarge(bytesMax: number): CollectorError {
  return new CollectorError("body_too_large", `body: more than ${bytesMax} bytes`);
}

/**
 * zlib with an output bound, not DecompressionStream: workerd inflates all that is written before
 * the reader gets a turn, so there 1 MB of gzip took 1 GB and 5 s; this refuses it in 10 ms.
 */
function gunzip(sent: Uint8Array, bytesMax: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(gunzipSync(sent, { maxOutputLength: bytesMax }));
  } catch (error) {
    if (error instanceof RangeError) {
      throw new CollectorError("body_too_large", `body: inflates to more than ${bytesMax} bytes`);
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new CollectorError("body_broken", `body: is not valid gzip (${reason})`, {
      cause: error,
    });
  }
}
