// The core's WASM module, seen from TypeScript: one class a handle kind of
// edge/wasm/collector_abi.h.
//
// Memory: `memory.buffer` is replaced whenever the module grows, so every view is made after the
// call whose result it reads. A shaped request is handed out as views of the module: they hold until
// its next call, and who waits takes them with owned(). All else is copied out.
// One instance serves one isolate or one shard. After a trap its memory is not trusted: every later
// call throws `trapped` and the owner makes a new instance.

import { CollectorError } from "./errors.ts";
import { decodeEffects } from "./effects.ts";
import type { Effect } from "./effects.ts";

/** The version of collector_abi.h this file is written against. */
const kAbiVersion = 3;
export const kEntropyBytes = 16;
/** Fixed part of a request frame: now_ms, entropy, then six length fields. */
const kFrameHeadBytes = 8 + kEntropyBytes + 6 * 4;
/** The input area starts here and doubles; a body of the default limit fits after few steps. */
const kInputBytesMin = 64 * 1024;
const kInputBytesDoubled = 1024 * 1024;
/** Room for a text's length in front of it. */
const kLengthGap = "\0\0\0\0";

/**
 * What the host tells the core about one HTTP request. `body` is gunzipped and within the limit.
 */
export interface ShapeRequest {
  method: string;
  path: string;
  query: string;
  client_ip: string;
  /** "name: value\n" lines, names in lower case. */
  headers: string;
  body: Uint8Array;
}

export type AnswerKind = "json" | "gif" | "empty";

/**
 * The core's answer to one request. No `lines`: answer at once. Else a shard must accept them
 * first.
 */
export interface Shaped {
  status: number;
  answer: Uint8Array<ArrayBuffer>;
  kind: AnswerKind;
  lines: Uint8Array<ArrayBuffer>;
}

/**
 * A copy that outlives the module's next call. It is not free: a new buffer of an event's size costs
 * more than a microsecond, as much as shaping the event.
 */
export function owned({ status, answer, kind, lines }: Shaped): Shaped {
  return { status, answer: answer.slice(), kind, lines: lines.slice() };
}

/** A row of the durable hop, as the disk lists it. */
export interface StoredRow {
  rowId: number;
  bytes: number;
}

const kStoredRowBytes = 12;

type Pointer = number;

interface CollectorExports {
  memory: WebAssembly.Memory;
  _initialize?: () => void;
  collector_abi_version: () => number;
  collector_alloc: (bytes: number) => Pointer;
  collector_free: (at: Pointer, bytes: number) => void;
  collector_open: (config: Pointer, bytes: number) => Pointer;
  collector_open_planned: (
    config: Pointer,
    bytes: number,
    plan: Pointer,
    planBytes: number,
  ) => Pointer;
  collector_ok: (handle: Pointer) => number;
  collector_text: (handle: Pointer) => Pointer;
  collector_text_bytes: (handle: Pointer) => number;
  collector_close: (handle: Pointer) => void;
  collector_shape: (handle: Pointer, request: Pointer, bytes: number) => number;
  collector_status: (handle: Pointer) => number;
  collector_answer: (handle: Pointer) => Pointer;
  collector_answer_bytes: (handle: Pointer) => number;
  collector_answer_kind: (handle: Pointer) => number;
  collector_lines: (handle: Pointer) => Pointer;
  collector_lines_bytes: (handle: Pointer) => number;
  collector_shard_open: (config: Pointer, bytes: number, seed: bigint) => Pointer;
  collector_shard_ok: (shard: Pointer) => number;
  collector_shard_text: (shard: Pointer) => Pointer;
  collector_shard_text_bytes: (shard: Pointer) => number;
  collector_shard_close: (shard: Pointer) => void;
  collector_shard_submit: (
    shard: Pointer,
    nowMs: bigint,
    requestId: bigint,
    lines: Pointer,
    bytes: number,
  ) => void;
  collector_shard_answer: (
    shard: Pointer,
    nowMs: bigint,
    batchId: number,
    httpStatus: number,
    body: Pointer,
    bytes: number,
  ) => void;
  collector_shard_restart: (shard: Pointer, nowMs: bigint, rows: Pointer, bytes: number) => void;
  collector_shard_compressed: (
    shard: Pointer,
    nowMs: bigint,
    recordId: number,
    member: Pointer,
    bytes: number,
  ) => void;
  collector_shard_persisted: (shard: Pointer, nowMs: bigint, rowId: bigint, done: number) => void;
  collector_shard_row: (
    shard: Pointer,
    nowMs: bigint,
    rowId: bigint,
    lines: Pointer,
    bytes: number,
  ) => void;
  collector_shard_tick: (shard: Pointer, nowMs: bigint) => void;
  collector_shard_effects: (shard: Pointer) => Pointer;
  collector_shard_effects_bytes: (shard: Pointer) => number;
  collector_shard_more: (shard: Pointer) => number;
  collector_shard_status: (shard: Pointer) => Pointer;
  collector_shard_status_bytes: (shard: Pointer) => number;
}

