// The Cloudflare Worker: shapes a request with the core, has a shard make its lines durable,
// answers.
//
//   fetch -> readRequest -> Collector.shape -> Shard.submit (Durable Object) -> answer

import { Collector, CollectorModule, kEntropyBytes, owned } from "../worker/collector-module.ts";
import {
  coreAnswer,
  errorAnswer,
  jsonAnswer,
  notFoundAnswer,
  refusedAnswer,
} from "../worker/answers.ts";
import { readConfiguration } from "../worker/configuration.ts";
import { CollectorError } from "../worker/errors.ts";
import { readRequest } from "../worker/request.ts";
import { realWorld } from "../worker/world.ts";
import { readPlant } from "./planted-bugs.ts";
import { sumStatus } from "./status.ts";
import { visitorOf } from "./visitor.ts";
import wasm from "./collector.wasm";
import type { HostConfiguration } from "../worker/configuration.ts";
import type { Shaped } from "../worker/collector-module.ts";
import type { Verdict } from "../worker/shard-driver.ts";
import type { Env } from "./env.ts";
import type { Shard } from "./shard.ts";

export { Shard } from "./shard.ts";

/** What an isolate keeps between requests: nothing of any request. */
interface Isolate {
  config: HostConfiguration;
  collector: Collector;
}

const kStatusPath = "/_edgehose/status";
const kRetryAfterLostShardS = 1;
const world = realWorld();
let isolate: Isolate | undefined;

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    try {
      isolate ??= openIsolate(env);
      if (new URL(request.url).pathname === kStatusPath)
        return await answerStatus(isolate.config, env);
      return await collect(request, isolate, env, ctx);
    } catch (error) {
      if (!(error instanceof CollectorError)) throw error;
      // The module's memory is not trusted after a trap: the next request opens a new one.
      if (error.code === "trapped") isolate = undefined;
      return errorAnswer(error);
    }
  },
} satisfies ExportedHandler<Env>;

async function collect(
  request: Request,
  { config, collector }: Isolate,
  env: Env,
  ctx: ExecutionContext,
): Promise<Response> {
  const fields = await readRequest(request, visitorOf(request.headers, request.cf), config.body_bytes_max);
  const shaped = owned(collector.shape(fields, world.now(), world.random(kEntropyBytes)));
  if (shaped.lines.length === 0) return coreAnswer(request.method, shaped);
  const verdict = makeDurable(shaped, config, env);
  if (readPlant(env.PLANT) === "answer_early") {
    ctx.waitUntil(verdict);
    return coreAnswer(request.method, shaped);
  }
  const { status, retryAfterS } = await verdict;
  return status === 200
    ? coreAnswer(request.method, shaped)
    : refusedAnswer(status, retryAfterS);
}

async function makeDurable(shaped: Shaped, config: HostConfiguration, env: Env): Promise<Verdict> {
  const [byte0 = 0, byte1 = 0] = world.random(2);
  try {
    return await shardAt((byte0 * 256 + byte1) % config.shards, env).submit(shaped.lines);
  } catch (error) {
    // The object was reset, evicted or is overloaded: whether Firehose got the lines is not known.
    world.log(
      `worker: a shard did not answer: ${error instanceof Error ? error.message : String(error)}`,
    );
    return { status: 503, retryAfterS: kRetryAfterLostShardS };
  }
}

async function answerStatus(config: HostConfiguration, env: Env): Promise<Response> {
  if (!config.status) return notFoundAnswer(kStatusPath);
  const shards = Array.from({ length: config.shards }, (_, index) => shardAt(index, env).status());
  return jsonAnswer(200, sumStatus(await Promise.all(shards)));
}

function shardAt(index: number, env: Env): DurableObjectStub<Shard> {
  return env.SHARD.getByName(`shard-${index}`);
}

function openIsolate(env: Env): Isolate {
  const plan = env.EDGEHOSE_PLAN === undefined ? undefined : new Uint8Array(env.EDGEHOSE_PLAN);
  const collector = new Collector(new CollectorModule(wasm), env.EDGEHOSE_CONFIG, plan);
  return { config: readConfiguration(env.EDGEHOSE_CONFIG), collector };
}
