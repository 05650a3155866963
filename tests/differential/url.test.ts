// The core's split of a URL against Node's URL, for URLs in serialized form: every string u with
// `new URL(u).href === u`.

import { expect, it } from "vitest";
import { ask } from "./oracle.ts";
import { Random } from "./random.ts";

const kGenerated = 250_000;

const special = ["http", "https", "ws", "wss", "ftp", "file"];
const others = ["android-app", "ios-app", "blob", "data", "mailto", "javascript", "about", "tel", "urn", "foo", "a+b-c.1", "chrome-extension", "view-source", "capacitor"];
const labels = ["example", "www", "a", "xn--wgv71a119e", "\u65e5\u672c", "b\u00fccher", "EXAMPLE", "1", "0x7f", "a_b", "a-b", "-", "%41", "\u00df", "co", "jp", "com", "note"];
const ipv6 = ["[::1]", "[2001:db8::1]", "[2001:DB8:0:0:0:0:0:1]", "[::ffff:192.0.2.1]", "[1:2:3:4:5:6:7:8]", "[::]", "[fe80::1%25eth0]", "[v1.x]"];
const ipv4 = ["127.0.0.1", "0x7f.1", "192.168.1", "1.2.3.4.", "256.1.1.1", "0"];
const userinfo = ["user", "user:pass", ":", ":pass", "u@v", "a%40b:c%3Ad", "\u65e5:\u672c", "u:p:q", "[x]", "a/b", "a\\b", ""];
const ports = ["", "0", "80", "443", "8080", "65535", "65536", "21", "00080", "x"];
const pathPieces = ["/", "//", "/.", "/..", "/a", "/b.html", "/%2e", "/%2E%2e", "/\u65e5\u672c", "/a b", "/%", "/%zz", "/%E6%97%A5", "/:", "/@", "/C:", "/C|", "/a;b=c", "/\\", "\\", "/[x]", "/a'b\"c", "/{}", "/^|`", "/~", "!", "$&'()*+,;=", "\t", "\n", "\u0000", "\u007f", "\u{1f600}", "/\u2026"];
const opaquePieces = ["a", "text/html,", "<p>", "@", ":", "//", "/", " ", "%20", "%", "\u65e5", "b;c=d", "123", "https://example.com/a?b#c", "[", "\\", "..", "."];
const queryPieces = ["a=1", "&", "b=%E6%97%A5", "q=\u65e5\u672c\u8a9e", "?", "/", "//", "+", "%", "%zz", "'", "\"", "<>", "[]", "{}", "|", "\\", " ", "=", "@", ":", "\u{1f600}", "utm_source=x", ";", "\u0001"];
const fragmentPieces = ["a", "#", "?", "/", "%", " ", "\u65e5", "`", "<>", "!", "{}", "@", "//"];

function host(random: Random): string {
  if (random.chance(10)) return random.pick(ipv6);
  if (random.chance(10)) return random.pick(ipv4);
  if (random.chance(5)) return "";
  const count = 1 + random.below(4);
  const text = Array.from({ length: count }, () => random.pick(labels)).join(random.chance(3) ? "\u3002" : ".");
  return random.chance(5) ? `${text}.` : text;
}

function authority(random: Random): string {
  const user = random.chance(20) ? `${random.pick(userinfo)}@` : "";
  const port = random.chance(25) ? `:${random.pick(ports)}` : "";
  return `${user}${host(random)}${port}`;
}

function tail(random: Random): string {
  const query = random.chance(50) ? `?${random.text(queryPieces, random.below(6))}` : "";
  const fragment = random.chance(30) ? `#${random.text(fragmentPieces, random.below(4))}` : "";
  return query + fragment;
}

/** Text of a URL's shape; much of it is not in serialized form, and some is no URL. */
function candidate(random: Random): string {
  const isSpecial = random.chance(60);
  const scheme = isSpecial ? random.pick(special) : random.pick(others);
  const path = random.text(pathPieces, random.below(5));
  if (isSpecial || random.chance(40)) return `${scheme}://${authority(random)}${path}${tail(random)}`;
  if (random.chance(30)) return `${scheme}:${random.chance(50) ? "/." : ""}${path}${tail(random)}`;
  return `${scheme}:${random.text(opaquePieces, random.below(6))}${tail(random)}`;
}

