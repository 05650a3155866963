// Writes the golden vectors of shared/contract/vectors from the cases below and the WASI module's own answers:
//   node tests/wasm/write_vectors.ts
// What it writes is a claim, not a proof: read the difference against the design before it is committed.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeRunner, wasiFile } from "./runners.ts";
import { jobOfShard, jobsOfShapes, shapeOf, shardRunOf } from "./vector.ts";
import type { ShardStep } from "./job.ts";
import type { RequestVector } from "./vector.ts";

const kNowMs = 1795352400123; // 2026-11-22T13:00:00.123Z
const folder = fileURLToPath(new URL("../../shared/contract/vectors", import.meta.url));
const run = nodeRunner(wasiFile);
const standard = { streams: { page_view: "page_view" } };

interface ShapeCase {
  name: string;
  configuration?: object;
  plan?: object;
  request: RequestVector;
}
interface ShardCase {
  name: string;
  configuration: object;
  steps: ShardStep[];
  status: string[];
}

const event = { event_id: "e1", content_type: "page_view", time: "2026-11-22T13:00:00Z" };
const text = (value: unknown): string => JSON.stringify(value);
const good = (id: string): string => text({ ...event, event_id: id });
const post = (name: string, body: string, request: RequestVector = {}, configuration: object = standard): ShapeCase => ({
  name,
  configuration,
  request: { now_ms: kNowMs, body, ...request },
});
const http = (name: string, request: RequestVector): ShapeCase => ({ name, request: { now_ms: kNowMs, ...request } });

const delivered: ShapeCase[] = [
  post("one event with what is required and no more", text(event)),
  post(
    "every member under its own name, and what the core adds",
    text({
      ...event,
      user_id: "u1",
      anonymous_id: "a1",
      session_id: "s1",
      page_url: "https://Example.com:8443/a/b?utm_source=news&utm_medium=mail&utm_campaign=c%20d&utm_term=t+u&utm_content=%E6%9D%B1#f",
      page_title: 'T "quoted"',
      language: "ja",
      timezone: "Asia/Tokyo",
      screen_width: 1920,
      screen_height: 1080,
      referrer_url: "https://WWW.Search.example/?q=x",
      user_agent: "Own/1.0",
      properties: { plan: "pro", items: [1, 2.5, null, true], deep: { a: {} } },
      consent: "analytics",
    }),
    {
      client_ip: "203.0.113.77",
      headers: "user-agent: Header/1.0\ncf-ipcountry: JP\ncf-region-code: 13\ncf-ipcity: Tokyo\ncf-asn: 2516\n",
    },
  ),
  post("null and empty text are absent", text({ ...event, user_id: null, page_title: "", properties: null })),
  post("blanks outside strings go, inside they stay", `{ "event_id" : "e1",\n\t"content_type":"page_view" , "time":0, "properties": { "a b" : " c " } }`),
  post("time as seconds", text({ ...event, time: 1795352400 })),
  post("time as milliseconds", text({ ...event, time: 1795352400123 })),
  post("time with an offset", text({ ...event, time: "2026-11-22T22:00:00+09:00" })),
  post("time cut to milliseconds", text({ ...event, time: "2026-11-22T13:00:00.123987Z" })),
  post("lone surrogates become U+FFFD, pairs stay", `{"event_id":"e1","content_type":"page_view","time":0,"user_id":"\\ud800x","page_title":"\\ud83d\\ude00"}`),
  post("an IPv6 address keeps its first 48 bits", text(event), { client_ip: "2001:db8:1:2:3:4:5:6" }),
  post("an IPv4 address mapped into IPv6 counts as IPv4", text(event), { client_ip: "::ffff:203.0.113.77" }),
  post("a client address that is none is absent", text(event), { client_ip: "unknown" }),
  post("geo from CloudFront's headers", text(event), {
    headers:
      "cloudfront-viewer-country: JP\ncloudfront-viewer-country-region: 13\ncloudfront-viewer-city: Chiyoda\ncloudfront-viewer-asn: 2516\n",
  }),
  post("the header's user agent when the event has none", text(event), { headers: "user-agent: Header/1.0\n" }),
  post("an address with escapes is taken apart", `{"event_id":"e1","content_type":"page_view","time":0,"page_url":"https:\\/\\/a.example\\/p?utm_source=s"}`),
  post("a page of any scheme gives the parts it has", text({ ...event, page_url: "about:blank" })),
  post("the stream is the content type's, else the star's", `[${good("a")},${text({ ...event, content_type: "click" })}]`, {}, { streams: { page_view: "views", "*": "other" } }),
];

