// The AWS SDK for JavaScript against simulated SQS.

import { createHash } from "node:crypto";
import {
  BatchEntryIdsNotDistinct,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  EmptyBatchRequest,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  paginateListQueues,
  QueueDoesNotExist,
  QueueNameExists,
  ReceiptHandleIsInvalid,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  TooManyEntriesInBatchRequest,
} from "@aws-sdk/client-sqs";
import type { Message, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rejection, sqsClient, startSimulator } from "./simulator.ts";
import type { Simulator } from "./simulator.ts";

let simulator: Simulator;
let client: SQSClient;
beforeAll(async () => {
  // A long poll of 20 s ends in a third of a second.
  simulator = await startSimulator(["--clock-speed", "60"]);
  client = sqsClient(simulator.endpoint);
});
afterAll(async () => {
  client.destroy();
  await simulator.stop();
});

async function create(name: string, attributes: Record<string, string> = {}): Promise<string> {
  const made = await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  return made.QueueUrl ?? "";
}

async function receive(url: string, more: object = {}): Promise<Message[]> {
  return (await client.send(new ReceiveMessageCommand({ QueueUrl: url, ...more }))).Messages ?? [];
}

async function count(url: string, name: "ApproximateNumberOfMessages" | "ApproximateNumberOfMessagesNotVisible") {
  const found = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [name] }));
  return Number(found.Attributes?.[name]);
}

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

describe("queues", () => {
  test("are made, found, listed and deleted", async () => {
    const url = await create("life-a", { VisibilityTimeout: "5" });
    expect(await create("life-a", { VisibilityTimeout: "5" })).toBe(url);
    expect((await client.send(new GetQueueUrlCommand({ QueueName: "life-a" }))).QueueUrl).toBe(url);
    for (const name of ["life-b", "life-c"]) await create(name);
    const listed: string[] = [];
    for await (const page of paginateListQueues({ client, pageSize: 2 }, { QueueNamePrefix: "life-" })) {
      listed.push(...(page.QueueUrls ?? []));
    }
    expect(listed.map((found) => found.split("/").at(-1))).toEqual(["life-a", "life-b", "life-c"]);
    await client.send(new DeleteQueueCommand({ QueueUrl: url }));
    const left = await client.send(new ListQueuesCommand({ QueueNamePrefix: "life-a" }));
    expect(left.QueueUrls ?? []).toEqual([]);
  });

  test("that are not there, or are there with other attributes, have their errors' classes", async () => {
    const missing = await rejection(client.send(new GetQueueUrlCommand({ QueueName: "nobody" })));
    expect(missing).toBeInstanceOf(QueueDoesNotExist);
    expect(missing.$metadata?.httpStatusCode).toBe(400);
    await create("settled", { VisibilityTimeout: "5" });
    expect(await rejection(create("settled", { VisibilityTimeout: "6" }))).toBeInstanceOf(QueueNameExists);
  });
});

