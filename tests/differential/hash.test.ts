// Base64, SHA-256, HMAC and UUIDs of the core against Node's.

import { createHash, createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { ask, type Question } from "./oracle.ts";
import { Random } from "./random.ts";

const random = new Random(20261123);

/** Every short length, where padding changes, and longer ones. */
function lengths(): number[] {
  const short = Array.from({ length: 260 }, (_, length) => length);
  const long = Array.from({ length: 200 }, () => random.below(20_000));
  return [...short, ...short, ...long];
}

async function compare(questions: Question[], expected: string[]): Promise<void> {
  const answers = await ask(questions);
  const wrong = answers.flatMap((answer, i) => {
    const text = answer.map((field) => field.toString("latin1")).join(" ");
    return text === expected[i] ? [] : [{ question: questions[i], text, expected: expected[i] }];
  });
  expect(wrong.slice(0, 5)).toEqual([]);
}

it("base64 both ways", async () => {
  const all = lengths().map((length) => random.bytes(length));
  await compare(
    all.map((bytes) => ({ verb: "base64", fields: [bytes] })),
    all.map((bytes) => bytes.toString("base64")),
  );
  await compare(
    all.map((bytes) => ({ verb: "base64_decode", fields: [bytes.toString("base64")] })),
    all.map((bytes) => `1 ${bytes.toString("latin1")}`),
  );
});

// Node reads around what is wrong; text is whole when it comes back as it went in.
it("base64 is refused where it is not whole", async () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/====-_ \n".split("");
  const texts = Array.from({ length: 30_000 }, () => random.text(alphabet, random.below(13)));
  const isWhole = (text: string): boolean => Buffer.from(text, "base64").toString("base64") === text;
  expect(texts.filter(isWhole).length).toBeGreaterThan(500);
  await compare(
    texts.map((text) => ({ verb: "base64_decode", fields: [text] })),
    texts.map((text) => (isWhole(text) ? `1 ${Buffer.from(text, "base64").toString("latin1")}` : "0")),
  );
});

it("SHA-256, and the UUID derived from it", async () => {
  const all = lengths().map((length) => random.bytes(length));
  const digests = all.map((bytes) => createHash("sha256").update(bytes).digest());
  await compare(
    all.map((bytes) => ({ verb: "sha256", fields: [bytes] })),
    digests.map((digest) => digest.toString("hex")),
  );
  const uuids = digests.map((digest) => {
    digest.writeUInt8(0x80 | (digest.readUInt8(6) & 0x0f), 6);
    digest.writeUInt8(0x80 | (digest.readUInt8(8) & 0x3f), 8);
    return digest.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  });
  await compare(
    all.map((bytes) => ({ verb: "uuid", fields: [bytes] })),
    uuids,
  );
});

it("HMAC-SHA-256, with keys around a block's length", async () => {
  const all = lengths().map((length) => ({ key: random.bytes(random.below(150)), bytes: random.bytes(length) }));
  await compare(
    all.map(({ key, bytes }) => ({ verb: "hmac", fields: [key, bytes] })),
    all.map(({ key, bytes }) => createHmac("sha256", key).update(bytes).digest("hex")),
  );
});

it("what is a UUID", async () => {
  const form = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
  const pieces = "0123456789abcdefABCDEFg-".split("");
  const texts = Array.from({ length: 5_000 }, () => {
    const uuid = random.bytes(16).toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    const at = random.below(uuid.length);
    return random.chance(30) ? uuid : uuid.slice(0, at) + random.text(pieces, random.below(3)) + uuid.slice(at + 1);
  });
  await compare(
    texts.map((text) => ({ verb: "is_uuid", fields: [text] })),
    texts.map((text) => (form.test(text) ? "1" : "0")),
  );
});
