// The AWS SDK for JavaScript against simulated Firehose.

import { gunzipSync } from "node:zlib";
import {
  CreateDeliveryStreamCommand,
  DeleteDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  InvalidArgumentException,
  ListDeliveryStreamsCommand,
  PutRecordBatchCommand,
  PutRecordCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  ServiceUnavailableException,
  UpdateDestinationCommand,
} from "@aws-sdk/client-firehose";
import type { ExtendedS3DestinationConfiguration } from "@aws-sdk/client-firehose";
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { firehoseClient, flush, region, roleArn, s3Client, startSimulator } from "./simulator.ts";
import type { Simulator } from "./simulator.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const lake: ExtendedS3DestinationConfiguration = { RoleARN: roleArn, BucketARN: "arn:aws:s3:::lake" };

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator(["--quota", "unlimited"]);
});
afterAll(() => simulator.stop());

async function create(name: string, destination: Partial<ExtendedS3DestinationConfiguration> = {}): Promise<void> {
  await firehoseClient(simulator.endpoint).send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: name,
      ExtendedS3DestinationConfiguration: { ...lake, ...destination },
    }),
  );
}

async function keysUnder(prefix: string): Promise<string[]> {
  const page = await s3Client(simulator.endpoint).send(new ListObjectsV2Command({ Bucket: "lake", Prefix: prefix }));
  return (page.Contents ?? []).map((object) => object.Key ?? "");
}

async function read(key: string): Promise<Buffer> {
  const object = await s3Client(simulator.endpoint).send(new GetObjectCommand({ Bucket: "lake", Key: key }));
  return Buffer.from((await object.Body?.transformToByteArray()) ?? []);
}

/** The rejection of a call, for looking at its class and text. */
async function rejection(call: Promise<unknown>): Promise<Error & { $metadata?: { httpStatusCode?: number } }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("the call was not refused");
}

describe("streams", () => {
  test("are created, described, listed and deleted", async () => {
    const client = firehoseClient(simulator.endpoint);
    const created = await client.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName: "life",
        DeliveryStreamType: "DirectPut",
        ExtendedS3DestinationConfiguration: {
          ...lake,
          Prefix: "life/!{timestamp:yyyy}/",
          ErrorOutputPrefix: "errors/!{firehose:error-output-type}/",
          BufferingHints: { SizeInMBs: 3, IntervalInSeconds: 60 },
          CompressionFormat: "GZIP",
        },
      }),
    );
    expect(created.DeliveryStreamARN).toBe(`arn:aws:firehose:${region}:000000000000:deliverystream/life`);

    const described = await client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: "life" }));
    const description = described.DeliveryStreamDescription;
    expect(description?.DeliveryStreamStatus).toBe("ACTIVE");
    expect(description?.VersionId).toBe("1");
    expect(Math.abs((description?.CreateTimestamp?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    const destination = description?.Destinations?.[0]?.ExtendedS3DestinationDescription;
    expect(destination?.BufferingHints).toEqual({ SizeInMBs: 3, IntervalInSeconds: 60 });
    expect(destination?.CompressionFormat).toBe("GZIP");
    expect(destination?.Prefix).toBe("life/!{timestamp:yyyy}/");

    const listed = await client.send(new ListDeliveryStreamsCommand({}));
    expect(listed.DeliveryStreamNames).toContain("life");

    await client.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName: "life" }));
    await expect
      .poll(async () => (await client.send(new ListDeliveryStreamsCommand({}))).DeliveryStreamNames)
      .not.toContain("life");
  });

  test("are listed in pages, in order", async () => {
    for (const name of ["page-c", "page-a", "page-b"]) await create(name);
    const client = firehoseClient(simulator.endpoint);
    const page = await client.send(
      new ListDeliveryStreamsCommand({ Limit: 2, ExclusiveStartDeliveryStreamName: "page" }),
    );
    expect(page.DeliveryStreamNames).toEqual(["page-a", "page-b"]);
    expect(page.HasMoreDeliveryStreams).toBe(true);
  });

  test("twice by one name are refused, unknown ones not found", async () => {
    await create("twice");
    const again = await rejection(create("twice"));
    expect(again).toBeInstanceOf(ResourceInUseException);
    expect(again.message).toBe("Firehose twice under accountId 000000000000 already exists");
    const client = firehoseClient(simulator.endpoint);
    const missing = await rejection(client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: "nobody" })));
    expect(missing).toBeInstanceOf(ResourceNotFoundException);
    expect(missing.message).toBe("Firehose nobody under account 000000000000 not found.");
  });

  test.each([
    ["ProcessingConfiguration", { ProcessingConfiguration: { Enabled: true, Processors: [] } }],
    ["DynamicPartitioningConfiguration", { DynamicPartitioningConfiguration: { Enabled: true } }],
    ["CustomTimeZone", { CustomTimeZone: "Asia/Tokyo" }],
    ["CompressionFormat", { CompressionFormat: "Snappy" as const }],
    ["S3BackupMode", { S3BackupMode: "Enabled" as const }],
    ["SizeInMBs", { BufferingHints: { SizeInMBs: 129, IntervalInSeconds: 60 } }],
    ["IntervalInSeconds", { BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 901 } }],
    ["ErrorOutputPrefix", { Prefix: "x/!{timestamp:yyyy}/" }],
    ["Prefix", { Prefix: "x/!{time:yyyy}/", ErrorOutputPrefix: "e/" }],
    ["partitionKeyFromQuery", { Prefix: "x/!{partitionKeyFromQuery:y}/", ErrorOutputPrefix: "e/" }],
  ])("with what is not modelled or not allowed are refused by its name: %s", async (name, destination) => {
    const refused = await rejection(create(`refused-${name}`, destination));
    expect(refused).toBeInstanceOf(InvalidArgumentException);
    expect(refused.message).toContain(name);
  });

  test("take no operation that is not modelled", async () => {
    const client = firehoseClient(simulator.endpoint);
    const refused = await rejection(
      client.send(
        new UpdateDestinationCommand({
          DeliveryStreamName: "twice",
          CurrentDeliveryStreamVersionId: "1",
          DestinationId: "destinationId-000000000001",
        }),
      ),
    );
    expect(refused.name).toBe("UnknownOperationException");
    expect(refused.message).toContain("UpdateDestination");
  });
});

