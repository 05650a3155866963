// Creates the bucket and one delivery stream a content type, by the AWS SDK, as a deployment on AWS would.

import {
  CreateDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  FirehoseClient,
  ResourceInUseException,
} from "@aws-sdk/client-firehose";
import { BucketAlreadyOwnedByYou, CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";

export interface StreamsOptions {
  endpoint: string;
  region?: string;
  bucket?: string;
  /** The delivery stream of each content type. */
  streams: Readonly<Record<string, string>>;
  /** Firehose writes an object when either is reached. */
  bufferSeconds?: number;
  bufferMegabytes?: number;
  compression?: "GZIP" | "UNCOMPRESSED";
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

export const kRegion = "ap-northeast-1";
export const kBucket = "lake";
export const kFailedStream = "failed";
export const kLocalCredentials = { accessKeyId: "local", secretAccessKey: "local-secret" };
const kByHour =
  "year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/";

/** What exists already stays as it is, so that a second start on the same data works. */
export async function createStreams(options: StreamsOptions): Promise<void> {
  const { endpoint, region = kRegion, bucket = kBucket, credentials = kLocalCredentials } = options;
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const firehose = new FirehoseClient({ endpoint, region, credentials });
  await unlessThere(s3.send(new CreateBucketCommand({ Bucket: bucket })));
  const prefixes = Object.entries(options.streams).map(([type, stream]): [string, string] => [stream, `content_type=${type}/`]);
  for (const [stream, prefix] of [...prefixes, [kFailedStream, "failed_events/"] as const]) {
    await unlessThere(createStream(firehose, stream, prefix, options));
    await untilActive(firehose, stream);
  }
  s3.destroy();
  firehose.destroy();
}

export async function unlessThere(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!(error instanceof ResourceInUseException || error instanceof BucketAlreadyOwnedByYou)) throw error;
  }
}

async function createStream(
  firehose: FirehoseClient,
  stream: string,
  prefix: string,
  { bucket = kBucket, bufferSeconds = 5, bufferMegabytes = 1, compression = "GZIP" }: StreamsOptions,
): Promise<void> {
  await firehose.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: stream,
      DeliveryStreamType: "DirectPut",
      ExtendedS3DestinationConfiguration: {
        RoleARN: "arn:aws:iam::123456789012:role/edgehose-delivery",
        BucketARN: `arn:aws:s3:::${bucket}`,
        Prefix: `${prefix}${kByHour}`,
        ErrorOutputPrefix: `errors/!{firehose:error-output-type}/${kByHour}`,
        BufferingHints: { SizeInMBs: bufferMegabytes, IntervalInSeconds: bufferSeconds },
        CompressionFormat: compression,
      },
    }),
  );
}

/** Describe is a control-plane call of five a second: ask at that pace, for a minute at most. */
export async function untilActive(firehose: FirehoseClient, stream: string): Promise<void> {
  for (let attempt = 0; attempt < 240; ++attempt) {
    const answer = await firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: stream }));
    if (answer.DeliveryStreamDescription?.DeliveryStreamStatus === "ACTIVE") return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`delivery stream ${stream}: not ACTIVE after 60 s`);
}
