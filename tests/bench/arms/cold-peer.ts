// The peer as a team deploys it: one minified file. Its size is reported, and loading it is timed.

import { PeerShaper } from "./peer-shaper.ts";
import type { Shaper } from "./shaper.ts";

export function makePeer(): Shaper {
  return new PeerShaper({ configuration: "", plan: new Uint8Array(), userAgentCache: 0 });
}
