// Generated requests for comparing builds: events as pages send them, whole or spoiled, and texts put
// together from the pieces that JSON and events are made of.

import { makeEvent, makeVisitor } from "../bench/events.ts";
import { chance, generator, pickOf } from "../bench/random.ts";
import { requestFrame } from "./job.ts";
import type { Pick } from "../bench/random.ts";
import type { VolumeRequest } from "./job.ts";

const event = '{"event_id":"e","content_type":"page_view","time":"2026-11-22T13:00:00Z"}';
const pieces = [
  event, event, event, "{", "}", "[", "]", ",", ",", ":", '"', "\\", '"event_id":"x"', '"events":[', '{"events":[', '"sent_time":',
  '"content_type":"click"', '"time":1795352400', '"time":"2026-02-29"', '"time":"2026-11-22T22:00:00+09:00"', "1e400", "-0", "1.5e-7", "null",
  '"properties":{"a":[1,{"b":null}]}', '"user_id":"\\ud800\\ud83d\\ude00"', '"page_url":"https://A.example:1/p?utm_source=%e3%81%82&utm_term=%ff"',
  '"page_url":"https://x.example/?gclid=a&utm_medium=b%20c#d"', '"referrer_url":"https://www.google.com/search?q=%E8%A8%98+x"',
  '"referrer_url":"HTTP://b"', '"screen_width":1920', '"\\u0074ime":0', '"consent":"none"', "\u3042", "\n", " ", "[".repeat(70),
];
const addresses = ["", "203.0.113.77", "2001:db8:1:2::3", "::ffff:1.2.3.4", "1.2.3", "fe80::1%eth0"];
const headers = [
  "", "user-agent: A\n", "cf-ipcountry: JP\ncf-asn: 1\n", "user-agent: \u3042\ncloudfront-viewer-city: x\n", "sec-gpc: 1\n",
  "user-agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Safari/537.36\nsec-ch-ua-platform: \"Windows\"\n",
  "user-agent: Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)\n",
  "user-agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.6.1 Mobile/15E148 Safari/604.1\n",
];

const kStartMs = 1_795_352_400_000;

/** Pieces in any order, some cut, some with a byte that is no UTF-8. */
export function makePieces(pick: Pick): Uint8Array {
  let text = pick(3) === 0 ? `[${event},` : "";
  for (let n = pick(10); n > 0; n -= 1) text += pickOf(pick, pieces);
  const body = new TextEncoder().encode(text);
  if (pick(8) === 0 && body.length > 0) body[pick(body.length)] = 0xff;
  return pick(5) === 0 ? body.subarray(0, pick(body.length + 1)) : body;
}

/** Events as a page sends them; in one of four requests a few bytes are changed. */
function makeEvents(pick: Pick, nowMs: number): Uint8Array {
  const visitor = makeVisitor(pick, nowMs);
  const texts = Array.from({ length: 1 + pick(3) }, () => makeEvent(pick, visitor, nowMs - pick(5_000)));
  const sent = chance(pick, 50) ? `"sent_time":"${new Date(nowMs - pick(100_000)).toISOString()}",` : "";
  const body = new TextEncoder().encode(texts.length === 1 ? (texts[0] ?? "") : `{${sent}"events":[${texts.join(chance(pick, 10) ? " ,\n" : ",")}]}`);
  if (pick(4) === 0) for (let n = 1 + pick(3); n > 0; n -= 1) body[pick(body.length)] = pickOf(pick, [0x22, 0x5c, 0x7b, 0x5d, 0x30, 0xe3, 0x00, 0x2c, 0x3a, pick(256)]);
  return body;
}

export function makeFrame(pick: Pick): Uint8Array {
  const now_ms = kStartMs + pick(1_000_000);
  const body = chance(pick, 50) ? makePieces(pick) : makeEvents(pick, now_ms);
  const isGif = pick(12) === 0;
  const text = isGif ? new TextDecoder().decode(body) : "";
  return requestFrame({
    now_ms,
    method: isGif ? "GET" : "POST",
    path: isGif ? "/collect.gif" : "/collect",
    query: isGif ? `event_id=a&content_type=page_view&time=0&properties.x=${encodeURIComponent(text)}` : "",
    client_ip: pickOf(pick, addresses),
    headers: pickOf(pick, headers),
    body: isGif ? new Uint8Array() : body,
  });
}

export function makeVolume(seed: number, count: number, configurations: number): VolumeRequest[] {
  const pick = generator(seed);
  return Array.from({ length: count }, () => ({ configuration: pick(configurations), frame: makeFrame(pick) }));
}
