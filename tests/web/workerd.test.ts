// The worker in real workerd, with the real module and a stand-in for Firehose.

import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startWorkerd } from "../../edge/cloudflare/start.ts";
import { allAccepted, allThrottled, startStandIn } from "./firehose-stand-in.ts";
import type { RunningWorker, StartOptions } from "../../edge/cloudflare/start.ts";
import type { StandIn } from "./firehose-stand-in.ts";

let firehose: StandIn;
let worker: RunningWorker;

beforeEach(async () => {
  firehose = await startStandIn();
});

afterEach(async () => {
  await worker.stop();
  await firehose.stop();
});

async function start(config: object = {}, options: Partial<StartOptions> = {}): Promise<void> {
  const base = {
    region: "ap-northeast-1",
    endpoint: firehose.url,
    streams: { "*": "events" },
    status: true,
  };
  worker = await startWorkerd({ config: { ...base, ...config }, ...options });
}

let lastId = 0;

function event(): object {
  lastId += 1;
  const event_id = `01935a00-0000-7000-8000-${String(lastId).padStart(12, "0")}`;
  return { event_id, content_type: "page_view", time: "2026-11-22T13:00:00Z" };
}

function post(
  body: BodyInit,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Response> {
  const init = {
    method: "POST",
    body,
    headers,
    duplex: "half",
    ...(signal === undefined ? {} : { signal }),
  };
  return fetch(`${worker.url}/collect`, init as RequestInit);
}

async function status(): Promise<Record<string, number>> {
  const response = await fetch(`${worker.url}/_edgehose/status`);
  return (await response.json()) as Record<string, number>;
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await isSo()) return;
    await pause(50);
  }
  throw new Error(`10 s went by without: ${what}`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe("worker: acknowledgement", () => {
  it("answers only after Firehose accepted", async () => {
    let release = (): void => undefined;
    firehose.answer = (batch) =>
      new Promise((resolve) => (release = () => resolve(allAccepted(batch))));
    await start();
    let answered = false;
    const answer = post(JSON.stringify(event())).finally(() => (answered = true));
    await until("a batch", () => firehose.batches.length === 1);
    await pause(500);
    expect(answered).toBe(false);
    release();
    const response = await answer;
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ accepted: 1, failed: [], ack: "durable" });
  });

  it("lets requests that come together share batches", async () => {
    await start();
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => post(JSON.stringify({ events: [event(), event()] }))),
    );
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
    expect(firehose.lines()).toHaveLength(120);
    expect(firehose.batches.length).toBeLessThan(15);
    expect(await status()).toMatchObject({
      delivered_lines: 120,
      held_lines: 0,
      answered_requests: 60,
    });
  });

  it("delivers what a client left behind before its answer", async () => {
    let release = (): void => undefined;
    firehose.answer = (batch) =>
      new Promise((resolve) => (release = () => resolve(allAccepted(batch))));
    await start();
    const gone = new AbortController();
    const answer = post(JSON.stringify(event()), {}, gone.signal);
    await until("a batch", () => firehose.batches.length === 1);
    gone.abort();
    await expect(answer).rejects.toThrow();
    await pause(300);
    release();
    await until("the batch settled", async () => (await status())["delivered_lines"] === 1);
    // And one that goes while its line still waits for company: nobody else keeps the shard awake.
    firehose.answer = allAccepted;
    const early = new AbortController();
    const lost = post(JSON.stringify(event()), {}, early.signal);
    await pause(30);
    early.abort();
    await expect(lost).rejects.toThrow();
    await until("the second line", () => firehose.lines().length === 2);
  });

  it("says 503 with Retry-After when Firehose cannot be reached, and serves again when it can", async () => {
    const said: string[] = [];
    await start({ ack_deadline_ms: 1000 }, { log: (line) => void said.push(line) });
    firehose.answer = (_, response) => (response.destroy(), null);
    const refused = await post(JSON.stringify(event()));
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(refused.headers.get("access-control-expose-headers")).toBe("retry-after");
    expect(await refused.json()).toMatchObject({ error: "overloaded" });
    firehose.answer = allAccepted;
    expect((await post(JSON.stringify(event()))).status).toBe(200);
    expect(said.join()).toContain("no answer to PutRecordBatch");
  });

  it("follows no redirect with a signed batch", async () => {
    await start({ ack_deadline_ms: 1500 });
    const elsewhere = await startStandIn();
    firehose.answer = (_, response) => {
      response.writeHead(307, { location: elsewhere.url }).end();
      return null;
    };
    expect((await post(JSON.stringify(event()))).status).toBe(503);
    expect(firehose.batches.length).toBeGreaterThan(0);
    expect(elsewhere.batches).toHaveLength(0);
    await elsewhere.stop();
  });

  it("gives each of several shards its part of the work and of the quota", async () => {
    await start({ shards: 4 });
    await Promise.all(Array.from({ length: 60 }, () => post(JSON.stringify(event()))));
    expect(firehose.lines()).toHaveLength(60);
    expect(await status()).toMatchObject({ shards: 4, delivered_lines: 60 });
  });
});

