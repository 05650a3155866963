// ua-parser-js and isbot: browser, system, device, and whether it is a bot. Its values are its own;
// the comparison leaves these fields out.

import { isbot } from "isbot";
import { UAParser } from "ua-parser-js";

export interface Agent {
  ua_family: string | undefined;
  ua_major: string | undefined;
  ua_minor: string | undefined;
  ua_patch: string | undefined;
  os_family: string | undefined;
  os_major: string | undefined;
  os_minor: string | undefined;
  os_patch: string | undefined;
  device_family: string | undefined;
  device_brand: string | undefined;
  device_model: string | undefined;
  is_bot: boolean;
}

export function parseUserAgent(text: string): Agent {
  // getResult() would also look for the engine and the processor, which no field needs.
  const parser = new UAParser(text);
  const browser = parser.getBrowser();
  const system = parser.getOS();
  const device = parser.getDevice();
  const [ua_major, ua_minor, ua_patch] = browser.version?.split(".") ?? [];
  const [os_major, os_minor, os_patch] = system.version?.split(".") ?? [];
  return {
    ua_family: browser.name,
    ua_major,
    ua_minor,
    ua_patch,
    os_family: system.name,
    os_major,
    os_minor,
    os_patch,
    device_family: device.model,
    device_brand: device.vendor,
    device_model: device.model,
    is_bot: isbot(text),
  };
}

/** The agents last seen, by their text. */
export class UserAgentFields {
  readonly #cache = new Map<string, Agent>();
  readonly #entriesMax: number;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  read(text: string): Agent {
    if (this.#entriesMax === 0) return parseUserAgent(text);
    const cached = this.#cache.get(text);
    if (cached !== undefined) return cached;
    const agent = parseUserAgent(text);
    if (this.#cache.size >= this.#entriesMax) {
      const oldest = this.#cache.keys().next().value;
      if (oldest !== undefined) this.#cache.delete(oldest);
    }
    this.#cache.set(text, agent);
    return agent;
  }
}
