// The validator of plans against ajv (2020-12, formats asserted, no coercion on either side): over the own table of cases,
// over generated schemas and instances, and over generated texts for each format. Where the two differ on purpose, the
// reason stands here or in the table.

import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect, it } from "vitest";
import { type Answer, ask, type Question } from "./oracle.ts";
import { Random } from "./random.ts";
import { type Json, SchemaInputs, spelt } from "./schema-inputs.ts";

interface CaseGroup {
  keyword: string;
  schema: Json;
  valid: string[];
  invalid: string[];
  ajv_differs?: string[];
  why?: string;
  ajv_skips?: string;
}

const table = JSON.parse(
  readFileSync(new URL("../unit/shared/plan/schema_cases.json", import.meta.url), "utf8"),
) as CaseGroup[];

const ajv = new Ajv2020({ strict: false, validateFormats: true, coerceTypes: false });
(addFormats as unknown as (ajv: Ajv2020) => void)(ajv);

function compiled(schema: Json): ValidateFunction {
  return ajv.compile(schema as object | boolean);
}

function questionOf(schema: Json, instances: string[]): Question {
  return { verb: "schema", fields: [JSON.stringify(schema), ...instances] };
}

function verdicts(answer: Answer | undefined): string[] {
  return (answer ?? []).map(String);
}

it("ajv judges the table of cases the same, but for what the table explains", async () => {
  const texts = table.map((group) => (group.ajv_skips === undefined ? [...group.valid, ...group.invalid] : []));
  const answers = await ask(table.map((group, i) => questionOf(group.schema, texts[i] ?? [])));
  const unexplained: unknown[] = [];
  const stale: unknown[] = [];
  table.forEach((group, i) => {
    const validate = compiled(group.schema);
    const ours = verdicts(answers[i]);
    (texts[i] ?? []).forEach((text, j) => {
      const agree = validate(JSON.parse(text)) === (ours[j] === "valid");
      const explained = group.ajv_differs?.includes(text) === true && group.why !== undefined;
      if (!agree && !explained) unexplained.push({ schema: group.schema, text, ours: ours[j] });
      if (agree && explained) stale.push({ schema: group.schema, text });
    });
  });
  expect(unexplained).toEqual([]);
  expect(stale).toEqual([]);
});