describe("records", () => {
  test("of single puts and batches arrive in one object, in order", async () => {
    await create("order", {
      Prefix: "order/!{timestamp:yyyy/MM/dd}/",
      ErrorOutputPrefix: "errors/!{firehose:error-output-type}/",
      CompressionFormat: "GZIP",
    });
    const client = firehoseClient(simulator.endpoint);
    const single = await client.send(
      new PutRecordCommand({ DeliveryStreamName: "order", Record: { Data: bytes("1\n") } }),
    );
    expect(single.RecordId).toMatch(/.+/);
    expect(single.Encrypted).toBe(false);
    const batch = await client.send(
      new PutRecordBatchCommand({
        DeliveryStreamName: "order",
        Records: ["2\n", "3\n", ""].map((text) => ({ Data: bytes(text) })),
      }),
    );
    expect(batch.FailedPutCount).toBe(0);
    expect(new Set(batch.RequestResponses?.map((row) => row.RecordId)).size).toBe(3);
    await flush(simulator.endpoint);
    const keys = await keysUnder("order/");
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatch(
      /^order\/\d{4}\/\d\d\/\d\d\/order-1-\d{4}(-\d\d){5}-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.gz$/,
    );
    expect(gunzipSync(await read(keys[0] ?? "")).toString()).toBe("1\n2\n3\n");
  });

  test("without a prefix go under yyyy/MM/dd/HH/, whatever their bytes", async () => {
    await create("plain");
    const data = Uint8Array.from({ length: 256 }, (_, i) => i);
    await firehoseClient(simulator.endpoint).send(
      new PutRecordCommand({ DeliveryStreamName: "plain", Record: { Data: data } }),
    );
    await flush(simulator.endpoint);
    const hour = new Date().toISOString().slice(0, 11);
    const keys = (await keysUnder(hour.slice(0, 4))).filter((key) => key.includes("plain-1-"));
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatch(/^\d{4}\/\d\d\/\d\d\/\d\d\/plain-1-/);
    expect([...(await read(keys[0] ?? ""))]).toEqual([...data]);
  });

  test("above 500 in a call are refused, and nothing is stored", async () => {
    await create("many");
    const client = firehoseClient(simulator.endpoint);
    const records = Array.from({ length: 501 }, () => ({ Data: bytes("x") }));
    const refused = await rejection(
      client.send(new PutRecordBatchCommand({ DeliveryStreamName: "many", Records: records })),
    );
    expect(refused.name).toBe("ValidationException");
    expect(refused.$metadata?.httpStatusCode).toBe(400);
    expect(refused.message).toContain("at 'records' failed to satisfy constraint");
    expect(refused.message).toContain("Member must have length less than or equal to 500");
    await flush(simulator.endpoint);
    const status: { streams: { name: string; records: number }[] } = await (
      await fetch(`${simulator.endpoint}/_edgehose/status`)
    ).json();
    expect(status.streams.find((stream) => stream.name === "many")?.records).toBe(0);
  });

  test("of 4 MiB are taken, one byte more is refused", async () => {
    await create("large");
    const client = firehoseClient(simulator.endpoint);
    const megabyte = { Data: new Uint8Array(838_860).fill(97) };
    const four = [megabyte, megabyte, megabyte, megabyte];
    const send = (last: number): Promise<unknown> =>
      client.send(
        new PutRecordBatchCommand({
          DeliveryStreamName: "large",
          Records: [...four, { Data: new Uint8Array(last).fill(98) }],
        }),
      );
    await send(4_194_304 - 4 * 838_860);
    const refused = await rejection(send(4_194_305 - 4 * 838_860));
    expect(refused).toBeInstanceOf(InvalidArgumentException);
    expect(refused.message).toBe("Records size exceeds 4 MB limit");
  });

  test("above 1,000 KiB are refused", async () => {
    await create("record");
    const client = firehoseClient(simulator.endpoint);
    const put = (size: number): Promise<unknown> =>
      client.send(
        new PutRecordCommand({ DeliveryStreamName: "record", Record: { Data: new Uint8Array(size).fill(97) } }),
      );
    await put(1_024_000);
    const refused = await rejection(put(1_024_001));
    expect(refused.name).toBe("ValidationException");
    expect(refused.message).toContain("less than or equal to 1024000");
  });

  test("for an unknown stream are refused with its name", async () => {
    const client = firehoseClient(simulator.endpoint);
    const refused = await rejection(
      client.send(new PutRecordBatchCommand({ DeliveryStreamName: "nobody", Records: [{ Data: bytes("x") }] })),
    );
    expect(refused).toBeInstanceOf(ResourceNotFoundException);
    expect(refused.message).toContain("nobody");
  });

  test.each([
    ["malformed base64", '{"DeliveryStreamName":"record","Record":{"Data":"a=b"}}', "SerializationException"],
    ["cut-off JSON", '{"DeliveryStreamName":"record","Rec', "SerializationException"],
    ["a list", "[]", "SerializationException"],
    ["no stream", '{"Record":{"Data":""}}', "ValidationException"],
    ["no record", '{"DeliveryStreamName":"record"}', "ValidationException"],
  ])("in a body with %s are refused", async (_, body, type) => {
    const answer = await fetch(simulator.endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Firehose_20150804.PutRecord" },
      body,
    });
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/x-amz-json-1.1");
    expect(answer.headers.get("x-amzn-requestid")).toMatch(/[0-9a-f-]{36}/);
    const error: { __type: string; message: string } = await answer.json();
    expect(error.__type).toBe(type);
    expect(error.message).toMatch(/.+/);
  });
});

