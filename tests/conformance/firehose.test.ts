// The AWS SDK for JavaScript against simulated Firehose.

import { gunzipSync } from "node:zlib";
import {
  ConcurrentModificationException,
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
import { firehoseClient, flush, region, rejection, roleArn, s3Client, startSimulator } from "./simulator.ts";
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
    ["Dynamic Partitioning", { DynamicPartitioningConfiguration: { Enabled: true } }],
    ["CustomTimeZone", { CustomTimeZone: "Asia/Nowhere" }],
    ["DataFormatConversionConfiguration", { DataFormatConversionConfiguration: { Enabled: true } }],
    ["S3BackupConfiguration", { S3BackupMode: "Enabled" as const }],
    ["SizeInMBs", { BufferingHints: { SizeInMBs: 129, IntervalInSeconds: 60 } }],
    ["IntervalInSeconds", { BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 901 } }],
    ["ErrorOutputPrefix", { Prefix: "x/!{timestamp:yyyy}/" }],
    ["Prefix", { Prefix: "x/!{time:yyyy}/", ErrorOutputPrefix: "e/" }],
    ["partitionKeyFromQuery", { Prefix: "x/!{partitionKeyFromQuery:y}/", ErrorOutputPrefix: "e/" }],
  ])("with what is not modelled or not allowed are refused by its name: %s", async (name, destination) => {
    const refused = await rejection(create(`refused-${name.replace(" ", "-")}`, destination));
    expect(refused).toBeInstanceOf(InvalidArgumentException);
    expect(refused.message).toContain(name);
  });

  test("are changed from the version that their description has, and from no other", async () => {
    const client = firehoseClient(simulator.endpoint);
    await create("changed");
    const update = {
      DeliveryStreamName: "changed",
      CurrentDeliveryStreamVersionId: "1",
      DestinationId: "destinationId-000000000001",
      ExtendedS3DestinationUpdate: { Prefix: "new/" },
    };
    await client.send(new UpdateDestinationCommand(update));
    const described = await client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: "changed" }));
    expect(described.DeliveryStreamDescription?.VersionId).toBe("2");
    const stale = await rejection(client.send(new UpdateDestinationCommand(update)));
    expect(stale).toBeInstanceOf(ConcurrentModificationException);
  });
});
