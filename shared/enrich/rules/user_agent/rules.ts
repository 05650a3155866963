// From the published lists to rules: uap-core's three lists, the patterns of crawler-user-agents and
// the alternatives of isbot's pattern.

import type { Program } from "./program.ts";
import { Classes, emit, lengthOf } from "./program.ts";
import type { Node, Parsed } from "./regex.ts";
import { kAll, kDot, kEnd, onlyByte, parseRegex } from "./regex.ts";
import { itemsOf, simplify } from "./simplify.ts";
import { chooseWords, kOpener, literalsOf, mayMatch } from "./spare.ts";
import type { Trigger } from "./trigger.ts";
import { chooseTrigger } from "./trigger.ts";

export interface UapRules {
  user_agent_parsers: Readonly<Record<string, string>>[];
  os_parsers: Readonly<Record<string, string>>[];
  device_parsers: Readonly<Record<string, string>>[];
}

export interface Rule {
  program: Program;
  trigger: Trigger | undefined;
  /** Reads lower-cased text. */
  fold: boolean;
  /** Matches at the text's start only. */
  anchored: boolean;
  /** A match begins at this offset or before it. */
  startMax: number;
  /** What the text's last byte must be, where the rule ends with `$`. */
  last: bigint;
  /** Texts with `$1` ... `$9` in them; undefined for what the groups say. */
  replacements: (string | undefined)[];
  /** Fixed texts that every match holds. */
  literals: string[];
  /** Words of the set without which the rule cannot match, a bit each. */
  needs: number;
  /** Cannot match a text that begins with kOpener. */
  closed: boolean;
}

/** The lists in the order in which the core numbers its rules. */
export interface RuleSet {
  classes: Classes;
  /** Texts whose absence spares most tries. */
  words: string[];
  lists: Rule[][];
}

const kPriceOfLast = 0.2;
const kStartMaxNone = 0xffff;

const kMembers = {
  user_agent: ["family_replacement", "v1_replacement", "v2_replacement", "v3_replacement"],
  os: ["os_replacement", "os_v1_replacement", "os_v2_replacement", "os_v3_replacement"],
  device: ["device_replacement", "brand_replacement", "model_replacement"],
} as const;
const kKnownMembers = new Set<string>([
  ...Object.values(kMembers).flat(),
  ...["regex", "regex_flag", "os_v4_replacement"],
]);

export function buildRules(uap: UapRules, crawlers: readonly string[], isbot: string): RuleSet {
  const classes = new Classes();
  const lists = [
    uap.user_agent_parsers.map((rule) => uapRule(rule, "user_agent", classes)),
    uap.os_parsers.map((rule) => uapRule(rule, "os", classes)),
    uap.device_parsers.map((rule) => uapRule(rule, "device", classes)),
    crawlers.map((pattern) => crawlerRule(pattern, classes)),
    isbot === "" ? [] : isbotRules(isbot, classes),
  ];
  return { classes, words: chooseWords(lists.flat()), lists };
}

function uapRule(
  rule: Readonly<Record<string, string>>,
  list: keyof typeof kMembers,
  classes: Classes,
): Rule {
  for (const member of Object.keys(rule)) {
    if (!kKnownMembers.has(member)) throw new Error(`unknown member ${member} of a rule`);
  }
  const flag = rule["regex_flag"] ?? "";
  if (flag !== "" && flag !== "i") throw new Error(`unknown regex_flag ${flag}`);
  const fold = flag === "i";
  const parsed = parseRegex(rule["regex"] ?? "", { fold, lookAround: false });
  const replacements = kMembers[list].map((member) => rule[member] || undefined);
  return makeRule(parsed, wantedGroups(list, replacements, parsed.groups), fold, replacements, classes);
}

