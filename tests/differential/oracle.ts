// Asks the core, built natively, many questions at once (README.md).

import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

export interface Question {
  verb: string;
  fields: (string | Uint8Array)[];
}

/** An answer's fields as bytes. */
export type Answer = Buffer[];

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The newest native build of native_oracle.cpp. */
function nativeProgram(): string {
  const found = ["dev", "release", "asan", "coretests", "coretests-asan"]
    .map((build) => join(root, "build", build, "tests/differential_oracle"))
    .filter((path) => existsSync(path))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  const newest = found[0];
  if (newest === undefined) throw new Error("no build/*/tests/differential_oracle: build that target first");
  return newest;
}

function wordOf(field: string | Uint8Array): string {
  return Buffer.from(field as Uint8Array).toString("base64") || "-";
}

function fieldOf(word: string): Buffer {
  return Buffer.from(word === "-" ? "" : word, "base64");
}

export async function ask(questions: Question[]): Promise<Answer[]> {
  const program = spawn(nativeProgram(), { stdio: ["pipe", "pipe", "inherit"] });
  // The program may end early; its exit code says so.
  program.stdin.on("error", () => undefined);
  program.stdin.end(questions.map(({ verb, fields }) => `${[verb, ...fields.map(wordOf)].join(" ")}\n`).join(""));
  const exited = new Promise<number | null>((done) => program.on("close", done));
  const lines = (await text(program.stdout)).split("\n");
  const code = await exited;
  if (code !== 0) throw new Error(`differential_oracle ended with ${code}`);
  lines.pop();
  if (lines.length !== questions.length) throw new Error(`${questions.length} questions, ${lines.length} answers`);
  return lines.map((line) => (line === "" ? [] : line.split(" ").map(fieldOf)));
}
