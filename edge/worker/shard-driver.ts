// Carries out a shard's effects. All decisions are the shard's (shared/pack/shard.h): what to pack,
// when to send, what to send again, which request to answer. Here is only I/O:
//
//   submit(lines) -> shard -> send      -> sign, POST, give the answer back to the shard
//                             answer    -> the promise that submit returned
//                             wake      -> one timer, then shard.tick
//                             compress  -> gzip, give the member back
//                             persist, load, delete -> the rows on disk

import { readBounded } from "./bounded-read.ts";
import { CollectorError } from "./errors.ts";
import { realWorld } from "./world.ts";
import type { CompressEffect, Effect, PersistEffect, SendEffect } from "./effects.ts";
import type { Shard, StoredRow } from "./collector-module.ts";
import type { Sign } from "./signer.ts";
import type { World } from "./world.ts";

/** What became of a submitted request. 200: Firehose holds its events, or the disk does. */
export interface Verdict {
  status: number;
  retryAfterS: number;
}

/**
 * Rows on a disk of the host's. A write that returned must be there after a crash before anything
 * that is sent out later (Durable Objects hold back what goes out until their writes are); each
 * call throws where it cannot be carried out.
 */
export interface RowStore {
  /** By rising id. */
  list: () => StoredRow[];
  write: (rowId: number, lines: Uint8Array) => void;
  read: (rowId: number) => Uint8Array;
  erase: (rowId: number) => void;
}

export interface ShardDriverOptions {
  /** Makes a fresh shard in a fresh module instance; called again after a trap. */
  open: (seed: bigint) => Shard;
  sign: Sign;
  /** Needed for `ack: "durable_hop"`; with rows on it they are delivered in any mode. */
  rows?: RowStore;
  world?: Partial<World>;
  /** How long one PutRecordBatch may take, its answer read. Then its fate is unknown (status 0). */
  sendTimeoutMs?: number;
}

const kSendTimeoutMs = 5000;
/** A real answer holds 500 rows of some 300 bytes; beyond this it is not an answer of Firehose. */
const kAnswerBytesMax = 1024 * 1024;
const kRetryAfterTrapS = 1;
const kNoBytes: Uint8Array = new Uint8Array(0);

export class ShardDriver {
  readonly #open: (seed: bigint) => Shard;
  readonly #sign: Sign;
  readonly #rows: RowStore | undefined;
  readonly #world: World;
  readonly #sendTimeoutMs: number;
  readonly #waiting = new Map<number, (verdict: Verdict) => void>();
  #shard: Shard;
  /** Counts shards opened, so that an answer to a batch of a dead shard is not fed to its heir. */
  #generation = 0;
  #requestId = 0;
  #wakeAtMs: number | undefined;
  #cancelWake: (() => void) | undefined;

  constructor(options: ShardDriverOptions) {
    this.#open = options.open;
    this.#sign = options.sign;
    this.#rows = options.rows;
    this.#world = { ...realWorld(), ...options.world };
    this.#sendTimeoutMs = options.sendTimeoutMs ?? kSendTimeoutMs;
    this.#shard = this.#openShard();
    this.#takeUpRows();
  }

