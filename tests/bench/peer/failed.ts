// A failed event: what was wrong with it, and its bytes.

export interface Problem {
  reason: string;
  pointer: string;
  keyword: string;
  expected: string;
  actual: string;
  content_type: string | undefined;
}

const encoder = new TextEncoder();

export function failedLine(problem: Problem, event: unknown, received_time: string): string {
  // The event's own bytes are gone once JSON.parse has read them: this writes them anew.
  const raw = encoder.encode(JSON.stringify(event));
  let binary = "";
  for (const byte of raw) binary += String.fromCharCode(byte);
  return JSON.stringify({ ...problem, received_time, raw: btoa(binary), raw_bytes: raw.length });
}
