// The driver with the real module, and a Firehose, clock and timers that the test holds.

import { readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { kDefaultWasm } from "../../edge/cloudflare/build.ts";
import { Collector, CollectorModule, Shard, owned } from "../../edge/worker/collector-module.ts";
import { CollectorError } from "../../edge/worker/errors.ts";
import { ShardDriver } from "../../edge/worker/shard-driver.ts";
import { firehoseSigner } from "../../edge/worker/signer.ts";
import { lineFrame } from "./frames.ts";
import { FakeTab } from "./fake-world.ts";
import type { World } from "../../edge/worker/world.ts";
import type { Shaped } from "../../edge/worker/collector-module.ts";
import type { RowStore, Verdict } from "../../edge/worker/shard-driver.ts";

type Gzip = World["gzip"];

const module = new WebAssembly.Module(readFileSync(kDefaultWasm));
const config = { region: "ap-northeast-1", streams: { "*": "events" }, ack_deadline_ms: 10_000 };

interface Batch {
  request: Request;
  /** The lines of each record. */
  records: string[][];
}

type FirehoseAnswer = Response | Promise<Response> | "network error" | "never";

class FakeFirehose {
  readonly clock = new FakeTab();
  readonly batches: Batch[] = [];
  readonly logged: string[] = [];
  answer: (batch: Batch) => FirehoseAnswer = ({ records }) => rows(records.map(() => "ok"));
  readonly driver: ShardDriver;
  /** Signatures under way: their hashes run on other threads, in real time. */
  #signing = 0;

  constructor(
    options: { config?: object; open?: (seed: bigint) => Shard; rows?: RowStore; gzip?: Gzip } = {},
  ) {
    const json = JSON.stringify(options.config ?? config);
    const sign = firehoseSigner(
      { accessKeyId: "AK", secretAccessKey: "SK" },
      "ap-northeast-1",
      "http://firehose.test/",
    );
    this.driver = new ShardDriver({
      open: options.open ?? ((seed) => new Shard(new CollectorModule(module), json, seed)),
      sign: async (body, nowMs) => {
        this.#signing += 1;
        return sign(body, nowMs).finally(() => (this.#signing -= 1));
      },
      ...(options.rows === undefined ? {} : { rows: options.rows }),
      world: {
        ...(options.gzip === undefined ? {} : { gzip: options.gzip }),
        now: this.clock.now,
        setTimer: this.clock.setTimer,
        random: this.clock.random,
        log: (line) => void this.logged.push(line),
        fetch: (request) => this.#fetch(request),
      },
    });
  }

  async #fetch(request: Request): Promise<Response> {
    const { Records }: { Records: { Data: string }[] } = await request.clone().json();
    const records = Records.map(({ Data }) =>
      plain(Buffer.from(Data, "base64")).toString().split("\n").slice(0, -1),
    );
    const batch = { request, records };
    this.batches.push(batch);
    const answer = this.answer(batch);
    if (answer === "network error") throw new TypeError("connection refused");
    if (answer !== "never") return answer;
    return new Promise((_, failed) =>
      request.signal.addEventListener("abort", () => failed(new Error("aborted"))),
    );
  }

  /** Lets time pass in small steps, each with the signatures, sends and answers it sets off. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 50) {
      await this.clock.pass(Math.min(50, ms - passed));
      do await new Promise((resolve) => setTimeout(resolve, 0));
      while (this.#signing > 0);
    }
  }

  lines(): string[] {
    return this.batches.flatMap(({ records }) => records.flat());
  }

  counters(): Record<string, number> {
    return JSON.parse(this.driver.status());
  }
}

/** Lines of a record, a gzip member or not. */
function plain(record: Buffer): Buffer {
  return record[0] === 0x1f && record[1] === 0x8b ? gunzipSync(record) : record;
}

/** A disk that a test holds: it outlives drivers, and fails when it is told to. */
class FakeDisk implements RowStore {
  readonly rows = new Map<number, Uint8Array>();
  failing: "write" | "read" | "erase" | undefined;

  list(): { rowId: number; bytes: number }[] {
    return [...this.rows].map(([rowId, lines]) => ({ rowId, bytes: lines.length }));
  }
  write(rowId: number, lines: Uint8Array): void {
    if (this.failing === "write") throw new Error("disk full");
    if (this.rows.has(rowId)) throw new Error(`row ${rowId} is there`);
    this.rows.set(rowId, lines.slice());
  }
  read(rowId: number): Uint8Array {
    const lines = this.rows.get(rowId);
    if (this.failing === "read" || lines === undefined) throw new Error("unreadable");
    return lines;
  }
  erase(rowId: number): void {
    if (this.failing === "erase") throw new Error("read only");
    this.rows.delete(rowId);
  }
}

function rows(outcomes: ("ok" | "throttled")[]): Response {
  const RequestResponses = outcomes.map((outcome) =>
    outcome === "ok"
      ? { RecordId: "r" }
      : { ErrorCode: "ServiceUnavailableException", ErrorMessage: "Slow down." },
  );
  const FailedPutCount = outcomes.filter((outcome) => outcome === "throttled").length;
  return Response.json({ FailedPutCount, Encrypted: false, RequestResponses });
}

/** The verdict if there is one, now. */
async function now(verdict: Promise<Verdict>): Promise<Verdict | "waiting"> {
  return Promise.race([verdict, Promise.resolve("waiting" as const)]);
}

describe("shard driver", () => {
  it("sends one signed PutRecordBatch for the lines of several requests, then answers them", async () => {
    const firehose = new FakeFirehose();
    const verdicts = ["one", "two", "three"].map((line) =>
      firehose.driver.submit(lineFrame("events", line)),
    );
    await firehose.pass(50);
    expect(firehose.batches).toHaveLength(0);
    await firehose.pass(100);
    expect(firehose.batches.map(({ records }) => records)).toEqual([[["one", "two", "three"]]]);
    const request = firehose.batches[0]?.request;
    expect(request?.method).toBe("POST");
    expect(request?.url).toBe("http://firehose.test/");
    expect(request?.redirect).toBe("manual");
    expect(request?.headers.get("x-amz-target")).toBe("Firehose_20150804.PutRecordBatch");
    expect(request?.headers.get("x-amz-date")).toBe("20261122T130000Z");
    expect(request?.headers.get("authorization")).toContain(
      "Credential=AK/20261122/ap-northeast-1/firehose/aws4_request",
    );
    expect(await Promise.all(verdicts)).toEqual(
      verdicts.map(() => ({ status: 200, retryAfterS: 0 })),
    );
    expect(firehose.counters()).toMatchObject({
      delivered_lines: 3,
      held_lines: 0,
      waiting_requests: 0,
    });
  });

  it("does not answer before Firehose did", async () => {
    const firehose = new FakeFirehose();
    let release = (_: Response): void => undefined;
    firehose.answer = () => new Promise((resolve) => (release = resolve));
    const verdict = firehose.driver.submit(lineFrame("events", "one"));
    await firehose.pass(2000);
    expect(firehose.batches).toHaveLength(1);
    expect(await now(verdict)).toBe("waiting");
    release(rows(["ok"]));
    await firehose.pass(50);
    expect(await now(verdict)).toMatchObject({ status: 200 });
  });

  it("sends again the throttled rows and those only", async () => {
    const firehose = new FakeFirehose({ config: { ...config, pack: { mode: "single" } } });
    let isThrottling = true;
    firehose.answer = ({ records }) =>
      rows(
        records.map(([line]) => {
          if (line !== "b" || !isThrottling) return "ok";
          isThrottling = false;
          return "throttled";
        }),
      );
    const verdicts = ["a", "b", "c"].map((line) =>
      firehose.driver.submit(lineFrame("events", line)),
    );
    // Pacing waits a second after a throttle.
    await firehose.pass(3000);
    expect(firehose.lines().sort()).toEqual(["a", "b", "b", "c"]);
    expect((await Promise.all(verdicts)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(firehose.counters()).toMatchObject({
      throttled_rows: 1,
      resent_rows: 1,
      ambiguous_lines: 0,
    });
  });

  it.each(["network error", "never", "too long", "broken json"] as const)(
    "gives the shard back what had no readable answer: %s",
    async (kind) => {
      const firehose = new FakeFirehose();
      firehose.answer = ({ records }) => {
        if (firehose.batches.length > 1) return rows(records.map(() => "ok"));
        if (kind === "too long") return new Response("x".repeat(2_000_000));
        return kind === "broken json" ? new Response("{") : kind;
      };
      const verdict = firehose.driver.submit(lineFrame("events", "one"));
      await firehose.pass(kind === "never" ? 7000 : 1500);
      expect(firehose.lines()).toEqual(["one", "one"]);
      expect(await now(verdict)).toMatchObject({ status: 200 });
      expect(firehose.counters()).toMatchObject({
        failed_calls: 1,
        ambiguous_lines: 1,
        delivered_lines: 1,
      });
    },
  );

  it("refuses a request whose lines Firehose did not take in time", async () => {
    const firehose = new FakeFirehose();
    firehose.answer = () => "network error";
    const verdict = firehose.driver.submit(lineFrame("events", "one"));
    await firehose.pass(9_900);
    expect(await now(verdict)).toBe("waiting");
    await firehose.pass(200);
    expect(await now(verdict)).toMatchObject({ status: 503, retryAfterS: 1 });
    const sent = firehose.batches.length;
    await firehose.pass(10_000);
    expect(firehose.batches.length - sent).toBeLessThanOrEqual(1);
    expect(firehose.counters()).toMatchObject({
      held_lines: 0,
      held_bytes: 0,
      waiting_requests: 0,
    });
  });

  it("refuses at once what does not fit, and serves again after", async () => {
    const limits = { held_bytes_max: 65_536 };
    const firehose = new FakeFirehose({ config: { ...config, limits } });
    const fitting = firehose.driver.submit(lineFrame("events", "x".repeat(40_000)));
    const beyond = firehose.driver.submit(lineFrame("events", "y".repeat(40_000)));
    expect(await beyond).toMatchObject({ status: 503 });
    await firehose.pass(500);
    expect(await fitting).toMatchObject({ status: 200 });
    const later = firehose.driver.submit(lineFrame("events", "z".repeat(40_000)));
    await firehose.pass(500);
    expect(await later).toMatchObject({ status: 200 });
  });

  it("answers lines it cannot read with 503", async () => {
    const firehose = new FakeFirehose();
    expect(await firehose.driver.submit(Uint8Array.from([1, 2, 3]))).toMatchObject({ status: 503 });
  });

  it("opens a new shard after a trap, refusing those who waited", async () => {
    const firehose = firehoseWithTrap();
    const before = firehose.driver.submit(lineFrame("events", "before"));
    await firehose.pass(500);
    expect(await before).toMatchObject({ status: 200 });
    const waiting = firehose.driver.submit(lineFrame("events", "waiting"));
    const trapped = firehose.driver.submit(lineFrame("events", kTrap));
    expect(await waiting).toEqual({ status: 503, retryAfterS: 1 });
    expect(await trapped).toEqual({ status: 503, retryAfterS: 1 });
    expect(firehose.logged.join()).toContain("2 requests refused");
    const after = firehose.driver.submit(lineFrame("events", "after"));
    await firehose.pass(500);
    expect(await after).toMatchObject({ status: 200 });
    expect(firehose.lines()).toEqual(["before", "after"]);
  });

  it("does not take the answer to a batch of the trapped shard for its heir's", async () => {
    const firehose = firehoseWithTrap();
    const releases: (() => void)[] = [];
    firehose.answer = () => new Promise((resolve) => releases.push(() => resolve(rows(["ok"]))));
    const old = firehose.driver.submit(lineFrame("events", "old"));
    await firehose.pass(500);
    void firehose.driver.submit(lineFrame("events", kTrap));
    expect(await old).toMatchObject({ status: 503 });
    const after = firehose.driver.submit(lineFrame("events", "after"));
    await firehose.pass(500);
    expect(firehose.lines()).toEqual(["old", "after"]);
    releases[0]?.();
    await firehose.pass(500);
    expect(await now(after)).toBe("waiting");
    releases[1]?.();
    await firehose.pass(50);
    expect(await now(after)).toMatchObject({ status: 200 });
  });
});

describe("shard driver: durable hop", () => {
  const hop = { ...config, pack: { ack: "durable_hop" } };

  it("answers when the row is written, and deletes it when Firehose has its lines", async () => {
    const disk = new FakeDisk();
    const firehose = new FakeFirehose({ config: hop, rows: disk });
    let release = (_: Response): void => undefined;
    firehose.answer = () => new Promise((resolve) => (release = resolve));
    const verdict = firehose.driver.submit(lineFrame("events", "one"));
    expect(await now(verdict)).toMatchObject({ status: 200 });
    expect(disk.rows.size).toBe(1);
    await firehose.pass(500);
    expect(firehose.lines()).toEqual(["one"]);
    expect(disk.rows.size).toBe(1);
    release(rows(["ok"]));
    await firehose.pass(50);
    expect(disk.rows.size).toBe(0);
    expect(firehose.counters()).toMatchObject({ stored_rows: 0, held_bytes: 0 });
  });

  it("delivers in its next life what it answered for in this one", async () => {
    const disk = new FakeDisk();
    const first = new FakeFirehose({ config: hop, rows: disk });
    first.answer = () => "never";
    for (const line of ["one", "two"]) {
      expect(await first.driver.submit(lineFrame("events", line))).toMatchObject({ status: 200 });
    }
    const second = new FakeFirehose({ config: hop, rows: disk });
    await second.pass(1000);
    expect(second.lines().sort()).toEqual(["one", "two"]);
    expect(disk.rows.size).toBe(0);
    // And in a life that has no hop any more.
    const third = new FakeFirehose({ config: hop, rows: disk });
    third.answer = () => "never";
    await third.driver.submit(lineFrame("events", "three"));
    const fourth = new FakeFirehose({ rows: disk });
    await fourth.pass(1000);
    expect(fourth.lines()).toEqual(["three"]);
    expect(disk.rows.size).toBe(0);
  });

  it("goes on after a trap with the rows that are on disk", async () => {
    const disk = new FakeDisk();
    const json = JSON.stringify(hop);
    let opened = 0;
    const firehose = new FakeFirehose({
      rows: disk,
      open: (seed) => {
        const host = new CollectorModule(module);
        const shard = new Shard(host, json, seed);
        return (opened += 1) === 1 ? trapping(host, shard) : shard;
      },
    });
    expect(await firehose.driver.submit(lineFrame("events", "before"))).toMatchObject({ status: 200 });
    expect(await firehose.driver.submit(lineFrame("events", kTrap))).toMatchObject({ status: 503 });
    await firehose.pass(1000);
    expect(firehose.lines()).toEqual(["before"]);
    expect(disk.rows.size).toBe(0);
  });

  it("answers 503 when the disk takes nothing, and when there is none", async () => {
    const disk = new FakeDisk();
    disk.failing = "write";
    const full = new FakeFirehose({ config: hop, rows: disk });
    expect(await full.driver.submit(lineFrame("events", "one"))).toMatchObject({ status: 503 });
    expect(full.logged.join()).toContain("disk full");
    const none = new FakeFirehose({ config: hop });
    expect(await none.driver.submit(lineFrame("events", "one"))).toMatchObject({ status: 503 });
    await full.pass(1000);
    expect(full.batches).toHaveLength(0);
    disk.failing = undefined;
    expect(await full.driver.submit(lineFrame("events", "two"))).toMatchObject({ status: 200 });
  });

  it("reads again what it could not read, and lives with a row that cannot be deleted", async () => {
    const disk = new FakeDisk();
    disk.write(7, lineFrame("events", "old"));
    disk.failing = "read";
    const firehose = new FakeFirehose({ config: hop, rows: disk });
    await firehose.pass(1000);
    expect(firehose.batches).toHaveLength(0);
    disk.failing = "erase";
    await firehose.pass(10_000);
    expect(firehose.lines()).toEqual(["old"]);
    expect(firehose.logged.join()).toContain("row 7 not deleted");
    expect(firehose.counters()).toMatchObject({ restored_rows: 1, stored_rows: 0 });
  });
});

describe("shard driver: gzip members", () => {
  const gzipped = { ...config, pack: { gzip_members: true } };

  it("sends records that are gzip members of their lines", async () => {
    const firehose = new FakeFirehose({ config: gzipped });
    const line = JSON.stringify({ page: "x".repeat(3000) });
    const verdicts = [1, 2, 3].map(() => firehose.driver.submit(lineFrame("events", line)));
    await firehose.pass(500);
    expect(firehose.batches.map(({ records }) => records)).toEqual([[[line, line, line]]]);
    expect((await Promise.all(verdicts)).map(({ status }) => status)).toEqual([200, 200, 200]);
    const counters = firehose.counters();
    expect(counters["delivered_line_bytes"]).toBe(3 * (line.length + 1));
    expect(counters["sent_bytes"]).toBeLessThan(200);
    expect(counters["billed_bytes"]).toBe(5120);
  });

  it("asks again when a record could not be compressed", async () => {
    let tries = 0;
    const firehose = new FakeFirehose({
      config: gzipped,
      gzip: async (bytes) => {
        if ((tries += 1) < 3) throw new Error("out of memory");
        return new Uint8Array(gzipSync(bytes));
      },
    });
    const verdict = firehose.driver.submit(lineFrame("events", "one"));
    await firehose.pass(2000);
    expect(await now(verdict)).toMatchObject({ status: 200 });
    expect(firehose.lines()).toEqual(["one"]);
    expect(firehose.counters()).toMatchObject({ failed_compressions: 2, held_bytes: 0 });
  });

  it("says why streams that change records do not go with them", () => {
    const delivery = { append_delimiter: true };
    const json = JSON.stringify({ pack: { gzip_members: true, delivery } });
    expect(() => new Shard(new CollectorModule(module), json, 1n)).toThrow(
      /not with \/pack\/delivery\/append_delimiter: a newline between members/,
    );
  });
});

describe("collector module", () => {
  it("shapes requests of any size, in text of any script, and keeps nothing between them", () => {
    const collector = new Collector(new CollectorModule(module), JSON.stringify(config));
    const shape = (count: number): Shaped => {
      const headers = `user-agent: ${"\u3042".repeat(count)}\n`;
      const event = { event_id: "e1", content_type: "page_view", time: "2026-11-22T13:00:00Z" };
      const events = Array.from({ length: Math.min(count, 1000) }, (_, index) => ({
        ...event,
        event_id: `e${index}`,
      }));
      const body = new TextEncoder().encode(JSON.stringify(events));
      const request = { method: "POST", path: "/collect", query: "", client_ip: "", headers, body };
      return owned(collector.shape(request, 1_795_352_400_000, new Uint8Array(16)));
    };
    const small = shape(1);
    for (const count of [30_000, 100, 60_000]) {
      const { status, answer, lines } = shape(count);
      expect(status).toBe(200);
      expect(JSON.parse(new TextDecoder().decode(answer))).toMatchObject({
        accepted: Math.min(count, 1000),
      });
      expect(lines.length).toBeGreaterThan(100 * Math.min(count, 1000));
    }
    expect(shape(1)).toEqual(small);
    collector.close();
  });

  it("says what is wrong with a configuration, and where", () => {
    const open = (json: string): Shard => new Shard(new CollectorModule(module), json, 1n);
    expect(() => open('{"pacing":{"mode":"of"}}')).toThrow(CollectorError);
    expect(() => open('{"pacing":{"mode":"of"}}')).toThrow(/\/pacing\/mode/);
  });

  it("refuses a module that wants something of its host", () => {
    // (import "env" "clock" (func))
    const foreign = Uint8Array.from([
      0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 13, 1, 3, 101, 110, 118, 5, 99, 108, 111,
      99, 107, 0, 0,
    ]);
    expect(() => new CollectorModule(new WebAssembly.Module(foreign))).toThrow(/env\.clock/);
  });
});

const kTrap = "trap";

/**
 * A Firehose before a shard that traps, as wasm reports it, on a line that says so; its heirs do
 * not.
 */
function firehoseWithTrap(): FakeFirehose {
  const json = JSON.stringify(config);
  let opened = 0;
  return new FakeFirehose({
    open: (seed) => {
      opened += 1;
      const host = new CollectorModule(module);
      const shard = new Shard(host, json, seed);
      return opened === 1 ? trapping(host, shard) : shard;
    },
  });
}

function trapping(host: CollectorModule, shard: Shard): Shard {
  const submit = shard.submit.bind(shard);
  shard.submit = (nowMs, requestId, lines) => {
    if (!new TextDecoder().decode(lines).endsWith(kTrap)) return submit(nowMs, requestId, lines);
    return host.run(() => {
      throw new WebAssembly.RuntimeError("unreachable");
    });
  };
  return shard;
}
