// The project in workerd.

import module from "./collector.wasm";
import { CollectorModule } from "../../../edge/worker/collector-module.ts";
import { ProjectShaper } from "./project-shaper.ts";
import { serveWorker } from "./serve-worker.ts";

export default serveWorker((options) => new ProjectShaper(new CollectorModule(module), options));
