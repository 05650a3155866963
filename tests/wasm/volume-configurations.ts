// What the builds are compared under at volume: the defaults, streams and bounds, a plan, and a plan
// that masks, hashes, drops, derives and fails.

import { readFileSync } from "node:fs";
import { planJob } from "./job.ts";
import { nativeRunner } from "./runners.ts";
import type { VolumeRules } from "./job.ts";

const benchPlan = readFileSync(new URL("../bench/plan.json", import.meta.url), "utf8");

/** The benchmark's plan with personal fields, derived ids, late events that fail, partitions. */
function strictPlan(): string {
  const plan = JSON.parse(benchPlan) as { content_types: Record<string, Record<string, unknown>> };
  for (const settings of Object.values(plan.content_types)) {
    settings["event_id"] = "derived";
    settings["late"] = { after_ms: 2_000, future_ms: 500, action: "fail" };
    settings["partition"] = "event_hour";
  }
  const view = plan.content_types["page_view"];
  if (view !== undefined) view["pii"] = { "/author/id": "mask", "/section": "hash", "/is_member": "drop" };
  return JSON.stringify(plan);
}

export async function volumeRules(): Promise<VolumeRules[]> {
  const [plan = new Uint8Array(), strict = new Uint8Array()] = await nativeRunner([planJob(benchPlan), planJob(strictPlan())]);
  const none = new Uint8Array();
  return [
    { configuration: "", plan: none },
    { configuration: '{"streams":{"page_view":"v"}}', plan: none },
    { configuration: '{"streams":{"page_view":"v","*":"o"},"limits":{"events_max":2},"event_id":"derived"}', plan: none },
    { configuration: '{"user_agent_cache":0}', plan },
    { configuration: '{"internal_domains":["google.com","example.com"],"unplanned_events":"pass","privacy":{"secret":"0123456789abcdef0123456789abcdef"}}', plan: strict },
  ];
}