describe("worker: durable hop", () => {
  it("acknowledges what is on disk, and delivers it after the whole worker was killed", async () => {
    const storageDir = await mkdtemp(join(tmpdir(), "edgehose-hop-"));
    const hop = { pack: { ack: "durable_hop" } };
    firehose.answer = (_, response) => (response.destroy(), null);
    await start(hop, { storageDir, log: () => undefined });
    const answers = await Promise.all([1, 2, 3].map(() => post(JSON.stringify([event(), event()]))));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
    await until("a batch", () => firehose.batches.length > 0);
    expect(await status()).toMatchObject({ stored_rows: 3, delivered_lines: 0 });
    await worker.kill();

    const lost = new Set(firehose.lines().map((line) => JSON.parse(line).event_id));
    firehose.batches.length = 0;
    firehose.answer = allAccepted;
    await start(hop, { storageDir });
    // The object comes back with whoever calls it first; on Cloudflare its alarm does.
    await until("all delivered", async () => (await status())["stored_rows"] === 0);
    const delivered = new Set(firehose.lines().map((line) => JSON.parse(line).event_id));
    expect(delivered.size).toBe(6);
    for (const id of lost) expect(delivered).toContain(id);
    expect(await status()).toMatchObject({ restored_rows: 3, delivered_lines: 6, held_bytes: 0 });
    await rm(storageDir, { recursive: true });
  });

  it("refuses where there is no disk to hold anything", async () => {
    const said: string[] = [];
    await start({ pack: { ack: "durable_hop" } }, { log: (line) => void said.push(line) });
    expect((await post(JSON.stringify(event()))).status).toBe(503);
    expect(firehose.batches).toHaveLength(0);
    expect(said.join()).toContain("no disk");
  });
});

describe("worker: gzip members", () => {
  it("sends records that workerd's own compression made, and readers take them back to back", async () => {
    const members: Buffer[] = [];
    firehose.raw = (records) => void members.push(...records);
    await start({ pack: { gzip_members: true } });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => post(JSON.stringify(Array.from({ length: 20 }, event)))),
    );
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200]);
    const lines = gunzipSync(Buffer.concat(members)).toString().trimEnd().split("\n");
    expect(new Set(lines.map((line) => JSON.parse(line).event_id)).size).toBe(100);
    const { sent_bytes = 0, delivered_line_bytes = 0 } = await status();
    expect(sent_bytes).toBeLessThan(delivered_line_bytes / 2);
  });
});

describe("worker: what it refuses", () => {
  it("a body above the limit, by its length, by its bytes and inflated", async () => {
    await start({ limits: { body_bytes_max: 10_000 } });
    const answers = await Promise.all([
      post("x".repeat(10_001)),
      postChunked(50_000),
      post(gzipSync("x".repeat(10_001)), { "content-encoding": "gzip" }),
    ]);
    for (const answer of answers) {
      expect(answer.status).toBe(413);
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
      expect(await answer.json()).toMatchObject({ error: "body_too_large" });
    }
    expect(firehose.batches).toHaveLength(0);
  });

  it("a gzip bomb, without the memory and time it asks for", async () => {
    await start();
    const before = residentMegabytes(worker.pid);
    const bomb = gzipSync(Buffer.alloc(512 * 1024 * 1024));
    const startedMs = performance.now();
    const answers = await Promise.all(
      [1, 2, 3].map(() => post(bomb, { "content-encoding": "gzip" })),
    );
    expect(answers.map((answer) => answer.status)).toEqual([413, 413, 413]);
    expect(performance.now() - startedMs).toBeLessThan(3000);
    expect(residentMegabytes(worker.pid) - before).toBeLessThan(100);
  });

  it("broken gzip and unknown encodings, and takes gzip that is whole", async () => {
    await start();
    const whole = gzipSync(JSON.stringify(event()));
    const cut = await post(whole.subarray(0, 30), { "content-encoding": "gzip" });
    expect(cut.status).toBe(400);
    expect(await cut.json()).toMatchObject({
      error: "body_broken",
      detail: expect.stringContaining("gzip"),
    });
    expect((await post("x", { "content-encoding": "br" })).status).toBe(415);
    expect((await post(whole, { "content-encoding": "gzip" })).status).toBe(200);
    expect(firehose.lines()).toHaveLength(1);
  });

  it("the status page, where the configuration does not offer it", async () => {
    await start({ status: false });
    expect((await fetch(`${worker.url}/_edgehose/status`)).status).toBe(404);
  });

  it("everything, with the reason, when the configuration is wrong", async () => {
    await start({ pacing: { mode: "of" } });
    const answer = await post(JSON.stringify(event()));
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({
      error: "configuration",
      detail: expect.stringContaining("/pacing/mode"),
    });
  });
});

