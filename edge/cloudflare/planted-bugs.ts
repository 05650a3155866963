// Bugs planted on purpose, by the binding PLANT, so that tests can show that the audit finds them.
// Never bound outside tests.
//
//   answer_early  the Worker answers 200 before Firehose accepted
//   no_resend     throttled rows of a batch are reported to the shard as accepted

export type Plant = "none" | "answer_early" | "no_resend";

export function readPlant(binding: string | undefined): Plant {
  return binding === "answer_early" || binding === "no_resend" ? binding : "none";
}

/** A fetch that hides the throttled rows of each PutRecordBatch answer. */
export async function fetchHidingThrottledRows(request: Request): Promise<Response> {
  const response = await fetch(request);
  if (response.status !== 200) return response;
  const answer: { RequestResponses: Record<string, unknown>[] } = await response.json();
  const rows = answer.RequestResponses.map((row) =>
    "ErrorCode" in row ? { RecordId: "planted" } : row,
  );
  return Response.json({ ...answer, FailedPutCount: 0, RequestResponses: rows });
}
