// Seeded schemas and instances: every keyword that a plan may use, and values that often come close
// to what a schema asks.

import type { Random } from "./random.ts";

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Members = { [name: string]: Json };

// Not the empty name: ajv takes it for present in required, and throws elsewhere. The table of cases has it.
const kNames = ["a", "b", "c", "ab", "x_1", "\u3042", "a b"];
// Strings that all readers of formats judge alike: format.test cases hold the others.
export const kStrings = [
  "", "a", "b", "ab", "abc", "aab", "abcdefgh", "\u3042\u3044", "\u{1f600}", "a\u{1f600}b", "12", "x_1", "A", "\n", "a b",
  "2026-11-22T13:00:00Z", "2026-02-29T13:00:00Z", "2026-11-22", "13:00:00Z", "13:00:00", "127.0.0.1", "256.1.1.1", "::1",
  "018f3c2a-7b1e-7c3d-9a4b-2f6e8d0c1b3a", "https://example.com/a?b#c", "user@example.com", "example.com", "-a-",
];
const kNumbers = [0, 1, 2, 3, 4, 5, 10, -1, -2, 0.5, 1.5, -0.25, 100, 1e3, 12.75];
const kPatterns = [
  "^a", "b$", "^[a-c]*$", "^.{2,4}$", "\\d+", "^[^a]+$", "(ab|ba)", "^(a|b)*c?$", "\\bab\\b", "^\\w+$", "\u3042", "^$", "^[A-Z]{3}$",
  "[\\u{1f600}-\\u{1f64f}]", "^a?b?c?$", "\\s", "^(?:x_)?\\d$", ".", "^(?:a{2}|b{1,2}){1,3}$",
];
const kFormats = ["date-time", "date", "time", "uuid", "uri", "email", "hostname", "ipv4", "ipv6"];
const kTypes = ["null", "boolean", "object", "array", "number", "string", "integer"];

export class SchemaInputs {
  readonly #random: Random;
  /** What references may lead to: never back, for ajv follows a loop until its stack ends. */
  #references: string[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Any value. */
  value(depth: number): Json {
    const random = this.#random;
    const kind = random.below(depth > 0 ? 8 : 5);
    if (kind === 0) return null;
    if (kind === 1) return random.chance(50);
    if (kind === 2 || kind === 3) return random.pick(kNumbers);
    if (kind === 4) return random.pick(kStrings);
    if (kind <= 5) return this.#list(random.below(4), () => this.value(depth - 1));
    return this.#members(random.below(4), () => this.value(depth - 1));
  }

