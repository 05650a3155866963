// Regular expressions as the user-agent rules use them, parsed to a tree. Text is bytes 1 to 127 and
// three stand-ins for characters beyond ASCII; a set of bytes is a bigint with a bit for each.
// A construct outside the list below is an error with its place: a rule must never mean less than
// its author wrote.

export type Node =
  | { kind: "class"; set: bigint }
  | { kind: "sequence"; items: Node[] }
  | { kind: "choice"; branches: Node[] }
  | { kind: "repeat"; body: Node; min: number; max: number; lazy: boolean }
  | { kind: "group"; index: number; body: Node }
  | { kind: "start" }
  | { kind: "end" }
  | { kind: "boundary" }
  /** A fixed text must not stand ahead (or behind). */
  | { kind: "not_ahead" | "not_behind"; texts: string[] };

export interface Parsed {
  root: Node;
  groups: number;
}

export interface RegexOptions {
  /** Case does not count: the program reads lower-cased text. */
  fold: boolean;
  /** Negative look-around of fixed texts is taken; rules of uap-core have none and may not. */
  lookAround: boolean;
}

// What text is made of. 0 is its end and in no class.
export const kBytes = 131;
export const kOther = 128; // a character beyond ASCII
export const kSpace = 129; // ... that \s takes
export const kLineEnd = 130; // U+2028, U+2029: \s takes them and . does not
export const kAll = (1n << BigInt(kBytes)) - 2n;
export const kEnd = 1n;

export function bit(byte: number): bigint {
  return 1n << BigInt(byte);
}
export function setOf(text: string): bigint {
  let set = 0n;
  for (const c of text) set |= bit(c.charCodeAt(0));
  return set;
}
export function bytesOf(set: bigint): number[] {
  const bytes: number[] = [];
  for (let byte = 0; byte < kBytes; ++byte) if ((set >> BigInt(byte)) & 1n) bytes.push(byte);
  return bytes;
}
/** The one byte of a set, or -1. */
export function onlyByte(set: bigint): number {
  return set !== 0n && (set & (set - 1n)) === 0n ? set.toString(2).length - 1 : -1;
}

