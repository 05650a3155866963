// Campaign and click id out of a page's query.

const kClickIds = new Set(["gclid", "gbraid", "wbraid", "dclid", "fbclid", "msclkid", "ttclid", "twclid", "yclid", "li_fat_id"]);

export interface Campaign {
  source: string | undefined;
  medium: string | undefined;
  name: string | undefined;
  term: string | undefined;
  content: string | undefined;
  click_id: string | undefined;
  click_id_kind: string | undefined;
}

export function campaignOf(query: URLSearchParams): Campaign {
  let click_id: string | undefined;
  let click_id_kind: string | undefined;
  for (const [name, value] of query) {
    if (value !== "" && kClickIds.has(name)) {
      click_id = value;
      click_id_kind = name;
      break;
    }
  }
  return {
    source: query.get("utm_source") || undefined,
    medium: query.get("utm_medium") || undefined,
    name: query.get("utm_campaign") || undefined,
    term: query.get("utm_term") || undefined,
    content: query.get("utm_content") || undefined,
    click_id,
    click_id_kind,
  };
}