/** The groups that a rule's results are made of. */
function wantedGroups(
  list: keyof typeof kMembers,
  replacements: readonly (string | undefined)[],
  groups: number,
): Set<number> {
  const wanted = new Set<number>();
  replacements.forEach((replacement, i) => {
    if (replacement === undefined) {
      if (list !== "device") wanted.add(i + 1);
      else if (i !== 1) wanted.add(1);
      return;
    }
    // Versions of browsers are taken as they stand.
    if (list === "user_agent" && i > 0) return;
    for (const [, digit] of replacement.matchAll(/\$(\d)/g)) wanted.add(Number(digit));
  });
  for (const index of wanted) if (index > groups) wanted.delete(index);
  return wanted;
}

function crawlerRule(pattern: string, classes: Classes): Rule {
  const parsed = parseRegex(pattern, { fold: false, lookAround: false });
  const endless = lengthOf(parsed.root).max === Infinity;
  const name = endless ? longestText(parsed.root) : undefined;
  return makeRule(parsed, new Set(), false, [name], classes);
}

/** The longest fixed text at the root of a pattern: its name when the matched text has no bound. */
function longestText(root: Node): string {
  const byte = (node: Node): string => {
    const only = node.kind === "class" ? onlyByte(node.set) : -1;
    return only < 0 ? "\n" : String.fromCharCode(only);
  };
  const texts = itemsOf(root).map(byte).join("").split("\n");
  return texts.reduce((best, text) => (text.length > best.length ? text : best), "");
}

/** isbot asks only whether one of its alternatives is found: each is a rule. */
function isbotRules(pattern: string, classes: Classes): Rule[] {
  const parsed = parseRegex(pattern, { fold: true, lookAround: true });
  const branches = parsed.root.kind === "choice" ? parsed.root.branches : [parsed.root];
  return branches.map((root) =>
    makeRule({ root, groups: parsed.groups }, new Set(), true, [], classes),
  );
}

function makeRule(
  parsed: Parsed,
  wanted: ReadonlySet<number>,
  fold: boolean,
  replacements: (string | undefined)[],
  classes: Classes,
): Rule {
  if (parsed.groups > 9) throw new Error("more than nine groups");
  let items = itemsOf(simplify(parsed.root, wanted));
  const floating = floatingStart(items, wanted.size > 0);
  if (floating !== undefined) items = items.slice(2);
  const anchored = items[0]?.kind === "start";
  const program = emit({ kind: "sequence", items }, classes);
  const last = lastOf(items);
  const everything = kAll | kEnd;
  const closed = anchored && !mayMatch(items, fold ? kOpener.toLowerCase() : kOpener);
  return {
    program,
    trigger: triggerOf(program, classes, fold, closed || last !== everything),
    fold,
    anchored,
    startMax: floating ?? kStartMaxNone,
    last,
    replacements,
    literals: literalsOf(program),
    needs: 0,
    closed,
  };
}

/** Where most agents wake a rule, what the text's start or its last byte must be tells more. */
function triggerOf(
  program: Program,
  classes: Classes,
  fold: boolean,
  tellsMore: boolean,
): Trigger | undefined {
  const trigger = chooseTrigger(program, classes, fold);
  const common = trigger !== undefined && trigger.price > kPriceOfLast;
  return common && tellsMore ? undefined : trigger;
}

/**
 * `^.{0,N}?X` finds X where it begins first, at N at most: the bound replaces the walk. The greedy
 * form finds it where it begins last, which is the same when no group is wanted.
 */
function floatingStart(items: readonly Node[], hasGroups: boolean): number | undefined {
  const [start, walk] = items;
  if (start?.kind !== "start" || walk?.kind !== "repeat" || walk.min !== 0) return undefined;
  if (walk.body.kind !== "class" || walk.body.set !== kDot) return undefined;
  if (hasGroups && !walk.lazy) return undefined;
  return Math.min(walk.max, kStartMaxNone - 1);
}

function lastOf(items: readonly Node[]): bigint {
  const [before, end] = items.slice(-2);
  if (end?.kind !== "end" || before === undefined) return kAll | kEnd;
  return before.kind === "class" ? before.set : kAll | kEnd;
}
