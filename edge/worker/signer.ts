// PutRecordBatch requests signed with AWS Signature Version 4. aws4fetch only signs here: whether
// and when a batch is sent again is the shard's decision alone.

import { AwsClient } from "aws4fetch";

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** Makes the signed request for one batch. `nowMs` is the signature's date. */
export type Sign = (body: Uint8Array<ArrayBuffer>, nowMs: number) => Promise<Request>;

export function firehoseSigner(credentials: Credentials, region: string, endpoint: string): Sign {
  const client = new AwsClient({ ...credentials, region, service: "firehose", retries: 0 });
  return (body, nowMs) =>
    client.sign(endpoint, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "Firehose_20150804.PutRecordBatch",
      },
      body,
      // A redirect would carry the signed batch to a place nobody configured.
      redirect: "manual",
      aws: { datetime: basicIsoTime(nowMs) },
    });
}

/** 20261122T130000Z, the form that X-Amz-Date takes. */
function basicIsoTime(ms: number): string {
  return new Date(ms).toISOString().replace(/[:-]|\.\d{3}/g, "");
}
