// Writes a rule set as one flat run of bytes, which the core takes as a view
// (shared/enrich/rule_set.h describes it). What the core can work out is left out, and what is often
// used has a low number: the blob is made to be compressed. The same rules give the same bytes.

import { Op, u16 } from "./program.ts";
import { kAll, kEnd } from "./regex.ts";
import type { Rule, RuleSet } from "./rules.ts";

const kClassBytes = 17;
/** Turns runs of zeros into others: binaryen cuts the module's data at zeros, which costs more. */
const kClassMask = 0x55n;
/** The core keeps a bit for each 64 rules in a word of 64 bits. */
const kRulesMax = 4096;

// What stands in a program's source beside the instructions (shared/enrich/rule_unpack.cpp).
/** A choice or an optional part ends. */
const kClose = 19;
/** A text with its number of bytes before it. */
const kCounted = 20;
const kSave = 0x80;
const kRun = 0xa0;

/** The columns, in the order in which they are written. */
const kColumns = [
  "flags",
  "places",
  "trigger",
  "ends",
  "needs",
  "references",
  "programs",
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
    if (text.includes("\0")) throw new Error("a text with a zero in it");
    this.all.push(...Buffer.from(text, "utf8"), 0);
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

/** Classes by how often they are named; 0 and 1 keep their numbers. */
class ClassNumbers {
  readonly #idOf: (set: bigint) => number;
  readonly #uses: number[];
  #numbers: number[];

  constructor(count: number, idOf: (set: bigint) => number) {
    this.#idOf = idOf;
    this.#uses = Array.from({ length: count }, (_, id) => (id < 2 ? Infinity : 0));
    this.#numbers = Array.from({ length: count }, (_, id) => id);
  }
  of(id: number): number {
    this.#uses[id] = (this.#uses[id] as number) + 1;
    return this.#numbers[id] as number;
  }
  ofSet(set: bigint): number {
    return this.of(this.#idOf(set));
  }
  /** Numbers the classes by how often they were asked for, and gives those that were. */
  settle(): number[] {
    const uses = (id: number): number => this.#uses[id] as number;
    const order = this.#uses.map((_, id) => id).filter((id) => uses(id) > 0);
    order.sort((a, b) => uses(b) - uses(a) || a - b);
    order.forEach((id, number) => (this.#numbers[id] = number));
    return order;
  }
}

class Writer {
  readonly columns = Object.fromEntries(kColumns.map((name) => [name, new Bytes()])) as Record<
    Column,
    Bytes
  >;
  readonly texts = new Texts();
  readonly #classes: ClassNumbers;

  constructor(classes: ClassNumbers) {
    this.#classes = classes;
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
        (trigger && trigger.max > 0 ? 64 : 0) |
        (rule.needs > 0 ? 128 : 0),
    );
    if (trigger) {
      this.#put("places", trigger.places.length);
      for (const { offset, depth } of trigger.places) this.#put("places", offset, depth);
    }
    if (trigger && trigger.max > 0) {
      this.#put("trigger", trigger.min, Math.min(trigger.max, 0xffff));
      this.#put("trigger", this.#classes.ofSet(trigger.set));
    }
    if (startMax) this.#put("ends", rule.startMax);
    if (rule.last !== everything) this.#put("ends", this.#classes.ofSet(rule.last));
    if (rule.needs > 0) this.#put("needs", rule.needs);
    for (const replacement of rule.replacements) this.#reference(replacement);
  }

  /** A text that is named for the first time is 0, none is 1: the common one makes no run of zeros. */
  #reference(text: string | undefined): void {
    const known = this.texts.all.length;
    const id = this.texts.id(text);
    this.#put("references", id === 0 ? 1 : id > known ? 0 : id + 1);
  }

  /** A text stands as it is: no instruction is a letter. */
  #program(code: readonly number[], start: number, end: number): void {
    const source = this.columns.programs;
    const short = (at: number): number => (code[at] as number) | ((code[at + 1] as number) << 8);
    let behindText = false;
    for (let pc = start; pc < end; ) {
      const op = code[pc] as number;
      const n = code[pc + 1] as number;
      const wasText = behindText;
      behindText = op === Op.text || op === Op.byte;
      if (behindText) {
        const bytes = op === Op.text ? code.slice(pc + 2, pc + 2 + n) : [n];
        if (!wasText && bytes.every((byte) => byte >= 0x20 && byte < 0x80)) {
          source.all.push(...bytes);
        } else {
          source.all.push(kCounted, bytes.length, ...bytes);
          behindText = false;
        }
        pc += op === Op.text ? 2 + n : 2;
      } else if (op === Op.save) {
        source.all.push(kSave + n);
        pc += 2;
      } else if (op === Op.run || op === Op.run_only || op === Op.run_lazy) {
        this.#run(op, short(pc + 1), code[pc + 5] as number, short(pc + 6));
        pc += 8;
      } else {
        source.all.push(op);
        pc = this.#operands(op, code, pc);
      }
    }
  }

  /** Most runs have one of three bounds. */
  #run(op: number, set: number, min: number, max: number): void {
    const source = this.columns.programs;
    const endless = max === 0xffff;
    const bounds = endless && min < 2 ? min : min === 0 && max === 1 ? 2 : 3;
    source.all.push(kRun + 4 * (op - Op.run) + bounds);
    source.number(this.#classes.of(set));
    if (bounds === 3) {
      source.number(min);
      source.number((max + 1) & 0xffff);
    }
  }

  /** What follows an instruction without text; gives where it ends in the code. */
  #operands(op: number, code: readonly number[], pc: number): number {
    const source = this.columns.programs;
    const short = (at: number): number => (code[at] as number) | ((code[at + 1] as number) << 8);
    const n = code[pc + 1] as number;
    switch (op) {
      case Op.class:
        source.number(this.#classes.of(short(pc + 1)));
        return pc + 3;
      case Op.choose:
      case Op.choose_byte:
        return this.#choice(code, pc);
      case Op.optional:
      case Op.optional_lazy: {
        const past = pc + 7 + short(pc + 5);
        this.#program(code, pc + 7, past);
        source.all.push(kClose);
        return past;
      }
      case Op.jump:
      case Op.back:
        return pc + 3;
      case Op.not_ahead:
      case Op.not_behind:
        source.all.push(...code.slice(pc + 1, pc + 2 + n));
        return pc + 2 + n;
      default:
        return pc + 1;
    }
  }

  /** Each part but the last ends with a jump past the last. */
  #choice(code: readonly number[], pc: number): number {
    const source = this.columns.programs;
    const short = (at: number): number => (code[at] as number) | ((code[at + 1] as number) << 8);
    const n = code[pc + 1] as number;
    const bytes = code[pc] === Op.choose_byte;
    const parts = pc + 2 + (bytes ? 3 : 4) * n;
    const forward = (i: number): number => short(pc + 2 + (bytes ? n + 2 * i : 4 * i + 2));
    if (n < 2) throw new Error("a choice of one");
    source.all.push(n);
    const past = parts + forward(1) + short(parts + forward(1) - 2);
    for (let i = 0; i < n; ++i) {
      const end = i + 1 < n ? parts + forward(i + 1) : past;
      this.#program(code, parts + forward(i), end);
    }
    source.all.push(kClose);
    return past;
  }
}

export function writeBlob(rules: RuleSet): Uint8Array {
  const { classes, lists, words } = rules;
  if (lists.flat().length > kRulesMax) throw new Error("too many rules");
  const numbers = new ClassNumbers(classes.sets.length, (set) => classes.id(set));
  const write = (): Writer => {
    const writer = new Writer(numbers);
    for (const rule of lists.flat()) writer.rule(rule);
    return writer;
  };
  // Once to see which classes are named, and how often.
  write();
  const used = numbers.settle();
  const writer = write();
  const out = new Bytes();
  out.all.push(...Buffer.from("UAR3", "latin1"));
  for (const list of lists) out.number(list.length);
  out.number(used.length);
  for (const id of used) {
    const set = classes.sets[id] as bigint;
    for (let i = 0; i < kClassBytes; ++i) out.all.push(Number(((set >> BigInt(8 * i)) & 255n) ^ kClassMask));
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
