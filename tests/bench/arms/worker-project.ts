// The project in workerd.

import module from "./collector.wasm";
import { ProjectShaper } from "./project-shaper.ts";
import { serveWorker } from "./serve-worker.ts";

export default serveWorker((options) => new ProjectShaper(module, options));
