// The peer in Node.

import { PeerShaper } from "./peer-shaper.ts";
import { serveNode } from "./serve-node.ts";

await serveNode((options) => new PeerShaper(options));
