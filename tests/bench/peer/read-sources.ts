// The core's data file of referrers, as the peer's Map takes it: both know the same sources.

export interface Source {
  medium: string;
  name: string;
  hosts: string[];
  terms: string[];
}

export function readSources(): Source[] {
  return [
    { medium: "search", name: "Google", hosts: ["google.com", "google.co.jp"], terms: ["q"] },
    { medium: "search", name: "Bing", hosts: ["bing.com"], terms: ["q"] },
    { medium: "search", name: "Yahoo! JAPAN", hosts: ["search.yahoo.co.jp"], terms: ["p"] },
    { medium: "search", name: "DuckDuckGo", hosts: ["duckduckgo.com"], terms: ["q"] },
    { medium: "social", name: "X", hosts: ["t.co"], terms: [] },
    { medium: "social", name: "Facebook", hosts: ["facebook.com"], terms: [] },
    { medium: "social", name: "Reddit", hosts: ["reddit.com"], terms: [] },
    { medium: "mail", name: "Gmail", hosts: ["mail.google.com"], terms: [] },
    { medium: "ai", name: "ChatGPT", hosts: ["chatgpt.com"], terms: [] },
  ];
}
