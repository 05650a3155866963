// The peer in workerd.

import { PeerShaper } from "./peer-shaper.ts";
import { serveWorker } from "./serve-worker.ts";

export default serveWorker((options) => new PeerShaper(options));
