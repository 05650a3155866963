// Runs a job (job.ts) in an instance of the module. Knows the C ABI and nothing of a host: Node and
// workerd both use it.

import { Digest, Reader, Writer } from "./job.ts";

type Call = (...values: (number | bigint)[]) => number;
export interface ModuleExports {
  memory: WebAssembly.Memory;
  functions: Record<string, Call>;
}

export function exportsOf(instance: WebAssembly.Instance): ModuleExports {
  const memory = instance.exports["memory"];
  if (!(memory instanceof WebAssembly.Memory)) throw new Error("the module exports no memory");
  const functions: Record<string, Call> = {};
  for (const [name, value] of Object.entries(instance.exports)) {
    if (typeof value === "function") functions[name] = value as Call;
  }
  functions["_initialize"]?.();
  return { memory, functions };
}

function call(module: ModuleExports, name: string, ...values: (number | bigint)[]): number {
  const found = module.functions[name];
  if (found === undefined) throw new Error(`the module exports no ${name}`);
  return found(...values) >>> 0;
}

/** Hands bytes to the module for the length of one call. */
function lend<Result>(module: ModuleExports, bytes: Uint8Array, use: (at: number, count: number) => Result): Result {
  const at = call(module, "collector_alloc", bytes.length);
  new Uint8Array(module.memory.buffer).set(bytes, at);
  const result = use(at, bytes.length);
  call(module, "collector_free", at, bytes.length);
  return result;
}

/** Copies what `name` and `name`_bytes of a handle give. */
function result(module: ModuleExports, name: string, handle: number): Uint8Array {
  const at = call(module, name, handle);
  const count = call(module, `${name}_bytes`, handle);
  return new Uint8Array(module.memory.buffer).slice(at, at + count);
}

export function runJob(module: ModuleExports, job: Uint8Array): Uint8Array {
  const reader = new Reader(job);
  const kind = reader.number(1);
  if (kind === 1) return runShape(module, reader);
  return kind === 2 ? runShard(module, reader) : runVolume(module, reader);
}

function openHandle(module: ModuleExports, configuration: Uint8Array, plan: Uint8Array = new Uint8Array()): number {
  if (plan.length > 0) {
    return lend(module, configuration, (at, count) =>
      lend(module, plan, (planAt, planCount) => call(module, "collector_open_planned", at, count, planAt, planCount)),
    );
  }
  return lend(module, configuration, (at, count) => call(module, "collector_open", at, count));
}

/** Shapes one request: { u32 code, u32 status, u32 kind, text answer, text lines }. */
function shapeInto(module: ModuleExports, handle: number, frame: Uint8Array, out: Writer): void {
  out.number(4, lend(module, frame, (at, count) => call(module, "collector_shape", handle, at, count)));
  out.number(4, call(module, "collector_status", handle)).number(4, call(module, "collector_answer_kind", handle));
  out.text(result(module, "collector_answer", handle)).text(result(module, "collector_lines", handle));
}

const kPageBytes = 65_536;

/** Shapes requests with one handle, which has the defaults. */
export class Shaping {
  readonly #module: ModuleExports;
  readonly #handle: number;
  #input = 0;
  #inputBytes = 0;

  constructor(module: ModuleExports) {
    this.#module = module;
    this.#handle = openHandle(module, new Uint8Array());
  }

  /** The frame goes where the last one was, as in edge/worker. */
  shape(frame: Uint8Array): void {
    if (frame.length > this.#inputBytes) {
      if (this.#inputBytes > 0) call(this.#module, "collector_free", this.#input, this.#inputBytes);
      this.#inputBytes = Math.ceil(frame.length / kPageBytes) * kPageBytes;
      this.#input = call(this.#module, "collector_alloc", this.#inputBytes);
    }
    new Uint8Array(this.#module.memory.buffer).set(frame, this.#input);
    call(this.#module, "collector_shape", this.#handle, this.#input, frame.length);
  }

  /** The lines' frame of the request shaped last. */
  lines(): Uint8Array {
    return result(this.#module, "collector_lines", this.#handle);
  }

  get memoryBytes(): number {
    return this.#module.memory.buffer.byteLength;
  }
}

function runVolume(module: ModuleExports, job: Reader): Uint8Array {
  const group = job.number(4);
  const handles = Array.from({ length: job.number(4) }, () => openHandle(module, job.text(), job.text()));
  const out = new Writer();
  const digest = new Digest();
  for (let seen = 1; !job.done; seen += 1) {
    const results = new Writer();
    shapeInto(module, handles[job.number(1)] ?? 0, job.text(), results);
    digest.add(results.bytes());
    if (seen % group === 0 || job.done) for (const sum of digest.take()) out.number(4, sum);
  }
  for (const handle of handles) call(module, "collector_close", handle);
  return out.bytes();
}

function runShape(module: ModuleExports, job: Reader): Uint8Array {
  const handle = openHandle(module, job.text(), job.text());
  const ok = call(module, "collector_ok", handle);
  const out = new Writer().number(4, ok);
  if (ok === 0) {
    out.text(result(module, "collector_text", handle));
  } else {
    shapeInto(module, handle, job.text(), out);
  }
  call(module, "collector_close", handle);
  return out.bytes();
}

function runShard(module: ModuleExports, job: Reader): Uint8Array {
  const configuration = job.text();
  const seed = job.big(8);
  const shard = lend(module, configuration, (at, count) => call(module, "collector_shard_open", at, count, seed));
  const ok = call(module, "collector_shard_ok", shard);
  const out = new Writer().number(4, ok).text(result(module, "collector_shard_text", shard));
  while (ok === 1 && !job.done) {
    runStep(module, shard, job);
    const effects = new Writer();
    do effects.raw(result(module, "collector_shard_effects", shard));
    while (call(module, "collector_shard_more", shard) === 1);
    out.text(effects.bytes());
  }
  if (ok === 1) out.text(result(module, "collector_shard_status", shard));
  call(module, "collector_shard_close", shard);
  return out.bytes();
}

function runStep(module: ModuleExports, shard: number, job: Reader): void {
  const operation = job.number(1);
  const nowMs = job.big(8);
  const id = job.big(8);
  const status = job.number(4);
  lend(module, job.text(), (at, count) => {
    if (operation === 1) call(module, "collector_shard_submit", shard, nowMs, id, at, count);
    else if (operation === 2) call(module, "collector_shard_answer", shard, nowMs, Number(id), status, at, count);
    else if (operation === 3) call(module, "collector_shard_tick", shard, nowMs);
    else if (operation === 4) call(module, "collector_shard_compressed", shard, nowMs, Number(id), at, count);
    else if (operation === 5) call(module, "collector_shard_persisted", shard, nowMs, id, status);
    else if (operation === 6) call(module, "collector_shard_row", shard, nowMs, id, at, count);
    else call(module, "collector_shard_restart", shard, nowMs, at, count);
  });
}
