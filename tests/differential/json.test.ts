// The core's JSON against Node's and nlohmann's: the same texts taken and refused, and the same
// meaning after the core wrote them on one line.

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { Reader, requestFrame } from "../wasm/job.ts";
import { exportsOf, Shaping } from "../wasm/run-job.ts";
import { wasiFile } from "../wasm/runners.ts";
import { kAccepted, kRefused, kRefusedByChoice } from "./json-corpus.ts";
import { ask } from "./oracle.ts";
import { Random } from "./random.ts";

const kSeed = 20_261_123;
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function bytesOf(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

interface Verdict {
  taken: boolean;
  fault: string;
  /** Whether the scanner said that nothing needs to be rewritten. */
  compact: boolean;
  written: Buffer;
}

async function verdictsOf(texts: Buffer[]): Promise<Verdict[]> {
  const answers = await ask(texts.map((text) => ({ verb: "json", fields: [text] })));
  return answers.map(([taken, fault, compact, written]) => ({
    taken: String(taken) === "1",
    fault: String(fault ?? ""),
    compact: String(compact) === "1",
    written: written ?? Buffer.alloc(0),
  }));
}

async function saysYes(verb: string, texts: Buffer[]): Promise<boolean[]> {
  return (await ask(texts.map((text) => ({ verb, fields: [text] })))).map(([yes]) => String(yes) === "1");
}

/** What Node reads; undefined where it reads nothing. */
function nodeReads(text: Uint8Array): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(strictUtf8.decode(text)) };
  } catch {
    return undefined;
  }
}

const kLoneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** As the core writes text: half a surrogate pair is U+FFFD. */
function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.replace(kLoneSurrogate, "\ufffd");
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [wellFormed(name), wellFormed(inner)]));
}

/** Looked for in the text: of a name that comes twice, Node gives one value. */
function hasInfinity(text: Buffer): boolean {
  const outside = text.toString("latin1").replace(/"(?:[^"\\]|\\.)*"/g, '""');
  return (outside.match(/-?[0-9][0-9.eE+-]*/g) ?? []).some((number) => !Number.isFinite(Number(number)));
}

function show(text: Buffer): string {
  return JSON.stringify(text.toString("latin1").slice(0, 300));
}

/** What may differ from Node, by the core's own choice. */
function isChoice({ fault }: Verdict, text: Buffer): boolean {
  return fault === "nested too deep" || (fault === "bad number" && hasInfinity(text));
}

/** One line of UTF-8 with the same meaning, which written again is the same. */
function faultOfWritten(text: Buffer, verdict: Verdict, read: { value: unknown }): string | undefined {
  const written = nodeReads(verdict.written);
  if (written === undefined) return `wrote what is no JSON: ${show(verdict.written)}`;
  if (verdict.written.includes(10) || verdict.written.includes(13)) return "wrote more than one line";
  // Texts are compared, not values: of a name that came twice both are there.
  const wanted = JSON.stringify(wellFormed(read.value));
  if (JSON.stringify(written.value) !== wanted) return `wrote ${show(verdict.written)} for ${wanted.slice(0, 300)}`;
  if (verdict.compact && !text.includes(verdict.written)) return "called compact what is not";
  return undefined;
}

async function compare(texts: Buffer[]): Promise<{ taken: number; problems: string[] }> {
  const verdicts = await verdictsOf(texts);
  const walked = await saysYes("json_walk", texts);
  const nlohmann = await saysYes("nlohmann", texts);
  const problems: string[] = [];
  let taken = 0;
  for (const [i, text] of texts.entries()) {
    const verdict = verdicts[i];
    const read = nodeReads(text);
    if (verdict === undefined) continue;
    taken += verdict.taken ? 1 : 0;
    const problem = problemOf(text, verdict, read, walked[i] === true, nlohmann[i] === true);
    if (problem !== undefined) problems.push(`${show(text)}: ${problem}`);
  }
  return { taken, problems };
}

function problemOf(text: Buffer, verdict: Verdict, read: { value: unknown } | undefined, walked: boolean, nlohmann: boolean): string | undefined {
  if (walked !== verdict.taken) return `taken whole: ${verdict.taken}, taken apart: ${walked}`;
  if (verdict.taken && read === undefined) return "taken here, refused by Node";
  if (!verdict.taken) {
    if (read !== undefined && !isChoice(verdict, text)) return `refused here (${verdict.fault}), taken by Node`;
    // nlohmann/json steps over a byte order mark, ends at a zero byte, and has no bound on nesting.
    const isOdd = text.includes(0) || text.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]));
    return nlohmann && !isOdd && verdict.fault !== "nested too deep" ? `refused here (${verdict.fault}), taken by nlohmann` : undefined;
  }
  // nlohmann/json wants surrogates in pairs; the grammar does not.
  if (!nlohmann && !/\\u[dD][89a-fA-F]/.test(text.toString("latin1"))) return "taken here, refused by nlohmann";
  return read === undefined ? undefined : faultOfWritten(text, verdict, read);
}

it("takes and refuses the corpus as it says", async () => {
  const verdicts = async (texts: string[]): Promise<string[]> =>
    (await verdictsOf(texts.map(bytesOf))).map(({ taken, fault }, i) => `${taken ? "taken" : fault}: ${show(bytesOf(texts[i] ?? ""))}`);
  expect((await verdicts(kAccepted)).filter((word) => !word.startsWith("taken"))).toEqual([]);
  expect((await verdicts(kRefused)).filter((word) => word.startsWith("taken"))).toEqual([]);
  const chosen = await verdicts(kRefusedByChoice.map(([text]) => text));
  expect(chosen.filter((word, i) => !word.startsWith(kRefusedByChoice[i]?.[1] ?? ""))).toEqual([]);
});

