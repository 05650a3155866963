// Generated events as a publisher's pages send them: about fifteen fields, own data under a plan
// (plan.json), page addresses with campaigns and click ids, referrers of every kind. A few are
// invalid and a few need coercion.

import type { Pick } from "./random.ts";
import { chance, hexDigits, pickOf, uuidOf } from "./random.ts";

const kInvalidPercent = 2;
const kCoercedPercent = 3;

/** One visitor: the events of a request come from one. */
export interface Visitor {
  anonymous_id: string;
  session_id: string;
  user_id: string | undefined;
  language: string;
  timezone: string;
  screen: readonly [number, number];
  site: string;
}

type Json = Record<string, unknown>;

const kSites = ["www.example.com", "news.example.com", "blog.example.org", "note.example.jp", "shop.example.jp"];
const kScreens: readonly (readonly [number, number])[] = [[1920, 1080], [1536, 864], [1440, 900], [390, 844], [393, 873], [412, 915], [430, 932]];
const kLatinWords = ["edge", "events", "cloud", "kitchen", "garden", "summer", "review", "guide", "market", "letter", "music", "running", "paper", "river"];
const kJapaneseWords = ["\u8a18\u4e8b", "\u6599\u7406", "\u65c5\u884c", "\u590f\u4f11\u307f", "\u97f3\u697d", "\u30ec\u30d3\u30e5\u30fc", "\u30c7\u30fc\u30bf", "\u6771\u4eac", "\u672c\u68da", "\u732b"];
const kSections = ["tech", "life", "culture", "business", "sports"];
const kCampaigns = [
  "utm_source=newsletter&utm_medium=email&utm_campaign=weekly_47",
  "utm_source=x&utm_medium=social&utm_campaign=autumn&utm_content=card",
  "utm_source=google&utm_medium=cpc&utm_campaign=brand%20jp&utm_term=%E8%A8%98%E4%BA%8B",
];
const kClickIds = ["gclid", "fbclid", "msclkid", "twclid", "yclid"];
const kReferrers = [
  "https://www.google.com/", "https://www.google.co.jp/", "https://www.google.com/search?q=edge+events", "https://www.bing.com/search?q=summer%20guide&form=QBLH",
  "https://search.yahoo.co.jp/search?p=%E8%A8%98%E4%BA%8B&ei=UTF-8", "https://duckduckgo.com/?q=cloud", "https://t.co/Ab3dE9fGhi", "https://www.facebook.com/",
  "https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.example.com", "https://chatgpt.com/", "https://www.reddit.com/r/programming/", "https://mail.google.com/mail/u/0/",
  "https://www.smallblog.example.net/2026/11/links.html", "https://forum.example.edu/t/1234/5", "android-app://com.google.android.gm/",
];

export function makeVisitor(pick: Pick, ms: number): Visitor {
  const japanese = chance(pick, 35);
  return {
    anonymous_id: uuidOf(pick, ms - pick(10_000_000_000)),
    session_id: `s-${hexDigits(pick, 16)}`,
    user_id: chance(pick, 20) ? `u${pick(1_000_000)}` : undefined,
    language: japanese ? "ja" : pickOf(pick, ["en-US", "en-GB", "de", "fr"]),
    timezone: japanese ? "Asia/Tokyo" : pickOf(pick, ["America/New_York", "Europe/London", "Europe/Berlin"]),
    screen: pickOf(pick, kScreens),
    site: pickOf(pick, kSites),
  };
}