const kDigits = setOf("0123456789");
const kUpper = setOf("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
const kLower = kUpper << 32n;
const kWord = kDigits | kUpper | kLower | setOf("_");
const kBlanks = setOf("\t\n\v\f\r ") | bit(kSpace) | bit(kLineEnd);
export const kDot = kAll & ~(setOf("\n\r") | bit(kLineEnd));
const kClassEscapes: Readonly<Record<string, bigint>> = {
  d: kDigits,
  D: kAll & ~kDigits,
  s: kBlanks,
  S: kAll & ~kBlanks,
  w: kWord,
  W: kAll & ~kWord,
};

class Parser {
  readonly #text: string;
  readonly #options: RegexOptions;
  #at = 0;
  #groups = 0;

  constructor(text: string, options: RegexOptions) {
    this.#text = text;
    this.#options = options;
  }

  parse(): Parsed {
    const root = this.#choice();
    if (this.#at < this.#text.length) this.#fail("an unexpected )");
    return { root, groups: this.#groups };
  }

  #fail(what: string): never {
    throw new Error(`${what} at ${this.#at} of /${this.#text}/`);
  }

  #try(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #next(): string {
    const c = this.#text[this.#at++];
    if (c === undefined) this.#fail("an unfinished expression");
    if (c > "\x7f" || c === "\0") this.#fail("a byte that is not ASCII");
    return c;
  }

  #choice(): Node {
    const branches = [this.#sequence()];
    while (this.#try("|")) branches.push(this.#sequence());
    return branches.length === 1 ? (branches[0] as Node) : { kind: "choice", branches };
  }

  #sequence(): Node {
    const items: Node[] = [];
    while (this.#at < this.#text.length && !"|)".includes(this.#text[this.#at] as string)) {
      items.push(this.#quantified(this.#atom()));
    }
    return { kind: "sequence", items };
  }

  #quantified(body: Node): Node {
    const bounds = this.#bounds();
    if (!bounds) return body;
    if (!["class", "group", "sequence", "choice"].includes(body.kind)) {
      this.#fail("a quantifier of an assertion");
    }
    const lazy = this.#try("?");
    const again = this.#text[this.#at];
    if (again !== undefined && "*+?".includes(again)) this.#fail("a quantifier of a quantifier");
    return { kind: "repeat", body, min: bounds[0], max: bounds[1], lazy };
  }

  #bounds(): [number, number] | undefined {
    if (this.#try("*")) return [0, Infinity];
    if (this.#try("+")) return [1, Infinity];
    if (this.#try("?")) return [0, 1];
    const counted = /^\{(\d+)(,?)(\d*)\}/.exec(this.#text.slice(this.#at));
    if (!counted) return undefined;
    this.#at += counted[0].length;
    const min = Number(counted[1]);
    const max = counted[2] === "" ? min : counted[3] === "" ? Infinity : Number(counted[3]);
    if (max < min) this.#fail("bounds in the wrong order");
    return [min, max];
  }

  #atom(): Node {
    if (this.#try("(")) return this.#group();
    const c = this.#next();
    if (c === "[") return { kind: "class", set: this.#set() };
    if (c === ".") return { kind: "class", set: kDot };
    if (c === "^") return { kind: "start" };
    if (c === "$") return { kind: "end" };
    if (c === "\\") return this.#escape();
    if ("*+?".includes(c)) this.#fail("a quantifier of nothing");
    return { kind: "class", set: this.#folded(bit(c.charCodeAt(0))) };
  }

  #escape(): Node {
    const c = this.#next();
    if (c === "b") return { kind: "boundary" };
    return { kind: "class", set: this.#folded(this.#escapedSet(c)) };
  }

  #escapedSet(c: string): bigint {
    const set = kClassEscapes[c];
    if (set !== undefined) return set;
    if (/[1-9]/.test(c)) this.#fail("a back-reference");
    if (/[A-Za-z0-9]/.test(c)) this.#fail(`an unknown escape \\${c}`);
    return bit(c.charCodeAt(0));
  }

  #group(): Node {
    if (this.#try("?:")) return this.#closed(this.#choice());
    if (this.#try("?!")) return this.#look("not_ahead");
    if (this.#try("?<!")) return this.#look("not_behind");
    if (this.#try("?")) this.#fail("a look-around or another unknown group (?");
    const index = ++this.#groups;
    return this.#closed({ kind: "group", index, body: this.#choice() });
  }

  #closed(node: Node): Node {
    if (!this.#try(")")) this.#fail("a group without its end");
    return node;
  }

  #look(kind: "not_ahead" | "not_behind"): Node {
    if (!this.#options.lookAround) this.#fail("a look-around");
    const texts = fixedTexts(this.#closed(this.#choice()));
    if (!texts) this.#fail("a look-around of more than fixed texts");
    return { kind, texts };
  }

  #set(): bigint {
    const negative = this.#try("^");
    let set = 0n;
    while (!this.#try("]")) set |= this.#setPart();
    set = this.#bothCases(set);
    if (negative) set = kAll & ~set;
    return this.#options.fold ? set & ~kUpper : set;
  }

  /** A byte, a class escape or a range. A `-` beside a class escape is itself. */
  #setPart(): bigint {
    const [from, fromClass] = this.#setAtom();
    const tail = this.#text.slice(this.#at, this.#at + 2);
    if (fromClass || !tail.startsWith("-") || tail === "-]") return from;
    this.#at += 1;
    const [to, toClass] = this.#setAtom();
    if (toClass) return from | bit("-".charCodeAt(0)) | to;
    if (to < from) this.#fail("a range in the wrong order");
    return (to << 1n) - from;
  }

  #setAtom(): [bigint, boolean] {
    const c = this.#next();
    if (c !== "\\") return [bit(c.charCodeAt(0)), false];
    const escaped = this.#next();
    if (escaped === "b") this.#fail("a backspace");
    return [this.#escapedSet(escaped), escaped in kClassEscapes];
  }

  #bothCases(set: bigint): bigint {
    if (!this.#options.fold) return set;
    return set | ((set & kUpper) << 32n) | ((set & kLower) >> 32n);
  }

  #folded(set: bigint): bigint {
    return this.#options.fold ? this.#bothCases(set) & ~kUpper : set;
  }
}

/** The texts of a choice of fixed texts. */
function fixedTexts(node: Node): string[] | undefined {
  if (node.kind === "choice") {
    const all = node.branches.map(fixedTexts);
    return all.some((texts) => !texts) ? undefined : (all as string[][]).flat();
  }
  const items = node.kind === "sequence" ? node.items : [node];
  if (items.length === 1 && items[0] !== undefined && items[0].kind !== "class") {
    return items[0].kind === "choice" || items[0].kind === "sequence"
      ? fixedTexts(items[0])
      : undefined;
  }
  const bytes = items.map((item) => (item.kind === "class" ? onlyByte(item.set) : -1));
  return bytes.includes(-1) ? undefined : [String.fromCharCode(...bytes)];
}

export function parseRegex(text: string, options: RegexOptions): Parsed {
  return new Parser(text, options).parse();
}
