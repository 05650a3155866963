// Which texts wake a rule. A rule is tried only where one of its trigger's texts stands, so the
// trigger is a place that every match passes, spelled out as the texts that can stand there. The
// core spells them again from the program when it starts (shared/enrich/rule_index.cpp): both walks
// follow the same rule, and the choice made here is stored as an offset and a depth.

import type { Classes, Cut, Program } from "./program.ts";
import { Op } from "./program.ts";
import { bit, bytesOf } from "./regex.ts";
import type { TypicalUserAgent } from "./typical.ts";
import { kTypicalUserAgents } from "./typical.ts";

export interface Trigger {
  places: Place[];
  texts: string[];
  /** Bytes that a match has before its text, over all places and texts. */
  min: number;
  max: number;
  set: bigint;
  /** Runs of the rule an agent, roughly. */
  price: number;
}

/** Where spelling begins, and how. */
export interface Place {
  offset: number;
  /**
   * A text of at least this many bytes is not continued into alternatives. With kSkip added, runs
   * and large classes before a text are stepped over.
   */
  depth: number;
}

interface Spelled {
  texts: string[];
  /** Bytes stepped over. */
  min: number;
  max: number;
  set: bigint;
}

interface Offer {
  place: Place;
  cut: Cut;
  texts: string[];
  price: number;
}

export const kSkip = 16;
export const kTextBytesMax = 8;
const kDepths = [3, 5, 8, 3 + kSkip, 5 + kSkip, 8 + kSkip];
const kTextsMax = 600;

/** The texts that begin at a place of a program, or undefined when there is no use in them. */
export function spell(
  code: readonly number[],
  place: Place,
  classes: Classes,
): Spelled | undefined {
  const found: Spelled = { texts: [], min: Infinity, max: 0, set: 0n };
  const depth = place.depth % kSkip;
  const skips = place.depth >= kSkip;
  const short = (at: number): number => (code[at] as number) | ((code[at + 1] as number) << 8);
  const walk = (start: number, before: string, min: number, max: number): boolean => {
    let pc = start;
    let text = before;
    const take = (whole: string): boolean => {
      found.min = Math.min(found.min, min);
      found.max = Math.max(found.max, max);
      return found.texts.push(whole) <= kTextsMax && whole !== "" && whole[0] !== "\0";
    };
    const stop = (): boolean => take(text);
    const each = (set: bigint, next: (longer: string) => boolean): boolean => {
      const bytes = bytesOf(set);
      if (bytes.length > spelledMax(text.length, depth)) return stop();
      return bytes.every((byte) => next(text + String.fromCharCode(byte)));
    };
    const skip = (set: bigint, least: number, most: number): void => {
      found.set |= set;
      min += least;
      max = most === 0xffff ? Infinity : max + most;
    };
    for (;;) {
      if (text.length >= kTextBytesMax) return stop();
      const op = code[pc] as number;
      if (op === Op.text) {
        const n = code[pc + 1] as number;
        text += String.fromCharCode(...code.slice(pc + 2, pc + 2 + n));
        text = text.slice(0, kTextBytesMax);
        pc += 2 + n;
      } else if (op === Op.byte) {
        text += String.fromCharCode(code[pc + 1] as number);
        pc += 2;
      } else if (op === Op.save) {
        pc += 2;
      } else if (op === Op.boundary || op === Op.start) {
        pc += 1;
      } else if (op === Op.jump) {
        pc += 3 + short(pc + 1);
      } else if (op === Op.back) {
        pc += 3 - short(pc + 1);
      } else if (op === Op.class) {
        const set = classes.sets[short(pc + 1)] as bigint;
        if (skips && text === "" && bytesOf(set).length > spelledMax(0, depth)) {
          skip(set, 1, 1);
          pc += 3;
        } else {
          return each(set, (longer) => walk(pc + 3, longer, min, max));
        }
      } else if (op === Op.end) {
        // Zeros stand behind the text, and nowhere in it.
        text += "\0\0";
        return stop();
      } else if (op === Op.run || op === Op.run_only || op === Op.run_lazy) {
        const set = classes.sets[short(pc + 1)] as bigint;
        const most = short(pc + 6);
        if (skips && text === "") {
          skip(set, code[pc + 5] as number, most);
          pc += 8;
        } else if (code[pc + 5] === 0 && bytesOf(set).length > spelledMax(text.length, depth)) {
          return stop();
        } else {
          const next = most === 1 ? (longer: string) => walk(pc + 8, longer, min, max) : take;
          return (code[pc + 5] !== 0 || walk(pc + 8, text, min, max)) && each(set, next);
        }
      } else if (op === Op.optional || op === Op.optional_lazy) {
        if (text.length >= depth) return stop();
        return walk(pc + 7, text, min, max) && walk(pc + 7 + short(pc + 5), text, min, max);
      } else if (op === Op.choose || op === Op.choose_byte) {
        if (text.length >= depth) return stop();
        const n = code[pc + 1] as number;
        const table = pc + 2 + (op === Op.choose ? 2 : n);
        const step = op === Op.choose ? 4 : 2;
        const parts = op === Op.choose ? pc + 2 + 4 * n : table + 2 * n;
        for (let i = 0; i < n; ++i) {
          if (!walk(parts + short(table + step * i), text, min, max)) return false;
        }
        return true;
      } else {
        return stop();
      }
    }
  };
  return walk(place.offset, "", 0, 0) && found.texts.length <= kTextsMax ? found : undefined;
}

