// User agents as real traffic has them: npm user-agents with its weights, and one in twenty of the
// crawlers that crawler-user-agents lists.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Pick } from "./random.ts";
import { chance, pickOf } from "./random.ts";

const require = createRequire(import.meta.url);
const kCrawlersPercent = 5;
/** Draws of a weight: finer than the rarest profile's share. */
const kDraws = 2 ** 30;

interface Profile {
  userAgent: string;
  weight: number;
}
interface Crawler {
  instances: string[];
}

/** A table of real agents and crawlers to draw from. */
export class UserAgents {
  readonly #agents: string[] = [];
  /** Sum of the weights up to and with each agent. */
  readonly #upTo: number[] = [];
  readonly #crawlers: string[];

  constructor() {
    const profiles = JSON.parse(readFileSync(profilesFile(), "utf8")) as Profile[];
    let sum = 0;
    for (const { userAgent, weight } of profiles) {
      sum += weight;
      this.#agents.push(userAgent);
      this.#upTo.push(sum);
    }
    const crawlers = require("crawler-user-agents") as Crawler[];
    this.#crawlers = crawlers.flatMap((crawler) => crawler.instances);
  }

  draw(pick: Pick): string {
    if (chance(pick, kCrawlersPercent)) return pickOf(pick, this.#crawlers);
    const wanted = (pick(kDraws) / kDraws) * (this.#upTo.at(-1) ?? 0);
    return this.#agents[this.#firstAbove(wanted)] ?? "";
  }

  #firstAbove(wanted: number): number {
    let low = 0;
    let high = this.#upTo.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#upTo[middle] ?? 0) > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function profilesFile(): string {
  // The package exports its entry alone; its data lies beside it.
  return fileURLToPath(new URL("user-agents.json", `file://${require.resolve("user-agents")}`));
}

/**
 * The client hints that a Chromium sends without being asked; nothing for other agents. The hints
 * name the major version only, as the reduced agent does.
 */
export function clientHints(userAgent: string): [string, string][] {
  const chrome = /\bChrome\/(\d+)\./.exec(userAgent)?.[1];
  if (chrome === undefined || /bot|crawl|spider|compatible;/i.test(userAgent)) return [];
  const edge = /\bEdg(?:A|iOS)?\/(\d+)\./.exec(userAgent)?.[1];
  const brand = edge === undefined ? `"Google Chrome";v="${chrome}"` : `"Microsoft Edge";v="${edge}"`;
  const platform = /Android/.test(userAgent)
    ? "Android"
    : /Windows/.test(userAgent)
      ? "Windows"
      : /Mac OS X/.test(userAgent)
        ? "macOS"
        : /CrOS/.test(userAgent)
          ? "Chrome OS"
          : "Linux";
  return [
    ["sec-ch-ua", `"Chromium";v="${chrome}", "Not)A;Brand";v="8", ${brand}`],
    ["sec-ch-ua-mobile", /Mobile/.test(userAgent) ? "?1" : "?0"],
    ["sec-ch-ua-platform", `"${platform}"`],
  ];
}