const failed: ShapeCase[] = [
  post("a required member is absent", `{"content_type":"page_view","time":0}`),
  post("an unknown member, with its place", text({ ...event, "a/b~c": 1 })),
  post("a member twice", `{"event_id":"e1","content_type":"page_view","time":0,"time":1}`),
  post("a member of the wrong type", text({ ...event, user_id: 7 })),
  post("an event_id outside its pattern", text({ ...event, event_id: "a b" })),
  post("a content_type outside its pattern", text({ ...event, content_type: "Page-View" })),
  post("a time that names no instant", text({ ...event, time: "yesterday" })),
  post("a screen width below zero", text({ ...event, screen_width: -1 })),
  post("a content type without a stream", text({ ...event, content_type: "click" })),
  post("elements that are no objects", `[1,"x",null,[]]`),
  post("malformed JSON inside one event spares its neighbours", `[${good("a")},{"event_id":"b","properties":{"n":01}},${good("c")}]`),
  post("a number above a double's range", `[{"event_id":"b","content_type":"page_view","time":0,"properties":{"n":1e400}},${good("c")}]`),
  { name: "invalid UTF-8 inside one event spares its neighbours", configuration: standard, request: { now_ms: kNowMs, body_base64: Buffer.concat([Buffer.from(`[${good("a")},{"user_id":"`), Buffer.from([0xff]), Buffer.from(`"},${good("c")}]`)]).toString("base64") } },
  post("nesting above 64 containers", `[${good("a")},{"properties":{"p":${"[".repeat(100)}${"]".repeat(100)}}},${good("c")}]`),
];

const envelopes: ShapeCase[] = [
  post("an array", `[${good("a")},${good("b")}]`),
  post("sent_time before the events", `{"sent_time":"2026-11-22T13:00:01Z","events":[${good("a")}]}`),
  post("sent_time behind the events", `{"events":[${good("a")}],"sent_time":1795352401000}`),
  post("a sent_time that names no instant costs only itself", `{"sent_time":"soon","events":[${good("a")}]}`),
  post("a stray member of the envelope is a failed event behind the others", `{"events":[${good("a")}],"extra":{"x":1}}`),
  post("no events are no events", `{"events":[]}`),
  post("events behind a stray member are events", `{"version":1,"events":[${good("a")}]}`),
  post("sent_time behind the events and a stray member", `{"events":[${good("a")}],"extra":1,"sent_time":1795352401000}`),
  post("a sent_time without events is an event that fails", `{"sent_time":0}`),
  post("a batch cut inside its second event", `[${good("a")},{"event_id":"b","cont`),
  post("an envelope cut inside sent_time", `{"events":[${good("a")}],"sent_time":"2026-`),
  post("two events without a comma", `[${good("a")} ${good("b")}]`),
  post("bytes behind an event", `${good("a")} x`),
];

const refused: ShapeCase[] = [
  post("an empty body", ""),
  post("a body that is not JSON", "event_id=a"),
  post("one event, cut", `{"event_id":"a","con`),
  post("an envelope whose events are no array", `{"events":7}`),
  post("a body above its bound", " ".repeat(1025), {}, { limits: { body_bytes_max: 1024 } }),
  post("more events than allowed", "[1,2,3]", {}, { limits: { events_max: 2 } }),
  http("a path that is not served", { method: "GET", path: "/" }),
  http("a method that is not served", { method: "GET", path: "/collect" }),
];

const others: ShapeCase[] = [
  http("a preflight", { method: "OPTIONS", path: "/collect" }),
  http("health", { method: "GET", path: "/health" }),
  { ...http("a gif carries one event", { method: "GET", path: "/collect.gif", query: "event_id=e1&content_type=page_view&time=1795352400&page_title=a%20b+c&screen_width=320&properties.k=v%22" }), configuration: standard },
  { ...http("a gif whose event fails is a picture all the same", { method: "GET", path: "/collect.gif", query: "event_id=e1&foo=1" }), configuration: standard },
];

