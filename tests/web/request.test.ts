import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { CollectorError } from "../../edge/worker/errors.ts";
import { readRequest } from "../../edge/worker/request.ts";

const visitor = { client_ip: "203.0.113.7", geo: { "cf-ipcountry": "JP", "cf-ipcity": "" } };
const limit = 10_000;

function post(body: BodyInit, headers: Record<string, string> = {}): Request {
  return new Request("https://c.example/collect", {
    method: "POST",
    body,
    headers,
    duplex: "half",
  } as RequestInit);
}

async function codeOf(request: Request): Promise<string> {
  const error: unknown = await readRequest(request, visitor, limit).then(
    () => "read",
    (caught: unknown) => caught,
  );
  if (error === "read") return error;
  if (!(error instanceof CollectorError)) throw error;
  return error.code;
}

/** A body without a length that never ends by itself, and how much of it was taken. */
function endlessBody(): {
  stream: ReadableStream<Uint8Array>;
  taken: () => number;
  isCancelled: () => boolean;
} {
  let taken = 0;
  let isCancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      taken += 1000;
      controller.enqueue(new Uint8Array(1000).fill(32));
    },
    cancel: () => {
      isCancelled = true;
    },
  });
  return { stream, taken: () => taken, isCancelled: () => isCancelled };
}

describe("request: fields", () => {
  it("takes method, path, query, body and the headers the core may see", async () => {
    const request = new Request("https://c.example/collect?a=1&b=%20", {
      method: "POST",
      body: "[]",
      headers: {
        "Content-Type": "application/json",
        "User-Agent": "test/1",
        Referer: "https://shop.example/",
        Cookie: "secret=1",
        Authorization: "secret",
        "cf-ipcountry": "XX",
      },
    });
    const fields = await readRequest(request, visitor, limit);
    expect(fields).toEqual({
      method: "POST",
      path: "/collect",
      query: "a=1&b=%20",
      client_ip: "203.0.113.7",
      headers:
        "user-agent: test/1\nreferer: https://shop.example/\ncf-ipcountry: JP\n",
      body: new TextEncoder().encode("[]"),
    });
  });

  it("cuts long headers and lets no value begin a line of its own", async () => {
    const request = new Request("https://c.example/collect.gif", {
      headers: { "user-agent": "x".repeat(20_000) },
    });
    const fields = await readRequest(
      request,
      { client_ip: "", geo: { "cf-ipcity": "a\nuser-agent: b" } },
      limit,
    );
    expect(fields.headers).toBe(`user-agent: ${"x".repeat(4096)}\ncf-ipcity: a user-agent: b\n`);
    expect(fields.body).toHaveLength(0);
  });
});

describe("request: body", () => {
  it("takes a body of the limit, and refuses one byte more", async () => {
    expect((await readRequest(post("x".repeat(limit)), visitor, limit)).body).toHaveLength(limit);
    expect(await codeOf(post("x".repeat(limit + 1)))).toBe("body_too_large");
  });

  it("stops reading a body without a length at the limit", async () => {
    const { stream, taken, isCancelled } = endlessBody();
    expect(await codeOf(post(stream))).toBe("body_too_large");
    expect(taken()).toBeLessThanOrEqual(limit + 3000);
    expect(isCancelled()).toBe(true);
  });

  it("does not read a body whose declared length passes the limit", async () => {
    const { stream, taken } = endlessBody();
    expect(await codeOf(post(stream, { "content-length": String(limit + 1) }))).toBe(
      "body_too_large",
    );
    expect(taken()).toBeLessThanOrEqual(1000);
  });

  it("inflates gzip, by either of its names, and members that follow one another", async () => {
    const text = "hello ".repeat(1000);
    for (const encoding of ["gzip", "x-gzip", " GZIP "]) {
      const fields = await readRequest(
        post(gzipSync(text), { "content-encoding": encoding }),
        visitor,
        limit,
      );
      expect(new TextDecoder().decode(fields.body)).toBe(text);
    }
    const two = Buffer.concat([gzipSync("ab"), gzipSync("cd")]);
    const fields = await readRequest(post(two, { "content-encoding": "gzip" }), visitor, limit);
    expect(new TextDecoder().decode(fields.body)).toBe("abcd");
  });

  it("bounds what gzip inflates to by the same limit", async () => {
    const inflating = (bytes: number): Request =>
      post(gzipSync(Buffer.alloc(bytes)), { "content-encoding": "gzip" });
    expect(await codeOf(inflating(limit))).toBe("read");
    expect(await codeOf(inflating(limit + 1))).toBe("body_too_large");
    expect(await codeOf(inflating(5_000_000))).toBe("body_too_large");
  });

  it("says so when gzip is broken, wherever it is cut", async () => {
    const whole = gzipSync("hello, hello, hello");
    for (let bytes = 0; bytes < whole.length; bytes += 1) {
      const request = post(whole.subarray(0, bytes), { "content-encoding": "gzip" });
      expect(await codeOf(request), `${bytes} bytes`).toBe("body_broken");
    }
    expect(await codeOf(post("not gzip", { "content-encoding": "gzip" }))).toBe("body_broken");
  });

  it("says so when a body ends before it is whole", async () => {
    const stream = new ReadableStream({
      pull: (controller) => controller.error(new Error("connection lost")),
    });
    expect(await codeOf(post(stream))).toBe("body_broken");
  });

  it.each(["br", "deflate", "zstd", "gzip, gzip"])(
    "refuses Content-Encoding %s",
    async (encoding) => {
      expect(await codeOf(post("x", { "content-encoding": encoding }))).toBe("body_encoding");
    },
  );
});
