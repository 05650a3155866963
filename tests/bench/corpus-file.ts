// Requests as a host hands them to the core, in one file that every side of a comparison reads:
// { u32 bytes, request frame }*, with the frame of edge/wasm/collector_abi.h. Needs no host of its
// own: workers read it too.

import { Reader, requestFrame, Writer } from "../wasm/job.ts";

/** One request, as the pipelines take it. */
export interface CollectRequest {
  now_ms: number;
  method: string;
  path: string;
  query: string;
  client_ip: string;
  headers: ReadonlyMap<string, string>;
  body: Uint8Array;
}

/** The "name: value\n" lines that the core takes. */
export function headerLines(headers: ReadonlyMap<string, string>): string {
  let lines = "";
  for (const [name, value] of headers) lines += `${name}: ${value}\n`;
  return lines;
}

export function corpusFile(requests: readonly CollectRequest[]): Uint8Array {
  const file = new Writer();
  for (const request of requests) file.text(requestFrame({ ...request, headers: headerLines(request.headers) }));
  return file.bytes();
}

export function readCorpus(file: Uint8Array): CollectRequest[] {
  const reader = new Reader(file);
  const requests: CollectRequest[] = [];
  while (!reader.done) requests.push(readRequest(reader.text()));
  return requests;
}

function readRequest(frame: Uint8Array): CollectRequest {
  const reader = new Reader(frame);
  const now_ms = reader.number(8);
  reader.raw(16);
  const text = (): string => new TextDecoder().decode(reader.text());
  const request = { now_ms, method: text(), path: text(), query: text(), client_ip: text() };
  const headers = new Map<string, string>();
  for (const line of text().split("\n")) {
    const colon = line.indexOf(": ");
    if (colon > 0) headers.set(line.slice(0, colon), line.slice(colon + 2));
  }
  return { ...request, headers, body: reader.text().slice() };
}
