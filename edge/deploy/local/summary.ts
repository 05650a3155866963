// The demo's last lines, from what `edgehose report --json`, `audit --json` and `query --json` say.

export interface AuditResult {
  balanced: boolean;
  events: number;
  delivered: number;
  failed: number;
  lost: number;
  duplicates: number;
}

export interface ReportResult {
  streams: { throttled_records: number }[];
  headroom: { quota: string; peak: number; limit: number; stream: string; used_permille: number }[];
  lake: { objects: number; partitions: number; stored_bytes: number }[];
  bill: {
    region: string;
    duration_s: number;
    events_monthly: number;
    packed: Bill;
    single: Bill;
  };
}

interface Bill {
  total_usd: number;
  is_lower_bound: boolean;
}

export interface SqlAnswer {
  content_type: string;
  events: number;
}

export function summaryLines(audit: AuditResult, report: ReportResult, sql: readonly SqlAnswer[]): string[] {
  const { events, delivered, failed, lost, duplicates } = audit;
  return [
    `events    sent ${number(events)}, delivered ${number(delivered)}, failed ${number(failed)}, lost ${number(lost)}; ` +
      `${number(duplicates)} further copies, explained by resends`,
    `lake      ${lakeLine(report)}`,
    `SQL       distinct event_id by content_type: ${sql.map((row) => `${row.content_type} ${number(row.events)}`).join(", ")}`,
    `headroom  left in the busiest second: ${headroomLine(report)}`,
    `a month   ${billLine(report)}`,
  ];
}

function lakeLine({ lake }: ReportResult): string {
  const sum = (name: "objects" | "partitions" | "stored_bytes"): string =>
    number(lake.reduce((total, part) => total + part[name], 0));
  return `${sum("objects")} objects in ${sum("partitions")} partitions, ${sum("stored_bytes")} bytes stored`;
}

/** The fullest stream of each quota. */
function headroomLine({ headroom }: ReportResult): string {
  const worst = new Map<string, ReportResult["headroom"][number]>();
  for (const line of headroom) {
    if (line.used_permille >= (worst.get(line.quota)?.used_permille ?? 0)) worst.set(line.quota, line);
  }
  return [...worst.values()]
    .map(({ quota, stream, used_permille }) => `${quota} ${Math.max(0, 1000 - used_permille) / 10} % (${stream})`)
    .join(", ");
}

function billLine({ bill }: ReportResult): string {
  const usd = (of: Bill): string => `${of.is_lower_bound ? "at least " : ""}USD ${of.total_usd.toFixed(2)}`;
  const times = (bill.single.total_usd / bill.packed.total_usd).toFixed(1);
  return (
    `at this rate (${number(Math.round(bill.events_monthly / 1e6))} million events): Firehose + S3 ${usd(bill.packed)} packed, ` +
    `${usd(bill.single)} with one event a record (${times} times)`
  );
}

function number(value: number): string {
  return value.toLocaleString("en");
}
