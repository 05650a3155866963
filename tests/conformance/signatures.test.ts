// Signatures of the AWS SDK for JavaScript, where the simulator was given credentials.

import {
  CreateDeliveryStreamCommand,
  ListDeliveryStreamsCommand,
  PutRecordCommand,
} from "@aws-sdk/client-firehose";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { AwsClient } from "aws4fetch";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { firehoseClient, region, roleArn, s3Client, startSimulator } from "./simulator.ts";
import type { Keys, Simulator } from "./simulator.ts";

const right: Keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "right/secret+key" };
const wrongSecret: Keys = { ...right, secretAccessKey: "wrong" };
const unknownKey: Keys = { ...right, accessKeyId: "AKIDUNKNOWN" };

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator([
    "--access-key-id",
    right.accessKeyId,
    "--secret-access-key",
    right.secretAccessKey,
  ]);
});
afterAll(() => simulator.stop());

test("right ones open Firehose and S3", async () => {
  const firehose = firehoseClient(simulator.endpoint, right);
  await firehose.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: "signed",
      ExtendedS3DestinationConfiguration: { RoleARN: roleArn, BucketARN: "arn:aws:s3:::lake" },
    }),
  );
  await firehose.send(
    new PutRecordCommand({ DeliveryStreamName: "signed", Record: { Data: new TextEncoder().encode("x") } }),
  );
  const s3 = s3Client(simulator.endpoint, right);
  for (const Key of ["a b+c&\u00e9=%", "x//../y", "ordinary"]) {
    await s3.send(new PutObjectCommand({ Bucket: "lake", Key, Body: "signed", Metadata: { note: "two  blanks" } }));
    const object = await s3.send(new GetObjectCommand({ Bucket: "lake", Key }));
    expect(await object.Body?.transformToString()).toBe("signed");
  }
  await s3.send(new ListObjectsV2Command({ Bucket: "lake", Prefix: "a b+", Delimiter: "/" }));
  await s3.send(
    new PutObjectCommand({ Bucket: "lake", Key: "stream", Body: Readable.from([Buffer.from("abc")]), ContentLength: 3 }),
  );
});

test("of another secret, an unknown key or none are refused", async () => {
  const list = (keys: Keys): Promise<unknown> =>
    firehoseClient(simulator.endpoint, keys).send(new ListDeliveryStreamsCommand({}));
  await expect(list(wrongSecret)).rejects.toMatchObject({
    name: "InvalidSignatureException",
    $metadata: { httpStatusCode: 403 },
  });
  await expect(list(unknownKey)).rejects.toMatchObject({ name: "UnrecognizedClientException" });
  const put = (keys: Keys): Promise<unknown> =>
    s3Client(simulator.endpoint, keys).send(new PutObjectCommand({ Bucket: "lake", Key: "k", Body: "b" }));
  await expect(put(wrongSecret)).rejects.toMatchObject({ name: "SignatureDoesNotMatch" });
  await expect(put(unknownKey)).rejects.toMatchObject({ name: "InvalidAccessKeyId" });
  const unsigned = await fetch(`${simulator.endpoint}/lake/k`);
  expect(unsigned.status).toBe(403);
  expect(await unsigned.text()).toContain("<Code>AccessDenied</Code>");
});

test("of aws4fetch, which signs the body but sends no hash of it, open Firehose", async () => {
  const client = new AwsClient({ ...right, service: "firehose", region, retries: 0 });
  const request = { method: "POST", headers: { "X-Amz-Target": "Firehose_20150804.ListDeliveryStreams" } };
  const answer = await client.fetch(simulator.endpoint, { ...request, body: '{"Limit":10}' });
  expect(answer.status).toBe(200);
  const signed = await client.sign(simulator.endpoint, { ...request, body: '{"Limit":10}' });
  const changed = await fetch(signed.url, { method: "POST", headers: signed.headers, body: '{"Limit":11}' });
  expect(changed.status).toBe(403);
});

test("of a body that was changed on the way are refused by S3", async () => {
  const client = new AwsClient({ ...right, service: "s3", region, retries: 0 });
  const hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
  const signed = await client.sign(`${simulator.endpoint}/lake/changed`, {
    method: "PUT",
    headers: { "X-Amz-Content-Sha256": hash },
    body: "hello",
  });
  const answer = await fetch(signed.url, { method: "PUT", headers: signed.headers, body: "HELLO" });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain("<Code>XAmzContentSHA256Mismatch</Code>");
});

test("in presigned URLs open one object for their time, and nothing else", async () => {
  const client = new AwsClient({ ...right, service: "s3", region, retries: 0 });
  const presign = async (path: string, method: string, expires: number): Promise<Request> =>
    client.sign(`${simulator.endpoint}${path}?X-Amz-Expires=${expires}`, { method, aws: { signQuery: true } });
  const put = await presign("/lake/presigned", "PUT", 60);
  expect((await fetch(put.url, { method: "PUT", body: "by url" })).status).toBe(200);
  const get = await presign("/lake/presigned", "GET", 60);
  expect(await (await fetch(get.url)).text()).toBe("by url");
  expect((await fetch(get.url.replace("/presigned", "/other"))).status).toBe(403);
  expect((await fetch(get.url, { method: "DELETE" })).status).toBe(403);
  const late = await client.sign(`${simulator.endpoint}/lake/presigned?X-Amz-Expires=1`, {
    aws: { signQuery: true, datetime: "20200101T000000Z" },
  });
  expect(await (await fetch(late.url)).text()).toContain("<Code>RequestTimeTooSkewed</Code>");
});

test("of version 2 are refused with what to use instead", async () => {
  const answer = await fetch(`${simulator.endpoint}/lake/k?AWSAccessKeyId=x&Signature=y&Expires=1`);
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain("Please use AWS4-HMAC-SHA256");
});
