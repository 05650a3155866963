// User agents in Node: `woothee`, or the module of tests/bench/module. Arguments: AGENTS, then the
// module's file or nothing. A command a line on standard input, as core_bench.cpp: run N.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import woothee from "woothee";

const [file = "", moduleFile] = process.argv.slice(2);
const agents = readFileSync(file, "utf8").trimEnd().split("\n");

function readWithModule(path: string): (agent: string) => number {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(path)));
  const call = (name: string): ((...values: number[]) => number) => exports[name] as (...values: number[]) => number;
  (exports["_initialize"] as (() => void) | undefined)?.();
  const bench = call("agents_open")();
  const at = call("agents_input")(bench);
  const read = call("agents_read");
  const memory = exports["memory"] as WebAssembly.Memory;
  const encoder = new TextEncoder();
  const input = new Uint8Array(memory.buffer, at, 4096);
  // The agent is a string of the host: bringing it in is part of the work.
  return (agent) => read(bench, encoder.encodeInto(agent, input).written);
}

const read = moduleFile === undefined ? (agent: string): number => woothee.parse(agent).name.length : readWithModule(moduleFile);
let next = 0;
let sum = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const count = Number(line.split(" ")[1]);
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i += 1) {
    sum += read(agents[next] ?? "");
    next = next + 1 === agents.length ? 0 : next + 1;
  }
  console.log(String(process.hrtime.bigint() - start));
}
if (sum === 0) process.exitCode = 1;