const own = (properties: object, more: object = {}): string => text({ ...event, ...more, properties });
const plannedBy = (name: string, settings: object, body: string, request: RequestVector = {}, configuration: object = standard): ShapeCase => ({
  ...post(name, body, request, configuration),
  plan: { version: "1", content_types: { page_view: settings } },
});
const secret = { ...standard, privacy: { secret: "0123456789abcdef0123456789abcdef" } };
const order = {
  schema: {
    type: "object",
    required: ["sku"],
    additionalProperties: false,
    properties: {
      sku: { type: "string", pattern: "^[A-Z]{2}-[0-9]+$" },
      amount: { type: "number", exclusiveMinimum: 0, multipleOf: 0.01 },
      tags: { type: "array", items: { type: "string", maxLength: 4 }, uniqueItems: true, maxItems: 3 },
      mail: { type: "string", format: "email" },
      at: { type: "string", format: "date-time" },
    },
  },
};
const numbers = { type: "object", properties: { n: { type: "integer" }, ok: { type: "boolean" }, s: { type: "string" }, at: { type: "string", format: "date-time" } } };

const planned: ShapeCase[] = [
  plannedBy("own data as the plan says", order, own({ sku: "AB-1", amount: 19.9, tags: ["x", "y"], mail: "a@b.example", at: "2026-11-22T13:00:00Z" })),
  plannedBy("own data before the content type is walked at the event's end", order, `{"properties":{"sku":"AB-1"},"event_id":"e1","content_type":"page_view","time":0}`),
  plannedBy("a required member of own data is absent", order, own({ amount: 1 })),
  plannedBy("a stray member of own data", order, own({ sku: "AB-1", extra: 1 })),
  plannedBy("a pattern that is not met", order, own({ sku: "ab-1" })),
  plannedBy("a number that is no multiple", order, own({ sku: "AB-1", amount: 0.125 })),
  plannedBy("a list with the same twice, in an event whose neighbour is good", order, `[${own({ sku: "AB-1", tags: ["x", "x"] })},${own({ sku: "AB-1" }, { event_id: "e2" })}]`),
  plannedBy("a format that is not met, with its place", order, own({ sku: "AB-1", mail: "nobody" })),
  plannedBy("a content type that is not in the plan", order, text({ ...event, content_type: "click", properties: {} }), {}, { streams: { "*": "other" } }),
  plannedBy("texts become numbers and booleans, and are named", { schema: numbers, coerce: { types: true } }, own({ n: "123", ok: "true", s: 7.50 })),
  plannedBy("times of any form become one", { schema: numbers, coerce: { times: true } }, own({ at: 1795352400123 })),
  plannedBy("empty text leaves", { schema: numbers, coerce: { empty_string: "absent" } }, own({ n: 1, s: "" })),
  plannedBy("branches: one of two, the reason when none", { schema: { oneOf: [{ required: ["a"] }, { required: ["b"] }] } }, `[${own({ a: 1 })},${own({ a: 1, b: 1 }, { event_id: "e2" })},${own({}, { event_id: "e3" })}]`),
  plannedBy("a reference to $defs", { schema: { $defs: { id: { type: "integer", minimum: 1 } }, properties: { id: { $ref: "#/$defs/id" } } } }, own({ id: 0 })),
  plannedBy("if, then and else", { schema: { if: { properties: { kind: { const: "b" } }, required: ["kind"] }, then: { required: ["n"] }, else: { maxProperties: 1 } } }, `[${own({ kind: "b" })},${own({ kind: "a", n: 1 }, { event_id: "e2" })}]`),
  plannedBy("personal places are masked, hashed and dropped", { schema: {}, pii: { "/name": "mask", "/mail": "hash", "/items/*/note": "drop" } }, own({ name: "N", mail: "a@b.example", items: [{ note: "x", n: 1 }] }), {}, secret),
  plannedBy("a failed event keeps no personal place", { schema: { required: ["n"] }, pii: { "/name": "mask" } }, own({ name: "Somebody" }), {}, secret),
  plannedBy("an event_id of its own bytes", { schema: {}, event_id: "derived" }, `{"content_type":"page_view","time":"2026-11-22T13:00:00Z","properties":{"a":1}}`),
  plannedBy("a late event is marked", { schema: {}, late: { after_ms: 1000 } }, own({}, { time: "2026-11-22T12:00:00Z" })),
  plannedBy("a late event fails where the plan says so", { schema: {}, late: { after_ms: 1000, action: "fail" } }, own({}, { time: "2026-11-22T12:00:00Z" })),
  plannedBy("a line has its partition, and the plan's stream", { schema: {}, stream: "own", partition: "event_hour" }, own({}), {}, { streams: { "*": "other" } }),
  plannedBy("a stream that the configuration names goes before the plan's", { schema: {}, stream: "own" }, own({})),
];