/** Short texts are worth more alternatives: two bytes alone stand in half of all agents. */
function spelledMax(bytes: number, depth: number): number {
  if (bytes >= depth) return 0;
  return bytes === 0 ? 4 : bytes === 1 ? 12 : bytes === 2 ? 64 : 4;
}

/** Whether an agent has one of the texts, behind a byte that may stand there. */
export function wakes(
  agent: TypicalUserAgent,
  { min, set }: { min: number; set: bigint },
  texts: readonly string[],
  fold: boolean,
): boolean {
  const all = `${fold ? agent.lower : agent.text}\0\0`;
  const stands = (at: number): boolean => min === 0 || (set & bit(all.charCodeAt(at - 1))) !== 0n;
  return texts.some((text) => {
    let at = all.indexOf(text);
    while (at >= 0 && at < min) at = all.indexOf(text, at + 1);
    while (at >= 0 && !stands(at)) at = all.indexOf(text, at + 1);
    return at >= 0;
  });
}

/** How many runs of the rule an agent costs, roughly: lower is better. */
function cost(cut: Cut, texts: readonly string[], fold: boolean): number {
  const window = Math.min(cut.max - cut.min, 200);
  const run = 1 + window / (bytesOf(cut.set).length > 90 ? 60 : 100);
  const bytes = texts.filter((text) => text.length === 1);
  let frequency = 0;
  for (const agent of kTypicalUserAgents) {
    if (wakes(agent, cut, texts, fold)) frequency += agent.weight;
    // A byte alone stands at many places of an agent that has it.
    if (bytes.some((byte) => agent.text.includes(byte))) return Infinity;
  }
  let unseen = 0;
  let entries = 0;
  for (const text of texts) {
    unseen += [0, 0.1, 0.01, 0.001][text.length] ?? 0.0001;
    entries += text.length === 1 ? 130 : 1;
  }
  return (frequency + unseen) * run + entries * 0.0002;
}

function bestOffer(
  cuts: readonly Cut[],
  code: readonly number[],
  classes: Classes,
  fold: boolean,
): Offer | undefined {
  let best: Offer | undefined;
  for (const cut of cuts) {
    for (const depth of kDepths) {
      const place = { offset: cut.offset, depth };
      const spelled = spell(code, place, classes);
      if (!spelled || spelled.texts.length === 0) continue;
      const { texts, min, max, set } = spelled;
      const wider = { offset: 0, min: cut.min + min, max: cut.max + max, set: cut.set | set };
      const price = cost(wider, texts, fold);
      if (price < (best?.price ?? Infinity)) best = { place, cut: wider, texts, price };
    }
  }
  return best;
}

/** The best place that every match passes, or the best ones of a choice that every match passes. */
export function chooseTrigger(
  { code, cuts, forks }: Program,
  classes: Classes,
  fold: boolean,
): Trigger | undefined {
  const whole = bestOffer(cuts, code, classes, fold);
  let best = whole ? [whole] : [];
  const priceOf = (offers: readonly Offer[]): number =>
    offers.length === 0 ? Infinity : offers.reduce((sum, offer) => sum + offer.price, 0);
  for (const fork of forks) {
    if (fork.length > 8) continue;
    const offers = fork.map((branch) => bestOffer(branch, code, classes, fold));
    if (offers.some((offer) => !offer)) continue;
    if (priceOf(offers as Offer[]) < priceOf(best) * 0.8) best = offers as Offer[];
  }
  if (best.length === 0) return undefined;
  return {
    places: best.map((offer) => offer.place),
    texts: best.flatMap((offer) => offer.texts),
    min: Math.min(...best.map((offer) => offer.cut.min)),
    max: Math.max(...best.map((offer) => offer.cut.max)),
    set: best.reduce((all, offer) => all | offer.cut.set, 0n),
    price: priceOf(best),
  };
}