/** Undefined where ajv throws: it loses track of evaluated members in some schemas, which nothing asks it for. */
function verdictOf(validate: ValidateFunction, value: Json): boolean | undefined {
  try {
    return validate(value);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

it("ajv judges generated instances of generated schemas the same", { timeout: 180_000 }, async () => {
  const random = new Random(20_261_123);
  const inputs = new SchemaInputs(random);
  const wanted = Number(process.env["EDGEHOSE_SCHEMAS"] ?? 1_500);
  const schemas: { schema: Json; validate: ValidateFunction; values: Json[]; texts: string[] }[] = [];
  while (schemas.length < wanted) {
    const schema = inputs.document();
    const values = Array.from({ length: 16 }, () => inputs.near(schema, 3));
    schemas.push({ schema, validate: compiled(schema), values, texts: values.map((value) => spelt(value, random)) });
  }
  const answers = await ask(schemas.map(({ schema, texts }) => questionOf(schema, texts)));
  const wrong: unknown[] = [];
  const counts = { valid: 0, invalid: 0, thrown: 0 };
  const keywords = new Set<string>();
  schemas.forEach(({ schema, validate, values, texts }, i) => {
    const ours = verdicts(answers[i]);
    values.forEach((value, j) => {
      const theirs = verdictOf(validate, value);
      if (theirs === undefined) return void ++counts.thrown;
      counts[theirs ? "valid" : "invalid"] += 1;
      if (ours[j] !== "valid") keywords.add(ours[j] ?? "");
      if (theirs !== (ours[j] === "valid")) wrong.push({ schema: JSON.stringify(schema), text: texts[j], ours: ours[j] });
    });
  });
  expect(wrong.slice(0, 5)).toEqual([]);
  // The generator reaches both verdicts and nearly all keywords.
  expect(Math.min(counts.valid, counts.invalid)).toBeGreaterThan(wanted * 2);
  expect(keywords.size).toBeGreaterThan(22);
  expect(counts.thrown).toBeLessThan(wanted / 10);
});

/** Why the two judge a text differently; undefined where they must not. */
const kExplained: Record<string, (text: string) => string | undefined> = {
  "date-time": (text) => {
    if (/^.{10}\s/.test(text)) return "RFC 3339's grammar has T between date and time; ajv-formats takes a blank";
    return kExplained["time"]?.(text.slice(11));
  },
  date: () => undefined,
  time: (text) =>
    /[+-]\d\d(?:\d\d)?$/.test(text) ? "RFC 3339's offset has hours, a colon and minutes; ajv-formats takes less" : undefined,
  uuid: (text) => (/^urn:uuid:/i.test(text) ? "RFC 9562's textual form has no urn:uuid: prefix" : undefined),
  uri: (text) => {
    if (/"/.test(text)) return "RFC 3986 has no quotes; ajv-formats takes them";
    if (/^[a-z][a-z0-9+.-]*:(?:[?#]|$)/i.test(text)) return "RFC 3986 allows an empty path";
    if (/^[^:]+:\/\/[^/?#]*(?:@[^/?#]*@|:[^/?#@]*[^0-9/?#@][^/?#@]*(?:[/?#]|$))/.test(text)) {
      return "RFC 3986 reads an authority behind //; the expression of ajv-formats falls back to a path";
    }
    if (/^[^:]+:\/(?!\/)[^/]*\[/.test(text)) return "an authority stands behind two slashes; ajv-formats takes one";
    if (/\/\/[^/]*\[/.test(text)) return "RFC 3986's IP literals are stricter or wider than the expression of ajv-formats";
    return undefined;
  },
  email: (text) => {
    if (/^"/.test(text)) return "RFC 5321 has quoted local parts";
    if (/@\[/.test(text)) return "RFC 5321 has address literals";
    if (/@[a-z0-9-]+$/i.test(text)) return "RFC 5321 lets a host have one label";
    if (text.length > 64) return "RFC 5321 bounds the local part, the labels and the whole";
    return undefined;
  },
  hostname: (text) => (text.endsWith(".") ? "RFC 1123 names have no dot at the end; ajv-formats takes one" : undefined),
  ipv4: () => undefined,
  ipv6: () => undefined,
};

/** For each format the parts of a text: each the usual one first. */
const kParts: Record<string, readonly (readonly string[])[]> = {
  "date-time": [
    ["2026-11-22", "2024-02-29", "2023-02-29", "2026-13-01", "2026-1-1", "1900-02-29", ""],
    ["T", "t", " ", "", "_"],
    ["13:00:00", "23:59:60", "08:59:60", "24:00:00", "13:60:00", "13:00", ""],
    ["", ".1", ".123456789", ".", ",1"],
    ["Z", "z", "+09:00", "-00:30", "+0900", "+24:00", "-15:01", ""],
  ],
  date: [["2026", "1900", "0000", "2000", "202", ""], ["-", "/", ""], ["02", "11", "13", "00", "1"], ["-", ""], ["29", "30", "31", "32", "00", "28", "1"]],
  time: [
    ["13:00:00", "23:59:60", "08:59:60", "00:00:60", "24:00:00", "00:60:00", "1:00:00", ""],
    ["", ".123", ".", ".x"],
    ["Z", "z", "+09:00", "-15:01", "+09", "+0900", "", "+24:00", " Z"],
  ],
  uuid: [["", "urn:uuid:", "{"], ["018f3c2a", "ABCDEF01", "018f3c2"], ["-7b1e", "7b1e", "-7b1g"], ["-7c3d"], ["-9a4b", "--9a4"], ["-2f6e8d0c1b3a", "-2f6e8d0c1b3", ""]],
  uri: [
    ["http:", "a+b:", "1a:", "", "urn:"],
    ["//", "/", "", "///"],
    ["", "u:p@", "u@v@", "%zz@"],
    ["example.com", "[::1]", "[v1.x]", "[::g]", "\u3042", "", "a b", "127.0.0.1", "[1"],
    ["", ":80", ":x", ":"],
    ["/a/b", "", "/%41", "/%4", "/\"", "/^", "/a//b", "/[", "/{"],
    ["", "?a=b", "?a?b", "? "],
    ["", "#f", "#f#g", "#%41/?"],
  ],
  email: [["a", "b.c", ".a", "a.", "a..b", "\"q q\"", "a b", "+_-", "\u3042", "a".repeat(65), "(", ""], ["@", "", "@@"], ["example", "-a", "a-", "[127.0.0.1", "a_b", "localhost", ""], [".com", "", ".", ".c-d", "]", ".1"]],
  hostname: [["a", "-a", "", "a".repeat(63), "a".repeat(64), "_", "\u3042"], ["b-c", "-", "xn--n8j", "1", "c-"], [".", "", ".."], ["com", "", "1", "c m", "-"], ["", "."]],
  ipv4: [["1", "127", "255", "256", "01", ""], [".", "", ".."], ["0", "00", "1"], ["."], ["9", "999", "a"], [".", ".1."], ["1", "1 ", ""]],
  ipv6: [["1", "::", "", "abcd", "12345", ":"], [":2", "", ":3:4", "::"], [":5:6", "::", "", ":g"], [":7", "", ":0:0", "::1"], [":8", "", ":1.2.3.4", "1.2.3.4", ":256.1.1.1", "%1", ":"]],
};

function textOf(parts: readonly (readonly string[])[], random: Random): string {
  return parts.map((choices) => (random.chance(60) ? (choices[0] ?? "") : random.pick(choices))).join("");
}

it("ajv judges generated texts of each format the same, but for what is explained", async () => {
  const random = new Random(7);
  const formats = Object.keys(kParts);
  const texts = formats.map((format) =>
    Array.from({ length: 6_000 }, () => textOf(kParts[format] ?? [], random)),
  );
  const answers = await ask(
    formats.map((format, i) => questionOf({ format }, (texts[i] ?? []).map((text) => JSON.stringify(text)))),
  );
  const unexplained: unknown[] = [];
  formats.forEach((format, i) => {
    const validate = compiled({ format });
    const ours = verdicts(answers[i]);
    let taken = 0;
    (texts[i] ?? []).forEach((text, j) => {
      const valid = ours[j] === "valid";
      if (valid) ++taken;
      if (valid !== validate(text) && kExplained[format]?.(text) === undefined) unexplained.push({ format, text, valid });
    });
    expect(taken, format).toBeGreaterThan(20);
  });
  expect(unexplained.slice(0, 10)).toEqual([]);
});
