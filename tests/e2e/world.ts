// What the end-to-end tests share: folders of their own, whole programs, and their verdicts as values.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { runEdgehose } from "../../edge/deploy/local/simulator.ts";
import { startStack } from "../../edge/deploy/local/stack.ts";
import type { CommandResult } from "../../edge/deploy/local/simulator.ts";
import type { Stack, StackOptions } from "../../edge/deploy/local/stack.ts";

/** A folder that goes when the test is over. */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "edgehose-e2e-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestStack extends Stack {
  data: string;
  ledger: string;
}

export async function testStack(options: Omit<StackOptions, "data"> = {}): Promise<TestStack> {
  const folder = await testFolder();
  const data = join(folder, "data");
  const stack = await startStack({ data, log: () => undefined, ...options });
  onTestFinished(() => stack.stop());
  return { ...stack, data, ledger: join(folder, "ledger.ndjson") };
}

export interface LoadReport {
  events: number;
  acknowledged: number;
  failed: number;
  refused: number;
  unanswered: number;
  status_counts: Record<string, number>;
}

export function load(stack: TestStack, flags: readonly string[], url = stack.worker.url): Promise<LoadReport> {
  return loadTo(url, stack.ledger, flags);
}

export async function loadTo(url: string, ledger: string, flags: readonly string[]): Promise<LoadReport> {
  const result = await runEdgehose(["load", "--url", url, "--ledger", ledger, "--json", ...flags]);
  if (result.status !== 0) throw new Error(`edgehose load ended with ${result.status}: ${result.stderr}`);
  const report: LoadReport = JSON.parse(result.stdout);
  return report;
}

export function audit(stack: TestStack, more: readonly string[] = []): Promise<CommandResult> {
  const flags = ["--ledger", stack.ledger, "--data", stack.data, "--collector", stack.worker.url];
  return runEdgehose(["audit", ...flags, ...more]);
}

export async function queryRows(data: string, sql: string): Promise<Record<string, unknown>[]> {
  const result = await runEdgehose(["query", sql, "--data", data, "--json"]);
  if (result.status !== 0) throw new Error(`edgehose query ended with ${result.status}: ${result.stderr}`);
  // A row a line; the last line counts the objects.
  const lines = result.stdout.trimEnd().split("\n");
  return lines.slice(0, -1).map((line): Record<string, unknown> => JSON.parse(line));
}

export interface ShardStatus {
  held_bytes: number;
  held_bytes_max_seen: number;
  throttled_rows: number;
  resent_rows: number;
  refused_requests: number;
  timed_out_requests: number;
  delivered_lines: number;
  delivered_records: number;
}

export async function shardStatus(stack: TestStack): Promise<ShardStatus> {
  const answer = await fetch(`${stack.worker.url}/_edgehose/status`);
  const status: ShardStatus = await answer.json();
  return status;
}

/** Runs a program to its end; its standard output and error in one text. */
export async function run(command: string, args: readonly string[]): Promise<{ status: number; output: string }> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(child, "close");
  return { status: child.exitCode ?? 128, output: Buffer.concat(chunks).toString("utf8") };
}
