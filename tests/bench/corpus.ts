// The corpus of a run: generated requests, from a seed.

import { clientHints, UserAgents } from "./user-agents.ts";
import { makeEvent, makeVisitor } from "./events.ts";
import { generator, pickOf } from "./random.ts";
import type { Pick } from "./random.ts";
import type { CollectRequest } from "./corpus-file.ts";

/** 2026-11-22T13:00:00Z. */
const kStartMs = 1_795_352_400_000;

/** What is tuned on is not what is reported on. */
export const kSeeds = { tune: 20_261_122, report: 7_450_611 } as const;
export type Sample = keyof typeof kSeeds;

export interface CorpusOptions {
  sample: Sample;
  /** 1: each request is one event, as an SDK sends that sends at once. */
  eventsPerRequest: number;
  requests: number;
}

export function makeCorpus({ sample, eventsPerRequest, requests }: CorpusOptions): CollectRequest[] {
  const pick = generator(kSeeds[sample] + eventsPerRequest);
  const agents = new UserAgents();
  return Array.from({ length: requests }, (_, i) => makeRequest(pick, agents, kStartMs + i * 37, eventsPerRequest));
}

function makeRequest(pick: Pick, agents: UserAgents, nowMs: number, events: number): CollectRequest {
  const visitor = makeVisitor(pick, nowMs);
  const sentMs = nowMs - 20 - pick(80);
  const texts = Array.from({ length: events }, (_, i) => makeEvent(pick, visitor, sentMs - (events - i) * 90 - pick(90)));
  const userAgent = agents.draw(pick);
  const body = events === 1 ? (texts[0] ?? "") : `{"sent_time":"${new Date(sentMs).toISOString()}","events":[${texts.join(",")}]}`;
  return {
    now_ms: nowMs,
    method: "POST",
    path: "/collect",
    query: "",
    client_ip: addressOf(pick),
    headers: new Map([
      ["content-type", "text/plain;charset=UTF-8"],
      ["user-agent", userAgent],
      ["referer", `https://${visitor.site}/`],
      ["accept-language", `${visitor.language},en;q=0.8`],
      ...clientHints(userAgent),
      ["cf-ipcountry", visitor.language === "ja" ? "JP" : pickOf(pick, ["US", "GB", "DE", "FR"])],
      ["cf-region-code", pickOf(pick, ["13", "27", "CA", "BE"])],
      ["cf-ipcity", pickOf(pick, ["Tokyo", "Osaka", "London", "Berlin"])],
      ["cf-asn", String(1_000 + pick(60_000))],
    ]),
    body: new TextEncoder().encode(body),
  };
}

function addressOf(pick: Pick): string {
  if (pick(5) > 0) return `203.${pick(256)}.${pick(256)}.${1 + pick(254)}`;
  return `2001:db8:${(1 + pick(0xfffe)).toString(16)}:${(1 + pick(0xfffe)).toString(16)}::${(1 + pick(0xfffe)).toString(16)}`;
}
