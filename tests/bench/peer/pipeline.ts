// The peer of the core: what a team writes in TypeScript to do the same in an edge worker. Bytes in,
// bytes out: JSON.parse, ajv compiled ahead of time (a Worker may not evaluate code), ua-parser-js
// and isbot once a request, URL and a Map of referrers, JSON.stringify. It is written to be fast
// without being strange: one literal an event, look-ups by Map, nothing parsed twice.

import * as validators from "bench-validators";
import { planVersion, streams } from "bench-data";
import { campaignOf } from "./campaign.ts";
import { failedLine } from "./failed.ts";
import { kNoReferrer, referrerOf } from "./referrer.ts";
import { truncateIp } from "./truncate-ip.ts";
import { UserAgentFields } from "./user-agent.ts";
import type { CollectRequest } from "../corpus-file.ts";
import type { Problem } from "./failed.ts";
import type { Agent } from "./user-agent.ts";

const kCollector = "peer/1";
const kFailedStream = "failed";
const kLateAfterMs = 86_400_000;
const kFutureMs = 300_000;
/** A sender's clock that is off by more than this moves its events. */
const kSkewToleranceMs = 10_000;

/** An event as it comes out of JSON.parse; checked by its validator before it is used. */
interface Event {
  event_id: string;
  content_type: string;
  time: string | number;
  user_id?: string;
  anonymous_id?: string;
  session_id?: string;
  page_url?: string;
  page_title?: string;
  referrer_url?: string;
  language?: string;
  timezone?: string;
  screen_width?: number;
  screen_height?: number;
  properties?: unknown;
  consent?: string;
}

export interface Delivered {
  status: number;
  answer: Uint8Array;
  /** Lines of NDJSON by stream. */
  lines: Map<string, Uint8Array>;
}

/** What all events of a request share. */
interface Facts {
  received_ms: number;
  received_time: string;
  skew_ms: number;
  sent_time: string | undefined;
  user_agent: string | undefined;
  agent: Agent;
  client_ip: string | undefined;
  geo_country: string | undefined;
  geo_region: string | undefined;
  geo_city: string | undefined;
  geo_asn: string | undefined;
}

export class Pipeline {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #encoder = new TextEncoder();
  readonly #userAgents: UserAgentFields;

  /** `userAgentCache`: agents remembered; 0 for none. */
  constructor(userAgentCache: number) {
    this.#userAgents = new UserAgentFields(userAgentCache);
  }

