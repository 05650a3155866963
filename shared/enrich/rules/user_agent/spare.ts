// What spares tries: a rule that a text has woken is not tried where a word is absent that each of
// its matches holds, nor, if it matches at the start only, where the text begins as most do.

import type { Node } from "./regex.ts";
import { bit } from "./regex.ts";
import type { Program } from "./program.ts";
import { Op } from "./program.ts";
import type { Rule } from "./rules.ts";
import { itemsOf } from "./simplify.ts";
import { kTextBytesMax, wakes } from "./trigger.ts";
import { kTypicalUserAgents } from "./typical.ts";

/** How most agents begin; the core looks for the same (shared/enrich/rule_index.cpp). */
export const kOpener = "Mozilla/5.0 (";
const kWordsMax = 32;
/** Tries that pay for finding a word. */
const kTriesPerWord = 0.2;

/** Fixed texts that every match holds, as the index takes them. */
export function literalsOf({ code, cuts }: Program): string[] {
  return cuts.flatMap(({ offset }) => {
    if (code[offset] !== Op.text) return [];
    const bytes = code.slice(offset + 2, offset + 2 + (code[offset + 1] as number));
    const text = String.fromCharCode(...bytes).slice(0, kTextBytesMax);
    return text.length < 3 ? [] : [text];
  });
}

interface Saving {
  gain: number;
  /** The tries that the word's absence spares, as numbers. */
  tries: Set<number>;
}

/** Picks the words, and says to each rule which of them it needs. */
export function chooseWords(rules: readonly Rule[]): string[] {
  const savings = new Map<string, Saving>();
  const weights: number[] = [];
  for (const rule of rules) {
    const { trigger } = rule;
    if (rule.fold || !trigger) continue;
    for (const agent of kTypicalUserAgents) {
      if (!wakes(agent, trigger, trigger.texts, false)) continue;
      const number = weights.push(agent.weight) - 1;
      for (const literal of rule.literals) {
        if (agent.text.includes(literal)) continue;
        const saving = savings.get(literal) ?? { gain: 0, tries: new Set() };
        savings.set(literal, saving);
        saving.tries.add(number);
      }
    }
  }
  const words: string[] = [];
  while (words.length < kWordsMax) {
    for (const [word, saving] of savings) saving.gain = worth(word, saving, weights);
    const [best] = [...savings].sort((a, b) => b[1].gain - a[1].gain);
    if (!best || best[1].gain <= 0) break;
    words.push(best[0]);
    for (const number of best[1].tries) weights[number] = 0;
  }
  for (const rule of rules) {
    if (rule.fold) continue;
    words.forEach((word, i) => {
      if (rule.literals.includes(word)) rule.needs += 2 ** i;
    });
  }
  return words;
}

function worth(word: string, { tries }: Saving, weights: readonly number[]): number {
  let gain = 0;
  for (const number of tries) gain += weights[number] as number;
  for (const { text, weight } of kTypicalUserAgents) {
    if (text.includes(word)) gain -= weight * kTriesPerWord;
  }
  return gain;
}

/** Whether items may match a text that begins with `opener`, from a place in it on. */
export function mayMatch(
  items: readonly Node[],
  opener: string,
  at = 0,
  then: (at: number) => boolean = () => true,
): boolean {
  const [item, ...rest] = items;
  if (at >= opener.length) return true;
  if (!item) return then(at);
  const onward = (next: number): boolean => mayMatch(rest, opener, next, then);
  switch (item.kind) {
    case "class":
      return (item.set & bit(opener.charCodeAt(at))) !== 0n && onward(at + 1);
    case "sequence":
      return mayMatch(item.items, opener, at, onward);
    case "group":
      return mayMatch(itemsOf(item.body), opener, at, onward);
    case "choice":
      return item.branches.some((branch) => mayMatch(itemsOf(branch), opener, at, onward));
    case "repeat": {
      const again = (next: number, times: number): boolean =>
        (times >= item.min && onward(next)) ||
        (times < item.max &&
          mayMatch(
            itemsOf(item.body),
            opener,
            next,
            (end) => end > next && again(end, times + 1),
          ));
      return again(at, 0);
    }
    case "start":
      return at === 0 && onward(at);
    case "end":
      return false;
    default:
      return onward(at);
  }
}