it("agrees with Node and nlohmann on the corpus", async () => {
  const all = [...kAccepted, ...kRefused, ...kRefusedByChoice.map(([text]) => text)].map(bytesOf);
  const { taken, problems } = await compare(all);
  expect(problems).toEqual([]);
  expect(taken).toBe(kAccepted.length);
});

it("agrees on every cut of the corpus, and on every byte of it changed", async () => {
  const random = new Random(kSeed);
  const texts: Buffer[] = [];
  for (const text of [...kAccepted, ...kRefused].filter((one) => one.length <= 80)) {
    const bytes = bytesOf(text);
    for (let end = 0; end < bytes.length; end += 1) texts.push(bytes.subarray(0, end));
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = random.chance(50) ? random.below(256) : random.pick([...'{}[]",:\\0e.- \n']).charCodeAt(0);
      texts.push(changed);
    }
  }
  expect((await compare(texts)).problems).toEqual([]);
});

const kBlanks = ["", "", "", "", " ", "\n", "\t \r"];
const kCharacters = ["a", "Z", " ", "/", "\x7f", "\xc3\xa9", "\xe3\x81\x82", "\xe2\x80\xa8", "\xf0\x9f\x98\x80", "\\n", "\\\\", '\\"', "\\/", "\\u0041", "\\u00e9", "\\ud83d\\ude00", "\\ud800", "\\uDC00", "\\u0000", "plain text of some length"];

function generateNumber(random: Random): string {
  const digits = random.text([..."0123456789"], random.chance(10) ? random.below(40) : random.below(6));
  const whole = random.chance(20) ? "0" : `${random.pick([..."123456789"])}${digits}`;
  const fraction = random.chance(40) ? `.${random.text([..."0123456789"], 1 + random.below(12))}` : "";
  const exponent = random.chance(20) ? `${random.pick(["e", "E"])}${random.pick(["", "+", "-"])}${random.below(random.chance(20) ? 420 : 30)}` : "";
  return `${random.pick(["", "", "-"])}${whole}${fraction}${exponent}`;
}

function generate(random: Random, depth: number): string {
  const blank = (): string => random.pick(kBlanks);
  const string = (): string => `"${random.text(kCharacters, random.below(6))}"`;
  const many = (one: () => string): string => Array.from({ length: random.below(5) }, one).join(`${blank()},${blank()}`);
  const kind = random.below(depth > 4 ? 5 : 8);
  if (kind === 0) return random.pick(["true", "false", "null"]);
  if (kind <= 2) return generateNumber(random);
  if (kind <= 4) return string();
  if (kind === 5) return `[${blank()}${many(() => generate(random, depth + 1))}${blank()}]`;
  return `{${blank()}${many(() => `${string()}${blank()}:${blank()}${generate(random, depth + 1)}`)}${blank()}}`;
}

it("agrees on 20,000 generated texts, a third of them spoiled", async () => {
  const random = new Random(kSeed + 1);
  const texts = Array.from({ length: 20_000 }, () => {
    const bytes = bytesOf(`${random.pick(kBlanks)}${generate(random, 0)}${random.pick(kBlanks)}`);
    if (random.chance(33) && bytes.length > 0) bytes[random.below(bytes.length)] = random.chance(50) ? random.below(256) : random.pick([...'{}[]",:\\u0e.- \n']).charCodeAt(0);
    return bytes;
  });
  const { taken, problems } = await compare(texts);
  expect(problems.slice(0, 10)).toEqual([]);
  expect(taken).toBeGreaterThan(12_000);
});

it("delivers one line of JSON whatever the events hold", async () => {
  const random = new Random(kSeed + 2);
  const { instance } = await WebAssembly.instantiate(readFileSync(wasiFile), {});
  const shaping = new Shaping(exportsOf(instance));
  const fields = ["user_id", "page_title", "page_url", "referrer_url", "language", "consent", "session_id"];
  for (let i = 0; i < 5_000; i += 1) {
    const own = fields.filter(() => random.chance(30)).map((name) => `"${name}":"${random.text(kCharacters, random.below(8))}"`);
    const event = ['"event_id":"e"', '"content_type":"page_view"', '"time":0', ...own, `"properties":{"p":${generate(random, 0)}}`].join(",");
    const body = bytesOf(`[{${event}},{"content_type":"x",${event}}]`);
    if (random.chance(20)) body[random.below(body.length)] = random.below(256);
    const headers = `user-agent: ${random.text(kCharacters, 3)}\ncf-ipcity: ${random.text(kCharacters, 2)}\n`;
    shaping.shape(requestFrame({ body, headers: bytesOf(headers).toString("utf8"), client_ip: "203.0.113.9" }));
    for (const line of readLines(shaping.lines())) expect(nodeReads(line), show(body)).toBeTypeOf("object");
  }
});

function readLines(frame: Uint8Array): Uint8Array[] {
  const reader = new Reader(frame);
  const lines: Uint8Array[] = [];
  while (!reader.done) {
    const nameBytes = reader.number(2) + reader.number(2);
    const lineBytes = reader.number(4);
    reader.raw(4 + nameBytes);
    const line = reader.raw(lineBytes);
    expect(line.includes(10) || line.includes(13)).toBe(false);
    lines.push(line);
  }
  return lines;
}
