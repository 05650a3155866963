// The AWS SDK for JavaScript against simulated Lambda: a user's handler, and the built-in shaper behind a queue.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  InvalidRequestContentException,
  InvokeCommand,
  paginateListFunctions,
  PutFunctionConcurrencyCommand,
  ResourceNotFoundException,
  TooManyRequestsException,
} from "@aws-sdk/client-lambda";
import type { InvokeCommandInput, InvokeCommandOutput, LambdaClient } from "@aws-sdk/client-lambda";
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { CreateQueueCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lambdaClient, region, rejection, s3Client, sqsClient, startSimulator } from "./simulator.ts";
import type { Simulator } from "./simulator.ts";

const handlers = `
import { appendFileSync } from "node:fs";
export const handler = async (event, context) => {
  if (event.fail) throw new TypeError("as asked");
  if (event.log) appendFileSync(event.log, "called\\n");
  return { event, function: context.functionName };
};
`;

let folder: string;
let simulator: Simulator;
let client: LambdaClient;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edgehose-handlers-"));
  await writeFile(join(folder, "handlers.mjs"), handlers);
  const functions = ["--function", `echo=${folder}/handlers.mjs`, "--function", "shape=shaper:lake"];
  const flags = ["--clock-speed", "60", "--bucket", "raw", "--bucket", "lake", ...functions];
  simulator = await startSimulator(flags);
  client = lambdaClient(simulator.endpoint);
});
afterAll(async () => {
  client.destroy();
  await simulator.stop();
  await rm(folder, { recursive: true, force: true });
});

function invoke(name: string, payload: unknown, more: Partial<InvokeCommandInput> = {}): Promise<InvokeCommandOutput> {
  return client.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(payload), ...more }));
}

const answered = (output: InvokeCommandOutput): unknown => JSON.parse(output.Payload?.transformToString() ?? "");

/** Figures of a function as the simulator counts them. */
async function figures(name: string): Promise<Record<string, number>> {
  const status = await (await fetch(`${simulator.endpoint}/_edgehose/status`)).json();
  return status.lambda.functions[name];
}

describe("functions", () => {
  test("answer when they are called and waited for", async () => {
    const output = await invoke("echo", { text: "\u65e5\u672c", n: [1, null] });
    expect(output.StatusCode).toBe(200);
    expect(output.ExecutedVersion).toBe("$LATEST");
    expect(output.FunctionError).toBeUndefined();
    expect(answered(output)).toEqual({ event: { text: "\u65e5\u672c", n: [1, null] }, function: "echo" });
  });

  test("that throw are answered 200 with what they threw", async () => {
    const output = await invoke("echo", { fail: true });
    expect(output.StatusCode).toBe(200);
    expect(output.FunctionError).toBe("Unhandled");
    expect(answered(output)).toMatchObject({ errorType: "TypeError", errorMessage: "as asked" });
  });

  test("that are called as events are answered before they run", async () => {
    const { invocations } = await figures("echo");
    const output = await invoke("echo", { later: true }, { InvocationType: "Event" });
    expect(output.StatusCode).toBe(202);
    await expect.poll(async () => (await figures("echo"))["invocations"]).toBe((invocations ?? 0) + 1);
    expect((await invoke("echo", {}, { InvocationType: "DryRun" })).StatusCode).toBe(204);
  });

  test("without room are throttled, by the class of that error", async () => {
    await client.send(
      new PutFunctionConcurrencyCommand({ FunctionName: "echo", ReservedConcurrentExecutions: 0 }),
    );
    const refused = await rejection(invoke("echo", {}));
    expect(refused).toBeInstanceOf(TooManyRequestsException);
    expect(refused.$metadata?.httpStatusCode).toBe(429);
    expect((refused as TooManyRequestsException).Reason).toMatch(/ConcurrentInvocationLimitExceeded$/);
    await client.send(new DeleteFunctionConcurrencyCommand({ FunctionName: "echo" }));
    expect((await invoke("echo", {})).StatusCode).toBe(200);
  });

  test("that are not there, and events that are no JSON, have their errors' classes", async () => {
    expect(await rejection(invoke("nobody", {}))).toBeInstanceOf(ResourceNotFoundException);
    expect(await rejection(invoke("echo", {}, { Payload: "{" }))).toBeInstanceOf(InvalidRequestContentException);
  });

  test("are listed and described", async () => {
    const names: (string | undefined)[] = [];
    for await (const page of paginateListFunctions({ client }, {})) {
      names.push(...(page.Functions ?? []).map((found) => found.FunctionName));
    }
    expect(names).toEqual(["echo", "shape"]);
    const described = await client.send(new GetFunctionConfigurationCommand({ FunctionName: "echo" }));
    expect(described.Runtime).toMatch(/^nodejs/);
    expect(described.FunctionArn).toBe(`arn:aws:lambda:${region}:000000000000:function:echo`);
  });
});

describe("the shaper behind a queue", () => {
  test("shapes the raw object that S3 told the queue of", async () => {
    const [s3, sqs] = [s3Client(simulator.endpoint), sqsClient(simulator.endpoint)];
    await sqs.send(new CreateQueueCommand({ QueueName: "raw", Attributes: { VisibilityTimeout: "60" } }));
    const arn = `arn:aws:sqs:${region}:000000000000:raw`;
    await s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: "raw",
        NotificationConfiguration: { QueueConfigurations: [{ QueueArn: arn, Events: ["s3:ObjectCreated:*"] }] },
      }),
    );
    const mapping = await client.send(
      new CreateEventSourceMappingCommand({
        EventSourceArn: arn,
        FunctionName: "shape",
        FunctionResponseTypes: ["ReportBatchItemFailures"],
      }),
    );
    const event = { event_id: "01", content_type: "page_view", time: "2026-11-22T13:59:59.999Z" };
    await s3.send(new PutObjectCommand({ Bucket: "raw", Key: "a b/x.gz", Body: gzipSync(JSON.stringify(event)) }));
    const keys = async (): Promise<string[]> =>
      ((await s3.send(new ListObjectsV2Command({ Bucket: "lake" }))).Contents ?? []).map((found) => found.Key ?? "");
    await expect.poll(keys, { timeout: 20_000 }).toHaveLength(1);
    const [key = ""] = await keys();
    expect(key).toMatch(/^content_type=page_view\/year=2026\/month=11\/day=22\/hour=13\//);
    const object = await s3.send(new GetObjectCommand({ Bucket: "lake", Key: key }));
    expect(JSON.parse((await object.Body?.transformToString()) ?? "")).toMatchObject({ event_id: "01" });
    await client.send(new DeleteEventSourceMappingCommand({ UUID: mapping.UUID }));
    for (const used of [s3, sqs]) used.destroy();
  });
});