  shape(request: CollectRequest): Delivered {
    let parsed: unknown;
    try {
      parsed = JSON.parse(this.#decoder.decode(request.body));
    } catch {
      return { status: 400, answer: this.#encoder.encode('{"error":"malformed_json"}'), lines: new Map() };
    }
    const envelope = parsed as { sent_time?: string; events?: unknown[] };
    const events = Array.isArray(parsed) ? parsed : Array.isArray(envelope.events) ? envelope.events : [parsed];
    const sentTime = Array.isArray(envelope.events) && envelope.sent_time !== undefined ? new Date(envelope.sent_time) : undefined;
    return this.#shapeEvents(request, events, sentTime);
  }

  #shapeEvents(request: CollectRequest, events: unknown[], sentTime: Date | undefined): Delivered {
    const facts = this.#factsOf(request, sentTime);
    const lines = new Map<string, string[]>();
    const failed: { index: number; reason: string; pointer: string }[] = [];
    const seen = new Set<string>();
    let accepted = 0;
    for (let index = 0; index < events.length; index += 1) {
      const event = events[index] as Event;
      const problem = check(event);
      if (problem !== undefined) {
        failed.push({ index, reason: problem.reason, pointer: problem.pointer });
        addLine(lines, kFailedStream, failedLine(problem, event, facts.received_time));
        continue;
      }
      accepted += 1;
      if (seen.has(event.event_id)) continue;
      seen.add(event.event_id);
      addLine(lines, streams[event.content_type] ?? event.content_type, deliveredLine(event, facts));
    }
    const encoded = new Map<string, Uint8Array>();
    for (const [stream, texts] of lines) encoded.set(stream, this.#encoder.encode(`${texts.join("\n")}\n`));
    return { status: 200, answer: this.#encoder.encode(JSON.stringify({ accepted, failed, ack: "durable" })), lines: encoded };
  }

  #factsOf(request: CollectRequest, sentTime: Date | undefined): Facts {
    const { headers } = request;
    const userAgent = headers.get("user-agent");
    const offMs = sentTime === undefined ? 0 : request.now_ms - sentTime.getTime();
    return {
      received_ms: request.now_ms,
      skew_ms: Math.abs(offMs) > kSkewToleranceMs ? offMs : 0,
      received_time: new Date(request.now_ms).toISOString(),
      sent_time: sentTime?.toISOString(),
      user_agent: userAgent,
      agent: this.#userAgents.read(userAgent ?? ""),
      client_ip: truncateIp(request.client_ip),
      geo_country: headers.get("cf-ipcountry"),
      geo_region: headers.get("cf-region-code"),
      geo_city: headers.get("cf-ipcity"),
      geo_asn: headers.get("cf-asn"),
    };
  }
}

function check(event: Event): Problem | undefined {
  const validate = validators[event.content_type];
  if (validate === undefined) return { reason: "invalid_value", pointer: "/content_type", keyword: "pattern", expected: "", actual: "", content_type: undefined };
  if (validate(event)) return undefined;
  const error = validate.errors?.[0];
  if (error === undefined) return undefined;
  const missing = error.params["missingProperty"] ?? error.params["additionalProperty"];
  return {
    reason: reasonOf(error.keyword, error.instancePath),
    pointer: missing === undefined ? error.instancePath : `${error.instancePath}/${String(missing)}`,
    keyword: error.keyword,
    expected: error.message ?? "",
    actual: "",
    content_type: event.content_type,
  };
}

function reasonOf(keyword: string, at: string): string {
  if (at.startsWith("/properties")) return "invalid_properties";
  if (keyword === "required") return "missing_member";
  if (keyword === "additionalProperties") return "unknown_member";
  return keyword === "type" ? "wrong_type" : "invalid_value";
}

function addLine(lines: Map<string, string[]>, stream: string, line: string): void {
  const found = lines.get(stream);
  if (found === undefined) lines.set(stream, [line]);
  else found.push(line);
}

function timeStatusOf(eventMs: number, receivedMs: number): string | undefined {
  if (eventMs < receivedMs - kLateAfterMs) return "late";
  return eventMs > receivedMs + kFutureMs ? "future" : undefined;
}

function deliveredLine(event: Event, facts: Facts): string {
  const page = event.page_url === undefined ? undefined : URL.parse(event.page_url);
  const referrer = event.referrer_url === undefined ? kNoReferrer : referrerOf(event.referrer_url, page?.hostname);
  const campaign = page === undefined || page === null || page.search === "" ? undefined : campaignOf(page.searchParams);
  const { agent } = facts;
  const eventMs = new Date(event.time).getTime() + facts.skew_ms;
  // Members without a value are undefined, which JSON.stringify leaves out.
  return JSON.stringify({
    event_id: event.event_id,
    content_type: event.content_type,
    event_time: new Date(eventMs).toISOString(),
    received_time: facts.received_time,
    sent_time: facts.sent_time,
    user_id: event.user_id,
    anonymous_id: event.anonymous_id,
    session_id: event.session_id,
    page_url: event.page_url,
    page_host: page?.hostname,
    page_path: page?.pathname,
    page_title: event.page_title,
    language: event.language,
    timezone: event.timezone,
    screen_width: event.screen_width,
    screen_height: event.screen_height,
    referrer_url: event.referrer_url,
    referrer_host: referrer.host,
    referrer_medium: page === undefined && referrer === kNoReferrer ? undefined : referrer.medium,
    referrer_source: referrer.source,
    referrer_term: referrer.term,
    campaign_source: campaign?.source,
    campaign_medium: campaign?.medium,
    campaign_name: campaign?.name,
    campaign_term: campaign?.term,
    campaign_content: campaign?.content,
    click_id: campaign?.click_id,
    click_id_kind: campaign?.click_id_kind,
    ua_family: agent.ua_family,
    ua_major: agent.ua_major,
    ua_minor: agent.ua_minor,
    ua_patch: agent.ua_patch,
    os_family: agent.os_family,
    os_major: agent.os_major,
    os_minor: agent.os_minor,
    os_patch: agent.os_patch,
    device_family: agent.device_family,
    device_brand: agent.device_brand,
    device_model: agent.device_model,
    is_bot: agent.is_bot,
    user_agent: facts.user_agent,
    client_ip: facts.client_ip,
    geo_country: facts.geo_country,
    geo_region: facts.geo_region,
    geo_city: facts.geo_city,
    geo_asn: facts.geo_asn,
    properties: event.properties,
    time_status: timeStatusOf(eventMs, facts.received_ms),
    consent: event.consent,
    plan_version: planVersion,
    collector: kCollector,
  });
}
