// Bundles the worker: `worker.js` and the module it imports, side by side in one folder.
// Run alone it fills build/worker; start.ts bundles into a folder of its own run.

import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));

export const kDefaultWasm = join(root, "build/wasm/collector.wasm");

export async function buildWorker(outDir: string, wasmPath: string = kDefaultWasm): Promise<void> {
  await mkdir(outDir, { recursive: true });
  await build({
    entryPoints: [join(here, "worker.ts")],
    outfile: join(outDir, "worker.js"),
    bundle: true,
    format: "esm",
    target: "es2023",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker"],
    external: ["cloudflare:workers", "node:zlib", "./collector.wasm"],
    logLevel: "warning",
  });
  await copyFile(wasmPath, join(outDir, "collector.wasm"));
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await buildWorker(join(root, "build/worker"));
