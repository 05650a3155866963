// What the modules ask of their host and offer to it.

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { emscriptenFile, scalarFile, wasiFile } from "./runners.ts";

const listed = readFileSync(new URL("../../edge/wasm/exports.txt", import.meta.url), "utf8").trim().split("\n");
const header = readFileSync(new URL("../../edge/wasm/collector_abi.h", import.meta.url), "utf8");

async function moduleOf(file: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(readFileSync(file));
}

function importsOf(module: WebAssembly.Module): string[] {
  return WebAssembly.Module.imports(module).map((one) => `${one.module}.${one.name}`).sort();
}

function exportsOf(module: WebAssembly.Module): string[] {
  return WebAssembly.Module.exports(module).map((one) => one.name).sort();
}

it("the export list is what the header declares", () => {
  const declared = [...header.matchAll(/^[a-z_0-9*\s]*?\b(collector_[a-z_]+)\(/gm)].map((match) => match[1]);
  expect([...listed].sort()).toEqual([...new Set(declared)].sort());
});

it.each([wasiFile, scalarFile])("the edge module imports nothing and exports the list: %s", async (file) => {
  const module = await moduleOf(file);
  expect(importsOf(module)).toEqual([]);
  expect(exportsOf(module)).toEqual([...listed, "_initialize", "memory"].sort());
});

it("the edge module is at most 150 KB as it is stored and sent", () => {
  expect(gzipSync(readFileSync(wasiFile), { level: 9 }).length).toBeLessThanOrEqual(150 * 1024);
});

it("the Emscripten module imports what the browser gives, and exports the list", async () => {
  const module = await moduleOf(emscriptenFile);
  const allowed = ["env.emscripten_notify_memory_growth", "wasi_snapshot_preview1.proc_exit"];
  expect(importsOf(module).filter((name) => !allowed.includes(name))).toEqual([]);
  const extras = ["__errno_location", "__indirect_function_table", "_initialize", "memory", "stackAlloc", "stackRestore", "stackSave"];
  const names = exportsOf(module);
  expect(listed.filter((name) => !names.includes(name))).toEqual([]);
  expect(names.filter((name) => !listed.includes(name) && !extras.includes(name))).toEqual([]);
});

it("an input that takes more memory than there is ends in a trap, not in silence", async () => {
  const instance = await WebAssembly.instantiate(await moduleOf(wasiFile), {});
  (instance.exports["_initialize"] as () => void)();
  const alloc = instance.exports["collector_alloc"] as (bytes: number) => number;
  expect(() => alloc(0xfffffff0)).toThrow(WebAssembly.RuntimeError);
});