  /**
   * Resolves when the shard answers; the shard bounds both how long that takes and how many wait.
   */
  submit(lines: Uint8Array): Promise<Verdict> {
    const requestId = ++this.#requestId;
    const verdict = new Promise<Verdict>((resolve) => this.#waiting.set(requestId, resolve));
    this.#step((shard) => shard.submit(this.#world.now(), requestId, lines), lines);
    return verdict;
  }

  /** For a host that has timers of its own, such as alarms that outlive the object. */
  tick(): void {
    this.#step((shard) => shard.tick(this.#world.now()));
  }

  /** The shard's counters as JSON text. */
  status(): string {
    return this.#shard.status();
  }

  /** `lines` are those that the call submits. */
  #step(call: (shard: Shard) => Effect[], lines = kNoBytes): void {
    let effects: Effect[];
    try {
      effects = call(this.#shard);
    } catch (error) {
      if (!(error instanceof CollectorError)) throw error;
      return this.#restart(error);
    }
    this.#carryOut(effects, lines);
  }

  #carryOut(effects: Effect[], lines: Uint8Array): void {
    // Each step states anew when to wake, or that there is nothing to wake for.
    let wakeAtMs: number | undefined;
    const reports: ((shard: Shard) => Effect[])[] = [];
    for (const effect of effects) {
      if (effect.kind === "send") this.#world.keepAlive(this.#send(effect));
      else if (effect.kind === "answer") this.#resolve(effect.requestId, effect);
      else if (effect.kind === "wake") wakeAtMs = effect.atMs;
      else if (effect.kind === "compress") this.#world.keepAlive(this.#compress(effect));
      else if (effect.kind === "persist") reports.push(this.#persist(effect, lines));
      else if (effect.kind === "load") reports.push(this.#load(effect.rowId));
      else this.#erase(effect.rowId);
    }
    this.#wakeAt(wakeAtMs);
    const generation = this.#generation;
    for (const report of reports) {
      if (generation === this.#generation) this.#step(report);
    }
  }

  /** The outcome's report to the shard. */
  #persist({ rowId, offset, bytes }: PersistEffect, lines: Uint8Array): (shard: Shard) => Effect[] {
    const row = lines.subarray(offset, offset + bytes);
    const isDone = this.#onDisk(`row ${rowId} not written`, (rows) => rows.write(rowId, row));
    return (shard) => shard.persisted(this.#world.now(), rowId, isDone ? "done" : "failed");
  }

  #load(rowId: number): (shard: Shard) => Effect[] {
    let lines: Uint8Array = kNoBytes;
    this.#onDisk(`row ${rowId} not read`, (rows) => void (lines = rows.read(rowId)));
    return (shard) => shard.row(this.#world.now(), rowId, lines);
  }

  /** A row that stays is delivered again after a restart: duplicates by id, not a loss. */
  #erase(rowId: number): void {
    this.#onDisk(`row ${rowId} not deleted`, (rows) => rows.erase(rowId));
  }

  #onDisk(what: string, use: (rows: RowStore) => void): boolean {
    if (this.#rows === undefined) {
      this.#world.log(`shard: ${what} (this host has no disk)`);
      return false;
    }
    try {
      use(this.#rows);
      return true;
    } catch (error) {
      this.#world.log(`shard: ${what} (${error instanceof Error ? error.message : String(error)})`);
      return false;
    }
  }

  #takeUpRows(): void {
    if (this.#rows === undefined) return;
    const rows = this.#rows.list();
    this.#step((shard) => shard.restart(this.#world.now(), rows));
  }

  /** Never rejects: no member, and the shard asks again. */
  async #compress({ recordId, lines }: CompressEffect): Promise<void> {
    const generation = this.#generation;
    let member: Uint8Array = kNoBytes;
    try {
      member = await this.#world.gzip(lines);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#world.log(`shard: a record not compressed (${reason}); the shard asks again`);
    }
    if (generation !== this.#generation) return;
    this.#step((shard) => shard.compressed(this.#world.now(), recordId, member));
  }

  #resolve(requestId: number, { status, retryAfterS }: Verdict): void {
    const resolve = this.#waiting.get(requestId);
    this.#waiting.delete(requestId);
    resolve?.({ status, retryAfterS });
  }

  #wakeAt(atMs: number | undefined): void {
    // Most steps ask for the time that is set already; a timer costs more than the rest of a step.
    if (atMs === this.#wakeAtMs) return;
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    this.#wakeAtMs = atMs;
    if (atMs === undefined) return;
    // At least one millisecond: a shard that is due already must not spin the event loop.
    const delayMs = Math.max(1, atMs - this.#world.now());
    this.#cancelWake = this.#world.setTimer(delayMs, () => {
      this.#cancelWake = undefined;
      this.#wakeAtMs = undefined;
      this.#step((shard) => shard.tick(this.#world.now()));
    });
  }

  /** Never rejects: whatever goes wrong, the shard hears of it as status 0. */
  async #send(effect: SendEffect): Promise<void> {
    const generation = this.#generation;
    const { status, body } = await this.#post(effect.body);
    if (generation !== this.#generation) return;
    this.#step((shard) => shard.answer(this.#world.now(), effect.batchId, status, body));
  }

  async #post(batch: Uint8Array<ArrayBuffer>): Promise<{ status: number; body: Uint8Array }> {
    const timeout = new AbortController();
    const cancelTimeout = this.#world.setTimer(this.#sendTimeoutMs, () => timeout.abort());
    try {
      const signed = await this.#sign(batch, this.#world.now());
      const request = new Request(signed, { signal: timeout.signal });
      const response = await this.#world.fetch(request);
      return { status: response.status, body: await readBounded(response.body, kAnswerBytesMax) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#world.log(
        `shard: no answer to PutRecordBatch (${reason}); the shard decides on a resend`,
      );
      return { status: 0, body: kNoBytes };
    } finally {
      cancelTimeout();
    }
  }

  #openShard(): Shard {
    const seed = new DataView(this.#world.random(8).slice().buffer).getBigUint64(0, true);
    return this.#open(seed);
  }

  /**
   * After a trap every waiting sender is told to come back: nothing that was acknowledged is in
   * memory alone. Rows on disk go on in the new shard.
   */
  #restart(error: CollectorError): void {
    this.#world.log(
      `shard: ${error.message}; ${this.#waiting.size} requests refused, a new shard opens`,
    );
    this.#wakeAt(undefined);
    this.#generation += 1;
    for (const resolve of this.#waiting.values())
      resolve({ status: 503, retryAfterS: kRetryAfterTrapS });
    this.#waiting.clear();
    this.#shard = this.#openShard();
    this.#takeUpRows();
  }
}
