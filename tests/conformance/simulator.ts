// Starts `edgehose up` for a test file and gives clients of it.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { CloudWatchClientConfig } from "@aws-sdk/client-cloudwatch";
import { FirehoseClient } from "@aws-sdk/client-firehose";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";

export const region = "ap-northeast-1";
export const roleArn = "arn:aws:iam::000000000000:role/firehose";

export interface Simulator {
  endpoint: string;
  data: string;
  stop(): Promise<void>;
}

/** Runs the program that EDGEHOSE_BIN names, in a folder of its own. */
export async function startSimulator(flags: readonly string[] = []): Promise<Simulator> {
  const program = process.env["EDGEHOSE_BIN"];
  if (program === undefined) throw new Error("EDGEHOSE_BIN must name the edgehose program");
  const data = await mkdtemp(join(tmpdir(), "edgehose-conformance-"));
  // Streams are ACTIVE at once and made as fast as the tests ask; test_firehose.py looks at both rules.
  const free = ["--creating-seconds", "0", "--control-calls", "0"];
  const child = spawn(program, ["up", "--data", data, "--port", "0", "--no-fsync", "--json", ...free, ...flags], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const endpoint = await readEndpoint(child);
  return {
    endpoint,
    data,
    stop: async () => {
      await ended(child);
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function readEndpoint(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("the simulator has no standard output");
  for await (const line of createInterface({ input: child.stdout })) {
    const ready: { endpoint: string } = JSON.parse(line);
    return ready.endpoint;
  }
  throw new Error("edgehose up ended before it was ready");
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`edgehose up ended with ${code ?? signal}`)),
    );
    child.kill("SIGTERM");
  });
}

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

const anyKeys: Keys = { accessKeyId: "any", secretAccessKey: "any" };

export function firehoseClient(endpoint: string, credentials = anyKeys): FirehoseClient {
  return new FirehoseClient({ endpoint, region, credentials, maxAttempts: 1 });
}

export function s3Client(endpoint: string, credentials = anyKeys): S3Client {
  return new S3Client({ endpoint, region, credentials, maxAttempts: 1 });
}

export function sqsClient(endpoint: string, credentials = anyKeys): SQSClient {
  return new SQSClient({ endpoint, region, credentials, maxAttempts: 1 });
}

export function lambdaClient(endpoint: string, credentials = anyKeys): LambdaClient {
  return new LambdaClient({ endpoint, region, credentials, maxAttempts: 1 });
}

export function cloudWatchClient(endpoint: string, more: CloudWatchClientConfig = {}): CloudWatchClient {
  return new CloudWatchClient({ endpoint, region, credentials: anyKeys, maxAttempts: 1, ...more });
}

/** The rejection of a call, for looking at its class and text. */
export async function rejection(call: Promise<unknown>): Promise<Error & { $metadata?: { httpStatusCode?: number } }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("the call was not refused");
}

/** Delivers every buffer of the simulator now; AWS has no such call. */
export async function flush(endpoint: string): Promise<void> {
  const answer = await fetch(`${endpoint}/_edgehose/flush`, { method: "POST" });
  if (!answer.ok) throw new Error(`flush answered ${answer.status}`);
}
