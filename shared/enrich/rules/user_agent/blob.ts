// Writes a rule set as one flat run of bytes, which the core takes as a view
// (shared/enrich/rule_set.h describes it). The same rules give the same bytes.

import { u16 } from "./program.ts";
import { kAll, kEnd } from "./regex.ts";
import type { Rule, RuleSet } from "./rules.ts";

const kClassBytes = 17;
/** What the matcher may read behind a program. */
const kPadding = 8;

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

export function writeBlob(rules: RuleSet): Uint8Array {
  const { classes, lists } = rules;
  const texts = new Texts();
  // Number the sets that only the rules' heads name before the sets are written.
  const heads = lists.flat().map((rule) => {
    const head = new Bytes();
    writeHead(rule, (set) => classes.id(set), texts, head);
    return head.all;
  });
  const out = new Bytes();
  out.all.push(...Buffer.from("UAR1", "latin1"));
  for (const list of lists) out.number(list.length);
  out.number(classes.sets.length);
  for (const set of classes.sets) {
    for (let i = 0; i < kClassBytes; ++i) out.all.push(Number((set >> BigInt(8 * i)) & 255n));
  }
  out.number(texts.all.length);
  for (const text of texts.all) out.text(text);
  out.number(rules.words.length);
  for (const word of rules.words) out.text(word);
  for (const head of heads) out.all.push(...head);
  for (const rule of lists.flat()) out.all.push(...rule.program.code);
  out.all.push(...new Array<number>(kPadding).fill(0));
  return Uint8Array.from(out.all);
}

function writeHead(rule: Rule, classOf: (set: bigint) => number, texts: Texts, out: Bytes): void {
  const { trigger, program } = rule;
  const everything = kAll | kEnd;
  u16(program.code.length);
  out.number(program.code.length);
  const flags =
    (rule.fold ? 1 : 0) |
    (rule.anchored ? 2 : 0) |
    (trigger ? 4 : 0) |
    (rule.startMax < 0xffff ? 8 : 0) |
    (rule.last !== everything ? 16 : 0) |
    (rule.closed ? 32 : 0) |
    (rule.needs > 0 ? 64 : 0);
  out.number(flags);
  out.number(classOf(rule.first));
  if (trigger) {
    out.number(trigger.places.length);
    for (const place of trigger.places) {
      out.number(place.offset);
      out.number(place.depth);
    }
    out.number(trigger.min);
    out.number(Math.min(trigger.max, 0xffff));
    out.number(trigger.max === 0 ? 0 : classOf(trigger.set));
  }
  if (rule.startMax < 0xffff) out.number(rule.startMax);
  if (rule.last !== everything) out.number(classOf(rule.last));
  if (rule.needs > 0) out.number(rule.needs);
  for (const replacement of rule.replacements) out.number(texts.id(replacement));
}
