// A server in the place of Firehose whose answers a test decides, to see what the worker does then.
// What Firehose itself does is the simulator's to show.

import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";

export interface PutBatch {
  stream: string;
  /** Of each record, its lines. */
  records: string[][];
  headers: IncomingMessage["headers"];
}

export interface StandIn {
  url: string;
  batches: PutBatch[];
  /** The lines of all batches so far. */
  lines: () => string[];
  /** Sees each batch's records as they came. */
  raw: (records: Buffer[]) => void;
  /** Decides each answer; null leaves it open. */
  answer: (batch: PutBatch, response: ServerResponse) => object | null | Promise<object | null>;
  stop: () => Promise<void>;
}

export async function startStandIn(): Promise<StandIn> {
  const standIn: StandIn = {
    url: "",
    batches: [],
    lines: () => standIn.batches.flatMap(({ records }) => records.flat()),
    raw: () => undefined,
    answer: (batch) => allAccepted(batch),
    stop: () => Promise.resolve(),
  };
  const server = createServer((request, response) => void serve(request, response, standIn));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("stand-in: no port");
  standIn.url = `http://127.0.0.1:${address.port}/`;
  standIn.stop = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return standIn;
}

export function allAccepted({ records }: PutBatch): object {
  return {
    FailedPutCount: 0,
    Encrypted: false,
    RequestResponses: records.map((_, index) => ({ RecordId: `r${index}` })),
  };
}

export function allThrottled({ records }: PutBatch): object {
  return {
    FailedPutCount: records.length,
    Encrypted: false,
    RequestResponses: records.map(() => ({
      ErrorCode: "ServiceUnavailableException",
      ErrorMessage: "Slow down.",
    })),
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  standIn: StandIn,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body: { DeliveryStreamName: string; Records: { Data: string }[] } = JSON.parse(
    Buffer.concat(chunks).toString(),
  );
  const records = body.Records.map(({ Data }) => Buffer.from(Data, "base64"));
  standIn.raw(records);
  const batch = {
    stream: body.DeliveryStreamName,
    records: records.map((record) => record.toString().split("\n").slice(0, -1)),
    headers: request.headers,
  };
  standIn.batches.push(batch);
  const answer = await standIn.answer(batch, response);
  if (answer === null) return;
  response.setHeader("content-type", "application/x-amz-json-1.1");
  response.end(JSON.stringify(answer));
}
