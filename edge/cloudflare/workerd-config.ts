// The Cap'n Proto configuration of a local workerd: the Worker, its Durable Object on SQLite, and a
// network that reaches this machine and private addresses only.

export const kPlanFile = "plan.bin";

export interface WorkerdConfigOptions {
  /** What the worker finds in its environment, as text. */
  bindings: Readonly<Record<string, string>>;
  /** Whether a compiled plan lies beside worker.js under the name kPlanFile. */
  hasPlan: boolean;
  /** Port on 127.0.0.1; 0 takes a free one. */
  port: number;
  /** Where the objects' SQLite files live; absent: in memory. */
  storageDir?: string;
}

/**
 * The configuration's text; it embeds worker.js and collector.wasm from the folder it is put in.
 * Objects are not evicted: an audit reads their counters after the traffic ended, while on
 * Cloudflare an idle object goes, and its counters with it.
 */
export function workerdConfig({ bindings, hasPlan, port, storageDir }: WorkerdConfigOptions): string {
  const texts = Object.entries(bindings).map(
    ([name, value]) => `    (name = ${capnpText(name)}, text = ${capnpText(value)}),`,
  );
  if (hasPlan) texts.push(`    (name = "EDGEHOSE_PLAN", data = embed ${capnpText(kPlanFile)}),`);
  const disk =
    storageDir === undefined
      ? ""
      : `    (name = "objects", disk = (path = ${capnpText(storageDir)}, writable = true)),\n`;
  const storage = storageDir === undefined ? "(inMemory = void)" : '(localDisk = "objects")';
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "collector", worker = .collector),
    (name = "outbound", network = (allow = ["private", "local"], deny = [])),
${disk}  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "collector")],
);

const collector :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "collector.wasm", wasm = embed "collector.wasm"),
  ],
  compatibilityDate = "2026-11-01",
  globalOutbound = "outbound",
  bindings = [
    (name = "SHARD", durableObjectNamespace = "Shard"),
${texts.join("\n")}
  ],
  durableObjectNamespaces = [
    (className = "Shard", uniqueKey = "edgehose-shard", enableSql = true, preventEviction = true),
  ],
  durableObjectStorage = ${storage},
);
`;
}

/** A Cap'n Proto string literal: what JSON escapes as \u has no such form there. */
function capnpText(text: string): string {
  const escaped = text.replace(/["\\]/g, "\\$&").replace(/[\u0000-\u001f]/g, (control) => {
    return `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `"${escaped}"`;
}
