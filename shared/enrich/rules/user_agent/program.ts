// A rule's tree as bytes for the matcher (shared/enrich/rule_program.h lists the instructions).

import type { Node } from "./regex.ts";
import { kAll, kDot, kEnd, onlyByte } from "./regex.ts";
import { firstOf, firstOfItems, itemsOf } from "./simplify.ts";

export const Op = {
  match: 0,
  text: 1, // n, bytes
  byte: 2, // byte
  class: 3, // class16
  run: 4, // class16 next16 min8 max16: as much as it can, gives back
  run_only: 5, // the same, and never gives back
  run_lazy: 6, // the same, as little as it can
  save: 7, // slot
  choose: 8, // n, n * (first16, forward16)
  choose_byte: 9, // n, n * byte, n * forward16: no two begin alike
  optional: 10, // first16 next16 forward16
  optional_lazy: 11, // first16 next16 forward16
  jump: 12, // forward16
  back: 13, // back16
  start: 14,
  end: 15,
  boundary: 16,
  not_ahead: 17, // bytes of the list, n, n * (n, bytes)
  not_behind: 18,
} as const;

/** In place of the classes of what follows (next16, first16): the core works them out. */
const kFollowing = [0, 0];

/**
 * Sets of bytes by number, shared by all rules. Number 0 takes everything, the end too; number 1
 * is the dot.
 */
export class Classes {
  readonly sets: bigint[] = [kAll | kEnd, kDot];
  readonly #ids = new Map<bigint, number>([
    [kAll | kEnd, 0],
    [kDot, 1],
  ]);

  id(set: bigint): number {
    let id = this.#ids.get(set);
    if (id === undefined) {
      id = this.sets.length;
      if (id > 0xffff) throw new Error("too many classes");
      this.sets.push(set);
      this.#ids.set(set, id);
    }
    return id;
  }
}

export interface Program {
  code: number[];
  /** Offsets at which every match passes, with what of the rule stands before. */
  cuts: Cut[];
  /** For choices that every match passes: the places that every match of each branch passes. */
  forks: Cut[][][];
}

export interface Cut {
  offset: number;
  /** Bytes that a match has before the cut, and which ones they may be. */
  min: number;
  max: number;
  set: bigint;
}

class Emitter {
  readonly code: number[] = [];
  readonly cuts: Cut[] = [];
  readonly forks: Cut[][][] = [];
  readonly #classes: Classes;
  #before: Cut = { offset: 0, min: 0, max: 0, set: 0n };

  constructor(classes: Classes, before?: Cut) {
    this.#classes = classes;
    if (before) this.#before = before;
  }

  /** Emits items whose continuation begins with `follow`; `spine` when every match passes here. */
  items(items: readonly Node[], follow: bigint, spine: boolean): void {
    for (let i = 0; i < items.length; ) {
      if (spine) this.cuts.push({ ...this.#before, offset: this.code.length });
      const bytes = textAt(items, i);
      if (bytes.length > 0) {
        this.#text(bytes);
        i += bytes.length;
        if (spine) this.#grow(bytes.length, bytes.length, items.slice(i - bytes.length, i));
        continue;
      }
      const item = items[i++] as Node;
      this.#item(item, this.#after(items, i, follow), spine);
      if (spine && item.kind !== "group") {
        const { min, max } = lengthOf(item);
        this.#grow(min, max, [item]);
      }
    }
  }

  #grow(min: number, max: number, nodes: readonly Node[]): void {
    const set = nodes.reduce((all, node) => all | alphabetOf(node), this.#before.set);
    const before = this.#before;
    this.#before = { offset: 0, min: before.min + min, max: before.max + max, set };
  }

  #after(items: readonly Node[], at: number, follow: bigint): bigint {
    const { set, empty } = firstOfItems(items.slice(at));
    return empty ? set | follow : set;
  }

  #text(bytes: number[]): void {
    if (bytes.length === 1) this.code.push(Op.byte, bytes[0] as number);
    else this.code.push(Op.text, bytes.length, ...bytes);
  }

  #item(node: Node, follow: bigint, spine: boolean): void {
    switch (node.kind) {
      case "class":
        this.code.push(Op.class, ...this.#class(node.set));
        return;
      case "sequence":
        this.items(node.items, follow, false);
        return;
      case "group":
        this.code.push(Op.save, 2 * node.index);
        this.items(itemsOf(node.body), follow, spine);
        this.code.push(Op.save, 2 * node.index + 1);
        return;
      case "choice":
        this.#choice(node.branches, follow, spine);
        return;
      case "repeat":
        this.#repeat(node, follow);
        return;
      case "start":
        this.code.push(Op.start);
        return;
      case "end":
        this.code.push(Op.end);
        return;
      case "boundary":
        this.code.push(Op.boundary);
        return;
      default:
        this.#look(node.kind, node.texts);
    }
  }

  #class(set: bigint): [number, number] {
    return u16(this.#classes.id(set));
  }