/** One event, as JSON text. */
export function makeEvent(pick: Pick, visitor: Visitor, ms: number): string {
  const kind = pick(10);
  const content_type = kind < 6 ? "page_view" : kind < 9 ? "click" : "purchase";
  const event: Json = {
    event_id: uuidOf(pick, ms),
    content_type,
    time: timeOf(pick, ms),
    anonymous_id: visitor.anonymous_id,
    session_id: visitor.session_id,
  };
  if (visitor.user_id !== undefined) event["user_id"] = visitor.user_id;
  const slug = `${word(pick, "")}-${word(pick, "")}-${pick(100_000)}`;
  event["page_url"] = `https://${visitor.site}/articles/${slug}${queryOf(pick)}`;
  event["page_title"] = `${word(pick, visitor.language)} ${word(pick, visitor.language)} ${word(pick, visitor.language)}`;
  const referrer = referrerOf(pick, visitor);
  if (referrer !== undefined) event["referrer_url"] = referrer;
  event["language"] = visitor.language;
  if (chance(pick, 25)) {
    event["timezone"] = visitor.timezone;
    event["screen_width"] = visitor.screen[0];
    event["screen_height"] = visitor.screen[1];
  }
  event["properties"] = propertiesOf(pick, content_type, slug, visitor, ms);
  if (chance(pick, kCoercedPercent)) needCoercion(event["properties"] as Json);
  if (chance(pick, kInvalidPercent)) spoil(pick, event);
  return JSON.stringify(event);
}

function word(pick: Pick, language: string): string {
  return language === "ja" ? pickOf(pick, kJapaneseWords) : pickOf(pick, kLatinWords);
}

function timeOf(pick: Pick, ms: number): string | number {
  const draw = pick(20);
  if (draw === 0) return ms;
  if (draw === 1) return `${new Date(ms + 9 * 3_600_000).toISOString().slice(0, -1)}+09:00`;
  return new Date(ms).toISOString();
}

function queryOf(pick: Pick): string {
  const draw = pick(20);
  if (draw < 5) return `?${pickOf(pick, kCampaigns)}`;
  if (draw < 7) return `?ref=top&${pickOf(pick, kClickIds)}=${hexDigits(pick, 40)}`;
  if (draw < 10) return `?page=${pick(9) + 1}`;
  return "";
}

function referrerOf(pick: Pick, visitor: Visitor): string | undefined {
  const draw = pick(10);
  if (draw < 3) return undefined;
  if (draw < 6) return `https://${visitor.site}/articles/${word(pick, "")}-${pick(100_000)}`;
  return pickOf(pick, kReferrers);
}

function propertiesOf(pick: Pick, contentType: string, slug: string, visitor: Visitor, ms: number): Json {
  if (contentType === "click") {
    return { element: pickOf(pick, ["like", "share", "buy", "follow"]), position: pick(40), target_url: `https://${visitor.site}/go/${slug}`, is_member: visitor.user_id !== undefined };
  }
  if (contentType === "purchase") {
    return {
      order_id: uuidOf(pick, ms),
      currency: pickOf(pick, ["JPY", "USD", "EUR"]),
      total: (pick(1_000_000) + 100) / 100,
      items: Array.from({ length: 1 + pick(3) }, () => ({ sku: `SKU-${10_000 + pick(90_000)}`, count: 1 + pick(4) })),
    };
  }
  return {
    article_id: uuidOf(pick, ms - 1_000_000 - pick(1_000_000_000)),
    section: pickOf(pick, kSections),
    slug,
    author: { id: `a${pick(100_000)}`, followers: pick(50_000) },
    published_at: `${new Date(ms - pick(1_000_000_000)).toISOString().slice(0, 19)}Z`,
    scroll_percent: pick(101),
    is_member: visitor.user_id !== undefined,
  };
}

function needCoercion(properties: Json): void {
  for (const name of ["scroll_percent", "position", "is_member"]) {
    if (properties[name] !== undefined) properties[name] = String(properties[name]);
  }
}

function spoil(pick: Pick, event: Json): void {
  const properties = event["properties"] as Json;
  switch (pick(5)) {
    case 0:
      delete event["event_id"];
      break;
    case 1:
      event["no_such_member"] = 1;
      break;
    case 2:
      event["content_type"] = "Page View";
      break;
    case 3:
      properties[Object.keys(properties)[0] ?? ""] = "not-one-of-these";
      break;
    default:
      properties["surprise"] = true;
  }
}
