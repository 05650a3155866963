// The project in Node: the module's file is the last argument.

import { readFileSync } from "node:fs";
import { CollectorModule } from "../../../edge/worker/collector-module.ts";
import { ProjectShaper } from "./project-shaper.ts";
import { serveNode } from "./serve-node.ts";

await serveNode((options, [file = ""]) => {
  const module = new WebAssembly.Module(readFileSync(file));
  return new ProjectShaper(new CollectorModule(module), options);
});
