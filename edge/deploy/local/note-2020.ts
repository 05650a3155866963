// The design of 2020 on this machine: an API whose requests become records one by one, raw objects,
// a queue that is told of them, and a function that shapes them into the lake.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CreateDeliveryStreamCommand, FirehoseClient } from "@aws-sdk/client-firehose";
import { CreateEventSourceMappingCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { PutBucketNotificationConfigurationCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { startSimulator } from "./simulator.ts";
import { kBucket, kLocalCredentials, kRegion, unlessThere, untilActive } from "./streams.ts";
import type { RunningSimulator } from "./simulator.ts";

const kDesign = fileURLToPath(new URL("../../../simulator/scenario/designs/note-2020/", import.meta.url));
const kAccount = "000000000000";
const kStream = "events";
const kRawBucket = "raw";
const kQueue = "objects";
const kDeadQueue = "objects-dead";
const kFunction = "shape";
/** Tries of one message before it is a dead letter. */
const kReceivesMax = 3;
const kVisibilitySeconds = 360;

export interface Note2020Options {
  data: string;
  quota?: string;
  /** Firehose writes an object when either is reached. */
  bufferSeconds?: number;
  bufferMegabytes?: number;
  /** Gets the messages of the alarms. */
  webhook?: string;
  simulatorFlags?: readonly string[];
}

export interface Note2020 {
  simulator: RunningSimulator;
  /** POST one event, or an array of one. */
  collect: string;
  stop: () => Promise<void>;
}

export async function startNote2020(options: Note2020Options): Promise<Note2020> {
  const { data, quota = "tokyo-2020", simulatorFlags = [] } = options;
  await mkdir(data, { recursive: true });
  const alarms = join(data, "alarms.json");
  const file: object = JSON.parse(await readFile(`${kDesign}alarms.json`, "utf8"));
  await writeFile(alarms, JSON.stringify({ ...file, ...(options.webhook === undefined ? {} : { webhook: options.webhook }) }));
  const simulator = await startSimulator({
    data,
    quota,
    flags: [
      ...["--api", `${kDesign}api.yaml`, "--api-port", "0", "--alarms", alarms, "--control"],
      ...["--bucket", kRawBucket, "--bucket", kBucket, "--function", `${kFunction}=shaper:${kBucket}`],
      ...simulatorFlags,
    ],
  });
  try {
    if (simulator.api === undefined) throw new Error("edgehose up: names no API");
    await createDesign(simulator.endpoint, options);
    return { simulator, collect: `${simulator.api}/collect`, stop: () => simulator.stop() };
  } catch (error) {
    await simulator.kill();
    throw error;
  }
}

async function createDesign(endpoint: string, options: Note2020Options): Promise<void> {
  await createQueues(endpoint);
  const s3 = new S3Client({ endpoint, region: kRegion, credentials: kLocalCredentials, forcePathStyle: true });
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: kRawBucket,
      NotificationConfiguration: { QueueConfigurations: [{ QueueArn: queueArn(kQueue), Events: ["s3:ObjectCreated:*"] }] },
    }),
  );
  s3.destroy();
  const lambda = new LambdaClient({ endpoint, region: kRegion, credentials: kLocalCredentials });
  await lambda.send(
    new CreateEventSourceMappingCommand({
      EventSourceArn: queueArn(kQueue),
      FunctionName: kFunction,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    }),
  );
  lambda.destroy();
  const firehose = new FirehoseClient({ endpoint, region: kRegion, credentials: kLocalCredentials });
  await unlessThere(createRawStream(firehose, options));
  await untilActive(firehose, kStream);
  firehose.destroy();
}

/** The queue of objects to shape, and the one of those that could not be. */
async function createQueues(endpoint: string): Promise<void> {
  const sqs = new SQSClient({ endpoint, region: kRegion, credentials: kLocalCredentials });
  await sqs.send(new CreateQueueCommand({ QueueName: kDeadQueue }));
  await sqs.send(
    new CreateQueueCommand({
      QueueName: kQueue,
      Attributes: {
        VisibilityTimeout: String(kVisibilitySeconds),
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn(kDeadQueue), maxReceiveCount: kReceivesMax }),
      },
    }),
  );
  sqs.destroy();
}

async function createRawStream(
  firehose: FirehoseClient,
  { bufferSeconds = 5, bufferMegabytes = 1 }: Note2020Options,
): Promise<void> {
  await firehose.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: kStream,
      DeliveryStreamType: "DirectPut",
      ExtendedS3DestinationConfiguration: {
        RoleARN: `arn:aws:iam::${kAccount}:role/note-2020`,
        BucketARN: `arn:aws:s3:::${kRawBucket}`,
        BufferingHints: { SizeInMBs: bufferMegabytes, IntervalInSeconds: bufferSeconds },
        CompressionFormat: "GZIP",
        ProcessingConfiguration: {
          Enabled: true,
          Processors: [{ Type: "AppendDelimiterToRecord", Parameters: [{ ParameterName: "Delimiter", ParameterValue: "\\n" }] }],
        },
      },
    }),
  );
}

function queueArn(name: string): string {
  return `arn:aws:sqs:${kRegion}:${kAccount}:${name}`;
}

interface DesignStatus {
  streams: { buffered_records: number }[];
  sqs: { queues: Record<string, { visible: number; in_flight: number; delayed: number }> };
  lambda: { held_messages: number };
  notifications: { waiting: number };
}

/** Waits until every record is delivered, told of, and shaped; dead letters are not waited for. */
export async function untilShaped(endpoint: string, timeoutMs = 120_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await fetch(`${endpoint}/_edgehose/status`);
    const { streams, sqs, lambda, notifications }: DesignStatus = await answer.json();
    const queue = sqs.queues[kQueue] ?? { visible: 0, in_flight: 0, delayed: 0 };
    const left =
      streams.reduce((sum, stream) => sum + stream.buffered_records, 0) +
      (notifications.waiting + queue.visible + queue.in_flight + queue.delayed + lambda.held_messages);
    if (left === 0) return;
    if (Date.now() > end) throw new Error(`after ${timeoutMs} ms not everything is shaped: ${JSON.stringify({ queue, notifications })}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