describe("messages", () => {
  test("come back as they were sent, with digests that the SDK checks, until they are deleted", async () => {
    const url = await create("round");
    const body = "h\u00e9llo \u65e5\u672c \u{1f600}\n\"'\\";
    const sent = await client.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: body,
        MessageAttributes: {
          kind: { DataType: "String", StringValue: "click" },
          raw: { DataType: "Binary", BinaryValue: new Uint8Array([0, 1, 255]) },
        },
      }),
    );
    expect(sent.MD5OfMessageBody).toBe(md5(body));
    const [message] = await receive(url, { MessageAttributeNames: ["All"], MessageSystemAttributeNames: ["All"] });
    expect(message?.Body).toBe(body);
    expect(message?.MessageId).toBe(sent.MessageId);
    expect(message?.MD5OfBody).toBe(md5(body));
    expect(message?.MD5OfMessageAttributes).toBe(sent.MD5OfMessageAttributes);
    expect(message?.MessageAttributes?.["kind"]?.StringValue).toBe("click");
    expect(message?.MessageAttributes?.["raw"]?.BinaryValue).toEqual(new Uint8Array([0, 1, 255]));
    expect(message?.Attributes?.ApproximateReceiveCount).toBe("1");
    expect(await count(url, "ApproximateNumberOfMessagesNotVisible")).toBe(1);
    await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message?.ReceiptHandle }));
    expect(await count(url, "ApproximateNumberOfMessagesNotVisible")).toBe(0);
  });

  test("with another digest are refused by the SDK: its check is on", async () => {
    const url = await create("digests");
    const suspicious = sqsClient(simulator.endpoint);
    suspicious.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        Object.assign(result.output ?? {}, { MD5OfMessageBody: md5("another") });
        return result;
      },
      { step: "deserialize", priority: "high" },
    );
    const refused = await rejection(
      suspicious.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "this one" })),
    );
    expect(refused.message).toBe("InvalidChecksumError");
    suspicious.destroy();
  });

  test("come again after their visibility, or when it is taken away", async () => {
    const url = await create("again", { VisibilityTimeout: "43200" });
    await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "a" }));
    const [first] = await receive(url);
    expect(await receive(url)).toEqual([]);
    await client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 }),
    );
    const [second] = await receive(url, { MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
    expect(second?.Attributes?.ApproximateReceiveCount).toBe("2");
  });

  test("end a long poll when they come, and it ends without them", async () => {
    const url = await create("poll");
    const started = performance.now();
    expect(await receive(url, { WaitTimeSeconds: 20 })).toEqual([]);
    expect(performance.now() - started).toBeGreaterThan(300);
    const waiting = receive(url, { WaitTimeSeconds: 20 });
    await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "now" }));
    expect((await waiting).map((message) => message.Body)).toEqual(["now"]);
  });

  test("that are wrong are refused by the class of their error", async () => {
    const url = await create("wrong");
    const handle = await rejection(client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: "made up" })));
    expect(handle).toBeInstanceOf(ReceiptHandleIsInvalid);
    const late = await rejection(
      client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "x", DelaySeconds: 901 })),
    );
    expect(late.name).toBe("InvalidParameterValue");
  });
});

describe("batches", () => {
  test("are sent, received and deleted entry by entry", async () => {
    const url = await create("batch");
    const sent = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: [
          ...Array.from({ length: 9 }, (_, n) => ({ Id: `m${n}`, MessageBody: `body ${n}` })),
          { Id: "bad", MessageBody: "\u0001" },
        ],
      }),
    );
    expect(sent.Successful?.map((entry) => entry.MD5OfMessageBody)).toEqual(
      Array.from({ length: 9 }, (_, n) => md5(`body ${n}`)),
    );
    expect(sent.Failed).toMatchObject([{ Id: "bad", Code: "InvalidMessageContents", SenderFault: true }]);
    const messages = await receive(url, { MaxNumberOfMessages: 10 });
    expect(messages.map((message) => message.Body).sort()).toEqual(Array.from({ length: 9 }, (_, n) => `body ${n}`));
    const handles = messages.map((message, n) => ({ Id: `d${n}`, ReceiptHandle: message.ReceiptHandle }));
    const deleted = await client.send(
      new DeleteMessageBatchCommand({ QueueUrl: url, Entries: [...handles, { Id: "none", ReceiptHandle: "made up" }] }),
    );
    expect(deleted.Successful?.length).toBe(9);
    expect(deleted.Failed).toMatchObject([{ Id: "none", Code: "ReceiptHandleIsInvalid" }]);
    expect(await count(url, "ApproximateNumberOfMessagesNotVisible")).toBe(0);
  });

  test("that are wrong are refused whole, each by its class", async () => {
    const url = await create("wrong-batch");
    const send = (ids: string[]): Promise<Error> =>
      rejection(
        client.send(
          new SendMessageBatchCommand({ QueueUrl: url, Entries: ids.map((Id) => ({ Id, MessageBody: "x" })) }),
        ),
      );
    expect(await send([])).toBeInstanceOf(EmptyBatchRequest);
    expect(await send(["a", "a"])).toBeInstanceOf(BatchEntryIdsNotDistinct);
    expect(await send(Array.from({ length: 11 }, (_, n) => `${n}`))).toBeInstanceOf(TooManyEntriesInBatchRequest);
    expect(await count(url, "ApproximateNumberOfMessages")).toBe(0);
  });
});
