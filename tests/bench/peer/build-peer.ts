// Builds the peer: its validators out of the plan, compiled to source ahead of time, and one bundle
// of everything, as a team would deploy it.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import addFormats from "ajv-formats";
import { build } from "esbuild";
import { readSources } from "./read-sources.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

interface Plan {
  version: string;
  content_types: Record<string, { stream?: string; schema: object }>;
}

const kText = { type: "string", maxLength: 8190 };
const kCount = { type: "integer", minimum: 0, maximum: 999_999 };

/** The wire contract's members around the plan's schema of own data. */
function eventSchema(contentType: string, properties: object): object {
  return {
    $id: contentType,
    type: "object",
    additionalProperties: false,
    required: ["event_id", "content_type", "time"],
    properties: {
      event_id: { type: "string", pattern: "^[A-Za-z0-9._:-]{1,128}$" },
      content_type: { const: contentType },
      time: { type: ["string", "number"] },
      user_id: kText,
      anonymous_id: kText,
      session_id: kText,
      page_url: kText,
      page_title: kText,
      language: kText,
      timezone: kText,
      screen_width: kCount,
      screen_height: kCount,
      referrer_url: kText,
      user_agent: kText,
      properties,
      consent: kText,
    },
  };
}

function validatorsSource(plan: Plan): string {
  const schemas = Object.entries(plan.content_types).map(([name, { schema }]) => eventSchema(name, schema));
  const ajv = new Ajv2020({ coerceTypes: true, allowUnionTypes: true, code: { source: true }, schemas });
  addFormats.default(ajv);
  const names = Object.fromEntries(Object.keys(plan.content_types).map((name) => [name, name]));
  return standalone.default(ajv, names);
}

export interface PeerBundle {
  entry: string;
  outfile: string;
  planFile: string;
  minify?: boolean;
}

/** Bundles `entry`, which imports pipeline.ts, with the generated parts of this plan. */
export async function buildPeer({ entry, outfile, planFile, minify = false }: PeerBundle): Promise<void> {
  const plan = JSON.parse(readFileSync(planFile, "utf8")) as Plan;
  const folder = join(root, "build/bench/peer");
  mkdirSync(folder, { recursive: true });
  const streams = Object.fromEntries(Object.entries(plan.content_types).map(([name, { stream }]) => [name, stream ?? name]));
  writeFileSync(join(folder, "validators.cjs"), validatorsSource(plan));
  writeFileSync(
    join(folder, "data.js"),
    `export const streams = ${JSON.stringify(streams)};\nexport const planVersion = ${JSON.stringify(plan.version)};\n` +
      `export const sources = ${JSON.stringify(readSources())};\n`,
  );
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify,
    format: "esm",
    target: "es2023",
    platform: "neutral",
    mainFields: ["module", "main"],
    nodePaths: [join(root, "node_modules")],
    alias: { "bench-validators": join(folder, "validators.cjs"), "bench-data": join(folder, "data.js") },
    external: ["node:*"],
    logLevel: "warning",
  });
}
