// The sides of the comparison as processes, seen from the driver. Each waits until it is told to
// run, so that of all of them one works at a time.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { startPlainWorkerd } from "../../wasm/plain-workerd.ts";
import { Writer } from "../../wasm/job.ts";
import type { ChildProcess } from "node:child_process";
import type { PlainWorkerd, PlainWorkerdOptions } from "../../wasm/plain-workerd.ts";

export interface Side {
  /** Shapes `requests` requests and gives the nanoseconds. */
  run(requests: number): Promise<number>;
  /** All lines' frames of one round over the corpus. */
  lines(scratch: string): Promise<Uint8Array>;
  stop(): Promise<void>;
}

/** A program that takes commands on standard input and times itself. */
export class ProgramSide implements Side {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<void>;

  constructor(program: string, values: string[]) {
    this.#child = spawn(program, values, { stdio: ["pipe", "pipe", "inherit"] });
    if (this.#child.stdout === null) throw new Error("bench: no pipe");
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#ended = new Promise((resolve) => void this.#child.once("exit", () => resolve()));
  }

  async run(requests: number): Promise<number> {
    return Number(await this.#ask(`run ${requests}`));
  }

  async lines(scratch: string): Promise<Uint8Array> {
    await this.#ask(`lines ${scratch}`);
    return readFileSync(scratch);
  }

  async stop(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
  }

  async #ask(command: string): Promise<string> {
    this.#child.stdin?.write(`${command}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error(`bench: ${this.#child.spawnargs.join(" ")} ended at "${command}"`);
    return answer.value;
  }
}

export interface WorkerdSideOptions extends PlainWorkerdOptions {
  corpus: Uint8Array;
  configuration: string;
  plan: Uint8Array;
  userAgentCache: number;
}

/** Round trips that tell what an empty one takes. */
const kEmptyTrips = 15;

/** A worker in workerd, timed from outside. */
export class WorkerdSide implements Side {
  readonly #workerd: PlainWorkerd;

  private constructor(workerd: PlainWorkerd) {
    this.#workerd = workerd;
  }

  static async start({ corpus, configuration, plan, userAgentCache, ...options }: WorkerdSideOptions): Promise<WorkerdSide> {
    const side = new WorkerdSide(await startPlainWorkerd(options));
    await side.#post(`/open?cache=${userAgentCache}`, new Writer().text(configuration).text(plan).text(corpus).bytes());
    return side;
  }

  async run(requests: number): Promise<number> {
    const empty: number[] = [];
    for (let i = 0; i < kEmptyTrips; i += 1) empty.push(await this.#timed("/nothing"));
    const whole = await this.#timed(`/run?n=${requests}`);
    return whole - (empty.sort((a, b) => a - b)[kEmptyTrips >> 1] ?? 0);
  }

  async lines(): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#post("/lines")).arrayBuffer());
  }

  async stop(): Promise<void> {
    await this.#workerd.stop();
  }

  async #timed(path: string): Promise<number> {
    const start = process.hrtime.bigint();
    await (await this.#post(path)).text();
    return Number(process.hrtime.bigint() - start);
  }

  async #post(path: string, body: Uint8Array = new Uint8Array()): Promise<Response> {
    const response = await fetch(`${this.#workerd.url}${path}`, { method: "POST", body: body.slice() });
    if (!response.ok) throw new Error(`bench: workerd answered ${response.status} to ${path}: ${await response.text()}`);
    return response;
  }
}
