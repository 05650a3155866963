// The Durable Object of one shard. It only carries out the shard's effects: requests that arrive
// while a batch is packed or under way share it (group commit), and each is answered only after
// Firehose accepted its lines. Sends and timers belong to the object, never to a client's request,
// and nothing is fetched inside blockConcurrencyWhile.

import { DurableObject } from "cloudflare:workers";
import { CollectorModule, Shard as ShardHandle } from "../worker/collector-module.ts";
import { readConfiguration, shardConfiguration } from "../worker/configuration.ts";
import { ShardDriver } from "../worker/shard-driver.ts";
import { firehoseSigner } from "../worker/signer.ts";
import { realWorld } from "../worker/world.ts";
import { fetchHidingThrottledRows, readPlant } from "./planted-bugs.ts";
import wasm from "./collector.wasm";
import type { Credentials } from "../worker/signer.ts";
import type { Verdict } from "../worker/shard-driver.ts";
import type { World } from "../worker/world.ts";
import type { Env } from "./env.ts";

export class Shard extends DurableObject<Env> {
  readonly #driver: ShardDriver;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { region, endpoint } = readConfiguration(env.EDGEHOSE_CONFIG);
    const config = shardConfiguration(env.EDGEHOSE_CONFIG);
    this.#driver = new ShardDriver({
      // An instance of its own: the memory goes when the object is evicted, and a trap hurts no one
      // else.
      open: (seed) => new ShardHandle(new CollectorModule(wasm), config, seed),
      sign: firehoseSigner(credentialsOf(env), region, endpoint),
      world: worldOf(ctx, env),
    });
  }

  /** `lines` is the core's lines frame. The verdict comes when Firehose holds them, or will not. */
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