/** The serialized form of a candidate that is a URL. */
function serialized(text: string): string | undefined {
  return URL.canParse(text) ? new URL(text).href : undefined;
}

function isSerialized(text: string): boolean {
  return URL.canParse(text) && new URL(text).href === text;
}

/** `count` different URLs in serialized form; those that were so from the start, and those made so. */
function generate(count: number): string[] {
  const random = new Random(20261123);
  const urls = new Set<string>();
  while (urls.size < count) {
    const text = candidate(random);
    for (const url of [text, serialized(text)]) if (url !== undefined && isSerialized(url)) urls.add(url);
  }
  return [...urls];
}

/** URLs as they are seen: one for each form that has its own rule. */
const seen = [
  "https://note.com/",
  "https://www.google.co.jp/url?sa=t&q=&url=https%3A%2F%2Fexample.com%2F#x",
  "https://search.yahoo.co.jp/search?p=%E6%9D%B1%E4%BA%AC&ei=UTF-8",
  "http://user:p%40ss@example.com:8080/a/b;c=d?e=f&g#h?i#j",
  "http://[2001:db8::1]:8080/",
  "http://[::ffff:c000:201]/",
  "http://192.0.2.1/",
  "https://xn--wgv71a119e.jp/%E6%97%A5?q",
  "https://example.com/?",
  "https://example.com/#",
  "https://example.com/?#",
  "https://example.com//a//b/..a/...",
  "https://example.com/a@b:c/[d]",
  "file:///",
  "file:///C:/a%20b/c.txt?x",
  "file://server/share/a",
  "file:////server/share",
  "about:blank",
  "about:srcdoc",
  "data:,",
  "data:text/html;charset=utf-8,%3Cp%3E?x#y",
  "blob:https://example.com/9115d58c-bcda-ff47-86e5-083e9a215304",
  "mailto:a@example.com?subject=b",
  "javascript:void(0)",
  "javascript://example.com/%0Aalert(1)",
  "tel:+81-3-0000-0000",
  "urn:isbn:0451450523",
  "android-app://com.google.android.gm/",
  "android-app://com.google.android.googlequicksearchbox/https/www.google.com",
  "foo://",
  "foo:///",
  "foo:///a",
  "foo://Host:1/",
  "foo:/a",
  "foo:/.//a",
  "foo:/.//",
  "foo:a/../b",
  "foo:",
  "foo:?a",
  "foo:#a",
  "wss://example.com/socket?x",
  "chrome-extension://abcdefghijklmnop/page.html",
];

async function compare(urls: string[]): Promise<void> {
  const answers = await ask(urls.map((url) => ({ verb: "url", fields: [url] })));
  const wrong: object[] = [];
  answers.forEach((answer, i) => {
    const url = urls[i] ?? "";
    const node = new URL(url);
    const userinfo = node.password === "" ? node.username : `${node.username}:${node.password}`;
    const expected = [node.protocol.slice(0, -1), userinfo, node.hostname, node.port, node.pathname, node.search.replace(/^\?/, ""), node.hash.replace(/^#/, "")];
    const found = answer.map((field) => field.toString());
    if (found.join("\u0000") !== expected.join("\u0000")) wrong.push({ url, found, expected });
  });
  expect(wrong.length, JSON.stringify(wrong.slice(0, 5), null, 1)).toBe(0);
}

it("URLs as they are seen", async () => {
  expect(seen.filter((url) => !isSerialized(url))).toEqual([]);
  await compare(seen);
});

it(`${kGenerated.toLocaleString("en")} generated URLs`, async () => {
  const urls = generate(kGenerated);
  // The generator reaches every kind.
  for (const scheme of [...special, ...others]) expect(urls.filter((url) => url.startsWith(`${scheme}:`)).length, scheme).toBeGreaterThan(500);
  expect(urls.filter((url) => url.includes("://[")).length).toBeGreaterThan(1_000);
  expect(urls.filter((url) => /^[^/]*:\/\.\/\//.test(url)).length).toBeGreaterThan(100);
  await compare(urls);
}, 240_000);