const line = (name: string): { stream: string; line: string } => ({ stream: "s", line: `{"n":"${name}"}` });
const taken = (count: number): string => text({ FailedPutCount: 0, RequestResponses: Array.from({ length: count }, () => ({ RecordId: "r" })) });
const shard = { pacing: { mode: "off" }, pack: { linger_ms: 50 } };

const shards: ShardCase[] = [
  {
    name: "two requests share a record when the linger ends",
    configuration: shard,
    steps: [
      { step: "submit", now_ms: 1000, request_id: 1, lines: [line("a")] },
      { step: "submit", now_ms: 1020, request_id: 2, lines: [line("b")] },
      { step: "tick", now_ms: 1050 },
      { step: "answer", now_ms: 1080, batch_id: 1, status: 200, body: taken(1) },
    ],
    status: ["held_bytes", "delivered_lines", "delivered_records", "billed_bytes", "answered_requests"],
  },
  {
    name: "the row thrown back goes again, alone",
    configuration: { ...shard, pack: { mode: "single", linger_ms: 0 } },
    steps: [
      { step: "submit", now_ms: 0, request_id: 1, lines: [line("a"), line("b")] },
      { step: "answer", now_ms: 10, batch_id: 1, status: 200, body: text({ FailedPutCount: 1, RequestResponses: [{ RecordId: "r" }, { ErrorCode: "ServiceUnavailableException", ErrorMessage: "Slow down." }] }) },
      { step: "tick", now_ms: 110 },
      { step: "answer", now_ms: 120, batch_id: 2, status: 200, body: taken(1) },
    ],
    status: ["held_bytes", "throttled_rows", "resent_rows", "ambiguous_lines", "answered_requests"],
  },
  {
    name: "an answer that never comes is ambiguous, the deadline answers 503",
    configuration: { ...shard, pack: { linger_ms: 0 }, ack_deadline_ms: 500 },
    steps: [
      { step: "submit", now_ms: 0, request_id: 1, lines: [line("a")] },
      { step: "answer", now_ms: 400, batch_id: 1, status: 0, body: "" },
      { step: "tick", now_ms: 500 },
    ],
    status: ["held_bytes", "ambiguous_lines", "timed_out_requests", "last_failure"],
  },
  {
    name: "a whole call throttled is not ambiguous",
    configuration: { ...shard, pack: { linger_ms: 0 } },
    steps: [
      { step: "submit", now_ms: 0, request_id: 1, lines: [line("a")] },
      { step: "answer", now_ms: 5, batch_id: 1, status: 500, body: text({ __type: "ServiceUnavailableException", message: "Slow down." }) },
    ],
    status: ["throttled_calls", "ambiguous_lines", "held_lines", "last_failure"],
  },
  {
    name: "a request without lines is answered at once",
    configuration: shard,
    steps: [{ step: "submit", now_ms: 0, request_id: 9, lines: [] }],
    status: ["held_bytes", "answered_requests"],
  },
  {
    name: "streams never share a batch",
    configuration: { ...shard, pack: { linger_ms: 0 } },
    steps: [{ step: "submit", now_ms: 0, request_id: 1, lines: [line("a"), { stream: "t", line: "{}" }] }],
    status: ["in_flight_batches", "sent_records"],
  },
  {
    name: "a record holds one partition",
    configuration: { ...shard, pack: { linger_ms: 0 } },
    steps: [{ step: "submit", now_ms: 0, request_id: 1, lines: [{ ...line("a"), partition: "12" }, { ...line("b"), partition: "13" }, { ...line("c"), partition: "12" }] }],
    status: ["sent_batches", "sent_records"],
  },
  {
    name: "a durable hop answers when the row is written, and deletes it when Firehose has it",
    configuration: { ...shard, pack: { ack: "durable_hop", linger_ms: 50 } },
    steps: [
      { step: "submit", now_ms: 0, request_id: 1, lines: [line("a")] },
      { step: "persisted", now_ms: 1, row_id: 1, done: true },
      { step: "tick", now_ms: 51 },
      { step: "answer", now_ms: 60, batch_id: 1, status: 0, body: "" },
      { step: "tick", now_ms: 160 },
      { step: "answer", now_ms: 170, batch_id: 2, status: 200, body: taken(1) },
    ],
    status: ["held_bytes", "stored_rows", "stored_bytes", "answered_requests", "ambiguous_rows", "duplicate_lines_max"],
  },
  {
    name: "a durable hop whose disk fails answers 503",
    configuration: { ...shard, pack: { ack: "durable_hop" } },
    steps: [
      { step: "submit", now_ms: 0, request_id: 1, lines: [line("a")] },
      { step: "persisted", now_ms: 1, row_id: 1, done: false },
    ],
    status: ["held_bytes", "stored_rows", "failed_writes", "answered_requests"],
  },
  {
    name: "a restart delivers the rows of the life before",
    configuration: { ...shard, pack: { ack: "durable_hop", linger_ms: 0 } },
    steps: [
      { step: "restart", now_ms: 0, rows: [{ row_id: 41, bytes: 22 }] },
      { step: "row", now_ms: 0, row_id: 41, lines: [line("a")] },
      { step: "answer", now_ms: 5, batch_id: 1, status: 200, body: taken(1) },
      { step: "submit", now_ms: 6, request_id: 1, lines: [line("b")] },
    ],
    status: ["restored_rows", "delivered_lines", "stored_rows"],
  },
  {
    name: "a gzip member is sealed, compressed and sent as it is",
    configuration: { ...shard, pack: { gzip_members: true, linger_ms: 0 } },
    steps: [
      { step: "submit", now_ms: 0, request_id: 1, lines: [line("a"), line("b")] },
      { step: "compressed", now_ms: 3, record_id: 1, member_base64: "" },
      { step: "tick", now_ms: 103 },
      { step: "compressed", now_ms: 104, record_id: 2, member_base64: "H4sIAAAAAAACA6tWylOyUkpUquWqBrOSgCwACT7R6hQAAAA=" },
      { step: "answer", now_ms: 110, batch_id: 1, status: 200, body: taken(1) },
    ],
    status: ["held_bytes", "failed_compressions", "delivered_line_bytes", "sent_bytes", "answered_requests"],
  },
];