/** One instance of the module and its reusable input area. */
export class CollectorModule {
  readonly #exports: CollectorExports;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  #input: Pointer = 0;
  #inputBytes = 0;
  #trapped = false;
  #numbers: DataView = new DataView(new ArrayBuffer(0));

  /**
   * Works for both builds: the WASI one imports nothing, the Emscripten one two known functions.
   */
  constructor(module: WebAssembly.Module) {
    const instance = new WebAssembly.Instance(module, importsFor(module));
    this.#exports = instance.exports as unknown as CollectorExports;
    this.#exports._initialize?.();
    const version = this.run((x) => x.collector_abi_version());
    if (version !== kAbiVersion) {
      throw new CollectorError(
        "module",
        `collector module: speaks ABI ${version}, this host speaks ${kAbiVersion}; build both anew`,
      );
    }
  }

  /** Calls into the module; a trap closes it for good. */
  run<T>(call: (x: CollectorExports) => T): T {
    if (this.#trapped) throw new CollectorError("trapped", "collector module: used after a trap");
    try {
      return call(this.#exports);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      this.#trapped = true;
      throw new CollectorError("trapped", `collector module: ${error.message}`, { cause: error });
    }
  }

  /** Result bytes where they lie: good until the next call. A null pointer goes with zero bytes. */
  view(at: Pointer, bytes: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#exports.memory.buffer as ArrayBuffer, at, bytes);
  }

  /** Copies result bytes out. */
  read(at: Pointer, bytes: number): Uint8Array<ArrayBuffer> {
    return this.view(at, bytes).slice();
  }

  readText(at: Pointer, bytes: number): string {
    return this.#decoder.decode(new Uint8Array(this.#exports.memory.buffer, at, bytes));
  }

  /** The input area with room for `bytes`; valid until the next call into the module. */
  input(bytes: number): { at: Pointer; view: Uint8Array } {
    if (bytes > this.#inputBytes) this.#growInput(bytes);
    const view = new Uint8Array(this.#exports.memory.buffer, this.#input, this.#inputBytes);
    return { at: this.#input, view };
  }

  inputText(text: string): { at: Pointer; bytes: number } {
    const { at, view } = this.input(text.length * 3);
    return { at, bytes: this.#encoder.encodeInto(text, view).written };
  }

  inputBytes(bytes: Uint8Array): { at: Pointer; bytes: number } {
    const { at, view } = this.input(bytes.length);
    view.set(bytes);
    return { at, bytes: bytes.length };
  }

  /** Writes a request frame into the input area. Text may take three bytes a UTF-16 unit. */
  inputFrame(
    { method, path, query, client_ip, headers, body }: ShapeRequest,
    nowMs: number,
    entropy: Uint8Array,
  ): { at: Pointer; bytes: number } {
    const gap = kLengthGap;
    const joined = gap + method + gap + path + gap + query + gap + client_ip + gap + headers;
    const { at, view } = this.input(kFrameHeadBytes + joined.length * 3 + body.length);
    const numbers = this.#numbersOf(view);
    const nowHigh = Math.floor(nowMs / 2 ** 32);
    numbers.setUint32(at, nowMs - nowHigh * 2 ** 32, true);
    numbers.setInt32(at + 4, nowHigh, true);
    view.set(entropy, 8);
    // One call of the encoder costs less than five.
    let end = 8 + kEntropyBytes;
    const { written } = this.#encoder.encodeInto(joined, view.subarray(end));
    const isAscii = written === joined.length;
    for (const text of [method, path, query, client_ip, headers]) {
      const bytes = isAscii ? text.length : this.#writeText(text, view, end + 4);
      numbers.setUint32(at + end, bytes, true);
      end += 4 + bytes;
    }
    numbers.setUint32(at + end, body.length, true);
    view.set(body, end + 4);
    return { at, bytes: end + 4 + body.length };
  }

  /** UTF-8 from `at` on; how many bytes. */
  #writeText(text: string, view: Uint8Array, at: number): number {
    return this.#encoder.encodeInto(text, view.subarray(at)).written;
  }

  /** Writes numbers anywhere into the memory that `view` is of. */
  #numbersOf(view: Uint8Array): DataView {
    if (this.#numbers.buffer !== view.buffer) this.#numbers = new DataView(view.buffer);
    return this.#numbers;
  }

  #growInput(bytes: number): void {
    let grown = Math.max(this.#inputBytes, kInputBytesMin);
    while (grown < bytes) grown *= 2;
    // A body at the limit must not take twice its place.
    if (grown > kInputBytesDoubled) grown = Math.ceil(bytes / kInputBytesMin) * kInputBytesMin;
    if (this.#input !== 0) this.run((x) => x.collector_free(this.#input, this.#inputBytes));
    this.#input = 0;
    this.#inputBytes = 0;
    const at = this.run((x) => x.collector_alloc(grown));
    if (at === 0)
      throw new CollectorError("module", `collector module: no memory for ${grown} bytes`);
    this.#input = at;
    this.#inputBytes = grown;
  }
}

/** A collector handle: requests in, answers and lines out. Keeps nothing between requests. */
export class Collector {
  readonly #module: CollectorModule;
  readonly #handle: Pointer;

  /** `plan`: a tracking plan as `edgehose plan compile` makes it. */
  constructor(module: CollectorModule, configJson: string, plan?: Uint8Array) {
    this.#module = module;
    // Both lie in the input area at once: the configuration, then the plan.
    const config = new TextEncoder().encode(configJson);
    const planBytes = plan?.length ?? 0;
    const { at, view } = module.input(config.length + planBytes);
    view.set(config);
    if (plan !== undefined) view.set(plan, config.length);
    this.#handle = module.run((x) =>
      plan === undefined
        ? x.collector_open(at, config.length)
        : x.collector_open_planned(at, config.length, at + config.length, planBytes),
    );
    if (module.run((x) => x.collector_ok(this.#handle)) === 1) return;
    const reason = module.run((x) =>
      module.readText(x.collector_text(this.#handle), x.collector_text_bytes(this.#handle)),
    );
    module.run((x) => x.collector_close(this.#handle));
    throw new CollectorError("configuration", reason);
  }

  /** `entropy`: 16 random bytes, fresh for each request. The result holds until the next call. */
  shape(request: ShapeRequest, nowMs: number, entropy: Uint8Array): Shaped {
    const module = this.#module;
    const handle = this.#handle;
    const frame = module.inputFrame(request, nowMs, entropy);
    return module.run((x) => {
      if (x.collector_shape(handle, frame.at, frame.bytes) !== 0) {
        throw new CollectorError(
          "frame",
          "collector module: refused the request frame of this host",
        );
      }
      return {
        status: x.collector_status(handle),
        answer: module.view(x.collector_answer(handle), x.collector_answer_bytes(handle)),
        kind: answerKind(x.collector_answer_kind(handle)),
        lines: module.view(x.collector_lines(handle), x.collector_lines_bytes(handle)),
      };
    });
  }

  close(): void {
    this.#module.run((x) => x.collector_close(this.#handle));
  }
}

/** A shard handle: a state machine. Each step returns the effects that the host must carry out. */
export class Shard {
  readonly #module: CollectorModule;
  readonly #handle: Pointer;

  constructor(module: CollectorModule, configJson: string, seed: bigint) {
    this.#module = module;
    const config = module.inputText(configJson);
    this.#handle = module.run((x) => x.collector_shard_open(config.at, config.bytes, seed));
    if (module.run((x) => x.collector_shard_ok(this.#handle)) === 1) return;
    const reason = module.run((x) =>
      module.readText(
        x.collector_shard_text(this.#handle),
        x.collector_shard_text_bytes(this.#handle),
      ),
    );
    module.run((x) => x.collector_shard_close(this.#handle));
    throw new CollectorError("configuration", reason);
  }

  submit(nowMs: number, requestId: number, lines: Uint8Array): Effect[] {
    const input = this.#module.inputBytes(lines);
    return this.#step((x) =>
      x.collector_shard_submit(
        this.#handle,
        BigInt(nowMs),
        BigInt(requestId),
        input.at,
        input.bytes,
      ),
    );
  }

  /** `httpStatus` 0: no answer came, so whether Firehose has the batch is not known. */
  answer(nowMs: number, batchId: number, httpStatus: number, body: Uint8Array): Effect[] {
    const input = this.#module.inputBytes(body);
    return this.#step((x) =>
      x.collector_shard_answer(
        this.#handle,
        BigInt(nowMs),
        batchId,
        httpStatus,
        input.at,
        input.bytes,
      ),
    );
  }

  /** Once, before anything else: the rows that a life before left on disk, by rising id. */
  restart(nowMs: number, rows: readonly StoredRow[]): Effect[] {
    const frame = new DataView(new ArrayBuffer(rows.length * kStoredRowBytes));
    rows.forEach(({ rowId, bytes }, index) => {
      frame.setBigUint64(index * kStoredRowBytes, BigInt(rowId), true);
      frame.setUint32(index * kStoredRowBytes + 8, bytes, true);
    });
    const input = this.#module.inputBytes(new Uint8Array(frame.buffer));
    return this.#step((x) =>
      x.collector_shard_restart(this.#handle, BigInt(nowMs), input.at, input.bytes),
    );
  }

  /** The gzip member of a record; empty when it could not be made. */
  compressed(nowMs: number, recordId: number, member: Uint8Array): Effect[] {
    const input = this.#module.inputBytes(member);
    return this.#step((x) =>
      x.collector_shard_compressed(this.#handle, BigInt(nowMs), recordId, input.at, input.bytes),
    );
  }

  /** Whether a row is on disk for good. */
  persisted(nowMs: number, rowId: number, outcome: "done" | "failed"): Effect[] {
    const done = outcome === "done" ? 1 : 0;
    return this.#step((x) =>
      x.collector_shard_persisted(this.#handle, BigInt(nowMs), BigInt(rowId), done),
    );
  }

  /** A row's bytes; empty when it could not be read now. */
  row(nowMs: number, rowId: number, lines: Uint8Array): Effect[] {
    const input = this.#module.inputBytes(lines);
    return this.#step((x) =>
      x.collector_shard_row(this.#handle, BigInt(nowMs), BigInt(rowId), input.at, input.bytes),
    );
  }

  tick(nowMs: number): Effect[] {
    return this.#step((x) => x.collector_shard_tick(this.#handle, BigInt(nowMs)));
  }

  /** Counters as JSON text. */
  status(): string {
    return this.#module.run((x) =>
      this.#module.readText(
        x.collector_shard_status(this.#handle),
        x.collector_shard_status_bytes(this.#handle),
      ),
    );
  }

  close(): void {
    this.#module.run((x) => x.collector_shard_close(this.#handle));
  }

  #step(call: (x: CollectorExports) => void): Effect[] {
    return this.#module.run((x) => {
      call(x);
      const effects: Effect[] = [];
      do {
        const at = x.collector_shard_effects(this.#handle);
        const part = this.#module.read(at, x.collector_shard_effects_bytes(this.#handle));
        effects.push(...decodeEffects(part));
      } while (x.collector_shard_more(this.#handle) === 1);
      return effects;
    });
  }
}

function answerKind(kind: number): AnswerKind {
  if (kind === 0) return "json";
  if (kind === 1) return "gif";
  if (kind === 2) return "empty";
  throw new CollectorError("frame", `collector module: unknown kind of answer ${kind}`);
}

/** The only imports a collector module may have; anything else is not our module. */
function importsFor(module: WebAssembly.Module): WebAssembly.Imports {
  const allowed: Record<string, Record<string, (code: number) => void>> = {
    env: { emscripten_notify_memory_growth: () => undefined },
    wasi_snapshot_preview1: {
      proc_exit: (code) => {
        throw new WebAssembly.RuntimeError(`proc_exit(${code})`);
      },
    },
  };
  const imports: Record<string, Record<string, (code: number) => void>> = {};
  for (const wanted of WebAssembly.Module.imports(module)) {
    const found = allowed[wanted.module]?.[wanted.name];
    if (found === undefined) {
      throw new CollectorError(
        "module",
        `collector module: imports ${wanted.module}.${wanted.name}, which this host does not give`,
      );
    }
    imports[wanted.module] = { ...imports[wanted.module], [wanted.name]: found };
  }
  return imports;
}
