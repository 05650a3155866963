// The Durable Object of one shard. It only carries out the shard's effects: requests that arrive
// while a batch is packed or under way share it (group commit), and each is answered only after
// Firehose accepted its lines; with a durable hop, after they are rows in the object's SQLite.
// Sends and timers belong to the object, never to a client's request, and nothing is fetched inside
// blockConcurrencyWhile.

import { DurableObject } from "cloudflare:workers";
import { CollectorModule, Shard as ShardHandle } from "../worker/collector-module.ts";
import { readConfiguration, shardConfiguration } from "../worker/configuration.ts";
import { ShardDriver } from "../worker/shard-driver.ts";
import { firehoseSigner } from "../worker/signer.ts";
import { realWorld } from "../worker/world.ts";
import { SqlRows } from "./sql-rows.ts";
import { fetchHidingThrottledRows, readPlant } from "./planted-bugs.ts";
import wasm from "./collector.wasm";
import type { Credentials } from "../worker/signer.ts";
import type { Verdict } from "../worker/shard-driver.ts";
import type { World } from "../worker/world.ts";
import type { Env } from "./env.ts";

export class Shard extends DurableObject<Env> {
  readonly #driver: ShardDriver;
  readonly #rows: SqlRows | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { region, endpoint, ack } = readConfiguration(env.EDGEHOSE_CONFIG);
    const { now, log } = realWorld();
    // Arms the alarm when a life before left rows.
    this.#rows = SqlRows.open({ storage: ctx.storage, now, log }, ack);
    const config = shardConfiguration(env.EDGEHOSE_CONFIG);
    this.#driver = new ShardDriver({
      // An instance of its own: the memory goes when the object is evicted, and a trap hurts no one
      // else.
      open: (seed) => new ShardHandle(new CollectorModule(wasm), config, seed),
      sign: firehoseSigner(credentialsOf(env), region, endpoint),
      ...(this.#rows === undefined ? {} : { rows: this.#rows }),
      world: worldOf(ctx, env),
    });
  }

  /**
   * Rows are left. The constructor has taken them up if the object was gone, and then there is
   * nothing to do here. Never throws: after six failures an alarm is gone.
   */
  override async alarm(): Promise<void> {
    try {
      this.#rows?.arm();
      this.#driver.tick();
    } catch (error) {
      console.error(`shard: alarm: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /**
   * `lines` is the core's lines frame. The verdict comes when Firehose (or the disk) holds them, or
   * will not.
   */
  submit(lines: Uint8Array): Promise<Verdict> {
    return this.#driver.submit(lines);
  }

  status(): string {
    return this.#driver.status();
  }
}

function credentialsOf(env: Env): Credentials {
  return {
    accessKeyId: env.AWS_ACCESS_KEY_ID,
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    ...(env.AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: env.AWS_SESSION_TOKEN }),
  };
}

/** Sends and timers under way keep the object from being evicted between two requests. */
function worldOf(ctx: DurableObjectState, env: Env): Partial<World> {
  const real = realWorld();
  return {
    ...(readPlant(env.PLANT) === "no_resend" ? { fetch: fetchHidingThrottledRows } : {}),
    keepAlive: (work) => ctx.waitUntil(work),
    setTimer: (delayMs, wake) => {
      let done = (): void => undefined;
      ctx.waitUntil(new Promise<void>((resolve) => (done = resolve)));
      const cancel = real.setTimer(delayMs, () => {
        wake();
        done();
      });
      return () => {
        cancel();
        done();
      };
    },
  };
}