describe("quotas", () => {
  test("of tokyo-2020 throttle rows above 1 MiB/s one by one, and single puts whole", async () => {
    const tokyo = await startSimulator(["--quota", "tokyo-2020"]);
    try {
      const client = firehoseClient(tokyo.endpoint);
      await client.send(
        new CreateDeliveryStreamCommand({ DeliveryStreamName: "slow", ExtendedS3DestinationConfiguration: lake }),
      );
      const large = { Data: new Uint8Array(700_000) };
      const batch = await client.send(
        new PutRecordBatchCommand({
          DeliveryStreamName: "slow",
          Records: [large, large, { Data: bytes("small") }],
        }),
      );
      expect(batch.FailedPutCount).toBe(1);
      expect(batch.RequestResponses?.[1]).toEqual({
        ErrorCode: "ServiceUnavailableException",
        ErrorMessage: "Slow down.",
      });
      expect(batch.RequestResponses?.[0]?.RecordId).toMatch(/.+/);
      expect(batch.RequestResponses?.[2]?.RecordId).toMatch(/.+/);
      const refused = await rejection(
        client.send(new PutRecordCommand({ DeliveryStreamName: "slow", Record: large })),
      );
      expect(refused).toBeInstanceOf(ServiceUnavailableException);
      expect(refused.$metadata?.httpStatusCode).toBe(500);
      expect(refused.message).toBe("Slow down.");
    } finally {
      await tokyo.stop();
    }
  });
});