  #list<T>(count: number, make: () => T): T[] {
    return Array.from({ length: count }, make);
  }

  #members(count: number, make: () => Json): Members {
    return Object.fromEntries(this.#list(count, () => [this.#random.pick(kNames), make()] as const));
  }

  #names(): string[] {
    return [...new Set(this.#list(this.#random.below(3), () => this.#random.pick(kNames)))];
  }

  schema(depth: number): Json {
    const random = this.#random;
    if (random.chance(4)) return random.chance(70);
    const schema: Members = {};
    const keywords = 1 + random.below(depth > 0 ? 4 : 2);
    for (let i = 0; i < keywords; ++i) this.#keyword(schema, depth);
    return schema;
  }

  /** A whole document: with definitions that its references reach. */
  document(): Json {
    this.#references = [];
    const one = this.schema(1);
    this.#references = ["#/$defs/one"];
    const two = this.schema(2);
    this.#references = ["#/$defs/one", "#/$defs/two"];
    const schema = this.schema(3);
    if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return schema;
    return { ...schema, $defs: { one, two } };
  }

  #keyword(schema: Members, depth: number): void {
    const random = this.#random;
    const kind = random.below(depth > 0 ? 30 : 13);
    const count = random.below(4);
    const next = (): Json => this.schema(depth - 1);
    const set = (members: Members): void => void Object.assign(schema, members);
    switch (kind) {
      case 0:
      case 1:
        return set({ type: random.chance(60) ? random.pick(kTypes) : [...new Set(this.#list(2, () => random.pick(kTypes)))] });
      case 2:
        return set({ enum: this.#list(1 + random.below(4), () => this.value(1)) });
      case 3:
        return set({ const: this.value(1) });
      case 4:
        return set({ minimum: random.pick(kNumbers) });
      case 5:
        return set({ maximum: random.pick(kNumbers) });
      case 6:
        return set({ exclusiveMinimum: random.pick(kNumbers), exclusiveMaximum: random.pick(kNumbers) });
      case 7:
        return set({ multipleOf: random.pick([1, 2, 3, 0.5, 0.25, 10]) });
      case 8:
        return set({ minLength: count });
      case 9:
        return set({ maxLength: count });
      case 10:
      case 11:
        return set({ pattern: random.pick(kPatterns) });
      case 12:
        return set({ format: random.pick(kFormats) });
      case 13:
      case 14:
      case 15:
        return set({ properties: this.#members(1 + count, next) });
      case 16:
        return set({ required: this.#names() });
      case 17:
        return set({ additionalProperties: random.chance(50) ? false : next() });
      case 18:
        return set({ patternProperties: Object.fromEntries(this.#list(1 + random.below(2), () => [random.pick(kPatterns), next()])) });
      case 19:
        return set({ propertyNames: next() });
      case 20:
        return set({ minProperties: random.below(3), maxProperties: 1 + random.below(3) });
      case 21:
        return set({ dependentRequired: Object.fromEntries(this.#list(1 + random.below(2), () => [random.pick(kNames), this.#names()])) });
      case 22:
        return set(random.chance(60) || schema["contains"] !== undefined ? { items: next() } : { prefixItems: this.#list(1 + random.below(2), next), items: next() });
      case 23:
        // Bounds that cross take nothing, but ajv lets [] through; so it does where prefixItems stands beside contains.
        if (schema["prefixItems"] !== undefined) return;
        return set({ contains: next(), ...(random.chance(50) ? { minContains: count, maxContains: count + random.below(3) } : {}) });
      case 24:
        return set({ minItems: random.below(3), maxItems: 1 + random.below(3) });
      case 25:
        return set({ uniqueItems: true });
      case 26:
        return set({ [random.pick(["allOf", "anyOf", "oneOf"])]: this.#list(1 + random.below(3), next) });
      case 27:
        return set({ not: next() });
      case 28:
        return set({ if: next(), then: next(), ...(random.chance(50) ? { else: next() } : {}) });
      default:
        return set(this.#references.length > 0 ? { $ref: random.pick(this.#references) } : { type: "integer" });
    }
  }

  /** A value that heeds some of what the schema says. */
  near(schema: Json, depth: number): Json {
    const random = this.#random;
    if (typeof schema !== "object" || schema === null || Array.isArray(schema) || random.chance(12)) return this.value(depth);
    const listed = schema["enum"];
    if (Array.isArray(listed) && random.chance(80)) return this.#respelt(random.pick(listed));
    if (schema["const"] !== undefined && random.chance(80)) return this.#respelt(schema["const"]);
    const branches = [schema["allOf"], schema["anyOf"], schema["oneOf"]].filter(Array.isArray).flat() as Json[];
    if (branches.length > 0 && random.chance(50)) return this.near(random.pick(branches), depth);
    const type = [schema["type"]].flat()[0];
    if (depth > 0 && (schema["properties"] !== undefined || type === "object")) return this.#object(schema, depth);
    if (depth > 0 && (schema["items"] !== undefined || type === "array")) {
      return this.#list(random.below(4), () => this.near(schema["items"] ?? true, depth - 1));
    }
    if (type === "string" || schema["pattern"] !== undefined) return random.pick(kStrings);
    if (type === "number" || type === "integer") return random.pick(kNumbers);
    return this.value(depth);
  }

  #object(schema: Members, depth: number): Json {
    const random = this.#random;
    const members: Members = {};
    for (const [name, inner] of Object.entries(schema["properties"] ?? {})) {
      if (random.chance(75)) members[name] = this.near(inner, depth - 1);
    }
    for (const name of (schema["required"] ?? []) as string[]) {
      if (random.chance(85)) members[name] ??= this.value(1);
    }
    if (random.chance(25)) members[random.pick(kNames)] = this.value(1);
    return members;
  }

  /** The same value, its members in another order. */
  #respelt(value: Json): Json {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).reverse());
  }
}

/** A text that means the value, written in one of the ways JSON has. */
export function spelt(value: Json, random: Random): string {
  if (typeof value === "number") {
    const text = JSON.stringify(value);
    if (!Number.isInteger(value) || value === 0 || random.chance(70)) return text;
    return random.pick([`${text}.0`, `${text}e0`, `${text}0e-1`]);
  }
  if (typeof value === "string" && random.chance(20)) {
    const units = Array.from({ length: value.length }, (_, i) => `\\u${value.charCodeAt(i).toString(16).padStart(4, "0")}`);
    return `"${units.join("")}"`;
  }
  if (Array.isArray(value)) return `[${value.map((one) => spelt(one, random)).join(random.pick([",", " , "]))}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([name, one]) => `${spelt(name, random)}:${spelt(one, random)}`);
    return `{${members.join(random.pick([",", ",\n"]))}}`;
  }
  return JSON.stringify(value);
}
