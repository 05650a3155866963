// User agents as most traffic has them, each for a family of many, with its rough share. They tell
// which words are commonplace; no rule's meaning depends on them.

const kDesktop = "(KHTML, like Gecko)";
const kShares: readonly [number, string][] = [
  [22, `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 ${kDesktop} Chrome/138.0.0.0 Safari/537.36`],
  [5, `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 ${kDesktop} Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0`],
  [3, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"],
  [2, "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"],
  [2, `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 ${kDesktop} Chrome/138.0.0.0 Safari/537.36`],
  [1, `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 ${kDesktop} Chrome/138.0.0.0 Safari/537.36`],
  [6, `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 ${kDesktop} Chrome/138.0.0.0 Safari/537.36`],
  [4, `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 ${kDesktop} Version/18.5 Safari/605.1.15`],
  [1, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0"],
  [16, `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 ${kDesktop} Version/18.5 Mobile/15E148 Safari/604.1`],
  [2, `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 ${kDesktop} CriOS/138.0.7204.119 Mobile/15E148 Safari/604.1`],
  [3, `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 ${kDesktop} GSA/375.0 Mobile/15E148 Safari/604.1`],
  [2, `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 ${kDesktop} Mobile/15E148 [FBAN/FBIOS;FBAV/500.0.0;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/18.5;FBSS/3;FBLC/en_US]`],
  [1, `Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 ${kDesktop} Version/17.7 Mobile/15E148 Safari/604.1`],
  [16, `Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 ${kDesktop} Chrome/138.0.0.0 Mobile Safari/537.36`],
  [2, `Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 ${kDesktop} Chrome/138.0.0.0 Safari/537.36`],
  [3, `Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 ${kDesktop} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`],
  [2, `Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A.231005.007; wv) AppleWebKit/537.36 ${kDesktop} Version/4.0 Chrome/138.0.7204.63 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/500.0.0;]`],
  [1, `Mozilla/5.0 (Linux; U; Android 12; en-us; 2201116SG Build/SKQ1.211006.001) AppleWebKit/537.36 ${kDesktop} Version/4.0 Chrome/100.0.4896.127 Mobile Safari/537.36`],
  [1, "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"],
  [1, "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko"],
  [2, `Mozilla/5.0 AppleWebKit/537.36 ${"(KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html)"} Chrome/138.0.0.0 Safari/537.36`],
  [1, "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"],
  [1, "Dalvik/2.1.0 (Linux; U; Android 13; SM-A536B Build/TP1A.220624.014)"],
];

export interface TypicalUserAgent {
  text: string;
  lower: string;
  /** Share of the traffic, 0 to 1. */
  weight: number;
}

export const kTypicalUserAgents: readonly TypicalUserAgent[] = kShares.map(([weight, text]) => ({
  text,
  lower: text.toLowerCase(),
  weight: weight / 100,
}));