describe("worker: other requests", () => {
  it("answers a preflight, /health, /collect.gif and unknown paths", async () => {
    await start();
    const preflight = await fetch(`${worker.url}/collect`, { method: "OPTIONS" });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("content-encoding");
    const health = await fetch(`${worker.url}/health`);
    expect(health.status).toBe(200);
    expect(health.headers.get("cache-control")).toBe("no-store");
    const query = new URLSearchParams(event() as Record<string, string>);
    const gif = await fetch(`${worker.url}/collect.gif?${query}`);
    expect(gif.headers.get("content-type")).toBe("image/gif");
    expect(
      Buffer.from(await gif.arrayBuffer())
        .subarray(0, 6)
        .toString(),
    ).toBe("GIF89a");
    expect(firehose.lines()).toHaveLength(1);
    expect((await fetch(`${worker.url}/nope`)).status).toBe(404);
    const put = await fetch(`${worker.url}/collect`, { method: "PUT", body: "{}" });
    expect(put.status).toBe(405);
    expect(put.headers.get("allow")).toContain("POST");
  });

  it("passes on who sent a request, with the address cut", async () => {
    await start();
    await post(JSON.stringify(event()), {
      "cf-connecting-ip": "203.0.113.77",
      "cf-ipcountry": "JP",
      "user-agent": "t/1",
    });
    const line: Record<string, string> = JSON.parse(firehose.lines()[0] ?? "{}");
    expect(line).toMatchObject({ geo_country: "JP", user_agent: "t/1" });
    expect(line["client_ip"]).toBe("203.0.113.0");
  });
});

describe("worker: on disk", () => {
  it("keeps the storage of its objects in a folder", async () => {
    const folder = await mkdtemp(join(tmpdir(), "edgehose-objects-"));
    await start({ failed_stream: "failed" }, { storageDir: join(folder, "new") });
    expect((await post(JSON.stringify(event()))).status).toBe(200);
    expect(await readdir(folder)).toEqual(["new"]);
    await worker.stop();
    await rm(folder, { recursive: true });
  });

  it("says why it cannot start", async () => {
    await start();
    const taken = Number(new URL(worker.url).port);
    const said: string[] = [];
    const log = (line: string): void => void said.push(line);
    const config = { region: "r", endpoint: firehose.url };
    await expect(startWorkerd({ config, port: taken, log })).rejects.toThrow(/ended with/);
    expect(said.join()).toContain("in use");
  });
});

describe("worker: planted bugs", () => {
  it("answer_early acknowledges what Firehose never took", async () => {
    firehose.answer = (_, response) => (response.destroy(), null);
    await start({ ack_deadline_ms: 1000 }, { plant: "answer_early", log: () => undefined });
    expect((await post(JSON.stringify(event()))).status).toBe(200);
  });

  it("no_resend acknowledges rows that were throttled", async () => {
    firehose.answer = allThrottled;
    await start({}, { plant: "no_resend" });
    expect((await post(JSON.stringify(event()))).status).toBe(200);
    await pause(1500);
    expect(firehose.batches).toHaveLength(1);
  });

  it("are not there unless they are planted", async () => {
    firehose.answer = allThrottled;
    await start({ ack_deadline_ms: 2500 });
    expect((await post(JSON.stringify(event()))).status).toBe(503);
    expect(firehose.batches.length).toBeGreaterThan(1);
  });
});

/** A body sent in chunks, without a Content-Length. */
async function postChunked(bytes: number): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${worker.url}/collect`, { method: "POST" }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const headers = Object.entries(response.headers).map(([name, value]): [string, string] => [
          name,
          String(value),
        ]);
        resolve(new Response(Buffer.concat(chunks), { status: response.statusCode ?? 0, headers }));
      });
    });
    request.on("error", reject);
    for (let sent = 0; sent < bytes; sent += 1000) request.write(Buffer.alloc(1000, 32));
    request.end();
  });
}

function residentMegabytes(pid: number): number {
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1024;
}