async function writeShapes(file: string, cases: ShapeCase[]): Promise<void> {
  const vectors = cases.map((entry) => ({ configuration: {}, ...entry }));
  const results = await run(await jobsOfShapes(vectors));
  const written = vectors.map(({ name, configuration, plan, request }, i) => ({
    name,
    configuration,
    ...(plan === undefined ? {} : { plan }),
    request,
    expect: shapeOf(results[i] ?? new Uint8Array()),
  }));
  write(file, written);
}

async function writeShards(file: string, cases: ShardCase[]): Promise<void> {
  const vectors = cases.map((entry) => ({ ...entry, seed: 7, steps: entry.steps.map((step) => ({ ...step, effects: [] })) }));
  const results = await run(vectors.map(jobOfShard));
  const written = vectors.map(({ name, configuration, seed, steps, status }, i) => {
    const seen = shardRunOf(results[i] ?? new Uint8Array(), steps.length);
    return {
      name,
      configuration,
      seed,
      steps: steps.map((step, at) => ({ ...step, effects: seen.effects[at] })),
      status: Object.fromEntries(status.map((key) => [key, seen.status[key]])),
    };
  });
  write(file, written);
}

function write(file: string, vectors: object[]): void {
  mkdirSync(folder, { recursive: true });
  // ASCII: what is not is escaped, so that a reader sees which character stands there.
  const json = JSON.stringify(vectors, null, 2).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  writeFileSync(join(folder, file), `${json}\n`);
  console.log(`${file}: ${vectors.length}`);
}

await writeShapes("delivered.json", delivered);
await writeShapes("failed.json", failed);
await writeShapes("envelope.json", envelopes);
await writeShapes("refused.json", refused);
await writeShapes("other.json", others);
await writeShapes("planned.json", planned);
await writeShards("shard.json", shards);
