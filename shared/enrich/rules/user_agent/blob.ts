// Writes a rule set as one flat run of bytes, which the core takes as a view
// (shared/enrich/rule_set.h describes it). What is alike stands together, each kind in a column of
// its own, and what follows from the rest is left out: the blob is made to be compressed. The same
// rules give the same bytes.

import { Op, u16 } from "./program.ts";
import { kAll, kEnd, onlyByte } from "./regex.ts";
import type { Rule, RuleSet } from "./rules.ts";

const kClassBytes = 17;
/** The core keeps a bit for each 64 rules in a word of 64 bits. */
const kRulesMax = 4096;
/** The program's place where a choice or an optional part ends. */
const kClose = 19;

/** The columns, in the order in which they are written. */
const kColumns = [
  "flags",
  "first",
  "places",
  "trigger",
  "ends",
  "needs",
  "references",
  "ops",
  "counts",
  "classes",
  "following",
  "bounds",
  "slots",
  "bytes",
] as const;
type Column = (typeof kColumns)[number];

class Bytes {
  readonly all: number[] = [];

  number(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.all.push((rest % 128) + 128);
    this.all.push(rest);
  }
  text(text: string): void {
    const bytes = Buffer.from(text, "utf8");
    this.number(bytes.length);
    this.all.push(...bytes);
  }
}

/** Texts by number; number 0 says that there is none. */
class Texts {
  readonly all: string[] = [];
  readonly #ids = new Map<string, number>();

  id(text: string | undefined): number {
    if (text === undefined) return 0;
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.all.push(text);
      this.#ids.set(text, id);
    }
    return id;
  }
}

class Writer {
  readonly columns = Object.fromEntries(kColumns.map((name) => [name, new Bytes()])) as Record<
    Column,
    Bytes
  >;
  readonly texts = new Texts();
  readonly #classOf: (set: bigint) => number;

  constructor(classOf: (set: bigint) => number) {
    this.#classOf = classOf;
  }

  rule(rule: Rule): void {
    u16(rule.program.code.length);
    this.#head(rule);
    this.#program(rule.program.code, 0, rule.program.code.length);
  }

