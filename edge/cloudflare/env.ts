// The bindings of the worker. edge/cloudflare/workerd-config.ts gives them locally.

import type { Shard } from "./shard.ts";

export interface Env {
  /** The whole configuration (shared/contract/configuration.schema.json) as JSON text. */
  EDGEHOSE_CONFIG: string;
  /** A tracking plan as `edgehose plan compile` makes it; absent: own data passes as it is. */
  EDGEHOSE_PLAN?: ArrayBuffer;
  AWS_ACCESS_KEY_ID: string;
  AWS_SECRET_ACCESS_KEY: string;
  AWS_SESSION_TOKEN?: string;
  /** See planted-bugs.ts; absent but in tests. */
  PLANT?: string;
  SHARD: DurableObjectNamespace<Shard>;
}