  #repeat(node: Node & { kind: "repeat" }, follow: bigint): void {
    if (node.body.kind === "class") return this.#run(node.body.set, node, follow);
    const again = node.max === Infinity;
    const body = this.#part(node.body, again ? follow | firstOf(node.body).set : follow);
    // Back over the jump, the body and the test before it.
    if (again) body.push(Op.back, ...u16(body.length + 3 + 7));
    const op = node.lazy ? Op.optional_lazy : Op.optional;
    this.code.push(op, ...kFollowing, ...kFollowing, ...u16(body.length), ...body);
  }

  #run(set: bigint, node: Node & { kind: "repeat" }, follow: bigint): void {
    const max = node.max === Infinity ? 0xffff : node.max;
    if (node.min > 255 || (max !== 0xffff && max > 4096)) throw new Error("a bound too high");
    // Where no byte of the run can begin what follows, giving back a byte cannot help.
    const only = (set & follow) === 0n;
    const op = node.lazy ? Op.run_lazy : only ? Op.run_only : Op.run;
    this.code.push(op, ...this.#class(set), ...kFollowing, node.min, ...u16(max));
  }

  /** The code of a node alone, to be placed behind a test. */
  #part(node: Node, follow: bigint): number[] {
    const emitter = new Emitter(this.#classes);
    emitter.items(itemsOf(node), follow, false);
    return emitter.code;
  }

  #choice(branches: readonly Node[], follow: bigint, spine: boolean): void {
    const heads = branches.map((branch) => itemsOf(branch)[0]);
    const bytes = heads.map((head) => (head?.kind === "class" ? onlyByte(head.set) : -1));
    const emitters = branches.map((branch) => {
      const emitter = new Emitter(this.#classes, this.#before);
      emitter.items(itemsOf(branch), follow, spine);
      return emitter;
    });
    const parts = emitters.map((emitter) => emitter.code);
    // The last part runs into what follows, the others jump there.
    for (let i = parts.length - 2, past = (parts.at(-1) as number[]).length; i >= 0; --i) {
      const part = parts[i] as number[];
      part.push(Op.jump, ...u16(past));
      past += part.length;
    }
    if (parts.length > 255) throw new Error("too many alternatives");
    const starts: number[] = [];
    for (let at = 0, i = 0; i < parts.length; at += (parts[i++] as number[]).length) starts.push(at);
    if (!bytes.includes(-1) && new Set(bytes).size === bytes.length) {
      this.code.push(Op.choose_byte, parts.length, ...bytes);
      for (const start of starts) this.code.push(...u16(start));
    } else {
      this.code.push(Op.choose, parts.length);
      for (const start of starts) this.code.push(...kFollowing, ...u16(start));
    }
    const base = this.code.length;
    for (const part of parts) this.code.push(...part);
    if (!spine) return;
    const moved = (emitter: Emitter, i: number): Cut[] =>
      emitter.cuts.map((cut) => ({ ...cut, offset: cut.offset + base + (starts[i] as number) }));
    this.forks.push(emitters.map(moved));
  }

  #look(kind: "not_ahead" | "not_behind", texts: string[]): void {
    const list = texts.flatMap((text) => [text.length, ...Buffer.from(text, "latin1")]);
    this.code.push(Op[kind], list.length + 1, texts.length, ...list);
  }
}

export function u16(value: number): [number, number] {
  if (value < 0 || value > 0xffff) throw new Error(`${value} does not fit 16 bits`);
  return [value & 255, value >> 8];
}

/** The fixed bytes that stand at items[at] and behind it. */
function textAt(items: readonly Node[], at: number): number[] {
  const bytes: number[] = [];
  for (let i = at; i < items.length && bytes.length < 255; ++i) {
    const item = items[i] as Node;
    const byte = item.kind === "class" ? onlyByte(item.set) : -1;
    if (byte < 0) break;
    bytes.push(byte);
  }
  return bytes;
}

export function lengthOf(node: Node): { min: number; max: number } {
  switch (node.kind) {
    case "class":
      return { min: 1, max: 1 };
    case "group":
      return lengthOf(node.body);
    case "sequence": {
      const parts = node.items.map(lengthOf);
      return {
        min: parts.reduce((sum, part) => sum + part.min, 0),
        max: parts.reduce((sum, part) => sum + part.max, 0),
      };
    }
    case "choice": {
      const parts = node.branches.map(lengthOf);
      return {
        min: Math.min(...parts.map((part) => part.min)),
        max: Math.max(...parts.map((part) => part.max)),
      };
    }
    case "repeat": {
      const { min, max } = lengthOf(node.body);
      return { min: min * node.min, max: max === 0 ? 0 : max * node.max };
    }
    default:
      return { min: 0, max: 0 };
  }
}

/** Every byte that a match of the node may hold. */
export function alphabetOf(node: Node): bigint {
  switch (node.kind) {
    case "class":
      return node.set;
    case "group":
    case "repeat":
      return alphabetOf(node.body);
    case "sequence":
      return node.items.reduce((all, item) => all | alphabetOf(item), 0n);
    case "choice":
      return node.branches.reduce((all, branch) => all | alphabetOf(branch), 0n);
    default:
      return 0n;
  }
}

export function emit(root: Node, classes: Classes): Program {
  const emitter = new Emitter(classes);
  emitter.items(itemsOf(root), kAll | kEnd, true);
  emitter.code.push(Op.match);
  return { code: emitter.code, cuts: emitter.cuts, forks: emitter.forks };
}