  #put(column: Column, ...values: number[]): void {
    for (const value of values) this.columns[column].number(value);
  }

  #head(rule: Rule): void {
    const { trigger } = rule;
    const everything = kAll | kEnd;
    const startMax = rule.startMax < 0xffff;
    this.#put(
      "flags",
      (rule.fold ? 1 : 0) |
        (rule.anchored ? 2 : 0) |
        (trigger ? 4 : 0) |
        (startMax ? 8 : 0) |
        (rule.last !== everything ? 16 : 0) |
        (rule.closed ? 32 : 0) |
        (rule.needs > 0 ? 64 : 0),
    );
    const fixed = onlyByte(rule.first) >= 0 && onlyByte(rule.first) === firstByte(rule.program.code);
    this.#put("first", fixed ? 0 : this.#classOf(rule.first) + 1);
    if (trigger) {
      this.#put("places", trigger.places.length);
      for (const { offset, depth } of trigger.places) this.#put("places", offset, depth);
      const max = Math.min(trigger.max, 0xffff);
      this.#put("trigger", trigger.min, max);
      if (max > 0) this.#put("trigger", this.#classOf(trigger.set));
    }
    if (startMax) this.#put("ends", rule.startMax);
    if (rule.last !== everything) this.#put("ends", this.#classOf(rule.last));
    if (rule.needs > 0) this.#put("needs", rule.needs);
    for (const replacement of rule.replacements) this.#reference(replacement);
  }

  /** A text that is named for the first time is 1. */
  #reference(text: string | undefined): void {
    const known = this.texts.all.length;
    const id = this.texts.id(text);
    this.#put("references", id === 0 ? 0 : id > known ? 1 : id + 1);
  }

  #program(code: readonly number[], start: number, end: number): void {
    const short = (at: number): number => (code[at] as number) | ((code[at + 1] as number) << 8);
    for (let pc = start; pc < end; ) {
      const op = code[pc] as number;
      const n = code[pc + 1] as number;
      this.#put("ops", op);
      if (op === Op.text) {
        this.#put("counts", n);
        this.columns.bytes.all.push(...code.slice(pc + 2, pc + 2 + n));
        pc += 2 + n;
      } else if (op === Op.byte) {
        this.columns.bytes.all.push(n);
        pc += 2;
      } else if (op === Op.class) {
        this.#put("classes", short(pc + 1));
        pc += 3;
      } else if (op === Op.run || op === Op.run_only || op === Op.run_lazy) {
        this.#put("classes", short(pc + 1));
        this.#put("following", short(pc + 3));
        this.#put("bounds", code[pc + 5] as number, (short(pc + 6) + 1) & 0xffff);
        pc += 8;
      } else if (op === Op.save) {
        this.#put("slots", n);
        pc += 2;
      } else if (op === Op.choose || op === Op.choose_byte) {
        pc = this.#choice(code, pc);
      } else if (op === Op.optional || op === Op.optional_lazy) {
        this.#put("following", short(pc + 1), short(pc + 3));
        const past = pc + 7 + short(pc + 5);
        this.#program(code, pc + 7, past);
        this.#put("ops", kClose);
        pc = past;
      } else if (op === Op.jump || op === Op.back) {
        pc += 3;
      } else if (op === Op.not_ahead || op === Op.not_behind) {
        this.#put("counts", n);
        this.columns.bytes.all.push(...code.slice(pc + 2, pc + 2 + n));
        pc += 2 + n;
      } else {
        pc += 1;
      }
    }
  }

  /** Each part but the last ends with a jump past the last. */
  #choice(code: readonly number[], pc: number): number {
    const short = (at: number): number => (code[at] as number) | ((code[at + 1] as number) << 8);
    const n = code[pc + 1] as number;
    const bytes = code[pc] === Op.choose_byte;
    const parts = pc + 2 + (bytes ? 3 : 4) * n;
    const forward = (i: number): number => short(pc + 2 + (bytes ? n + 2 * i : 4 * i + 2));
    if (n < 2) throw new Error("a choice of one");
    this.#put("counts", n);
    for (let i = 0; i < n && !bytes; ++i) this.#put("following", short(pc + 2 + 4 * i));
    const past = parts + forward(1) + short(parts + forward(1) - 2);
    for (let i = 0; i < n; ++i) {
      const end = i + 1 < n ? parts + forward(i + 1) : past;
      this.#program(code, parts + forward(i), end);
    }
    this.#put("ops", kClose);
    return past;
  }
}

/** The byte with which a program's text begins, or -1. */
function firstByte(code: readonly number[]): number {
  let pc = 0;
  while (code[pc] === Op.save) pc += 2;
  if (code[pc] === Op.text) return code[pc + 2] as number;
  return code[pc] === Op.byte ? (code[pc + 1] as number) : -1;
}

export function writeBlob(rules: RuleSet): Uint8Array {
  const { classes, lists, words } = rules;
  if (lists.flat().length > kRulesMax) throw new Error("too many rules");
  const writer = new Writer((set) => classes.id(set));
  for (const rule of lists.flat()) writer.rule(rule);
  const out = new Bytes();
  out.all.push(...Buffer.from("UAR2", "latin1"));
  for (const list of lists) out.number(list.length);
  out.number(classes.sets.length);
  for (const set of classes.sets) {
    for (let i = 0; i < kClassBytes; ++i) out.all.push(Number((set >> BigInt(8 * i)) & 255n));
  }
  for (const texts of [writer.texts.all, words]) {
    out.number(texts.length);
    for (const text of texts) out.text(text);
  }
  out.number(lists.flat().reduce((sum, rule) => sum + rule.program.code.length, 0));
  for (const name of kColumns) out.number(writer.columns[name].all.length);
  for (const name of kColumns) out.all.push(...writer.columns[name].all);
  return Uint8Array.from(out.all);
}
