// The project in Node: the module's file is the last argument.

import { readFileSync } from "node:fs";
import { ProjectShaper } from "./project-shaper.ts";
import { serveNode } from "./serve-node.ts";

await serveNode((options, [file = ""]) => new ProjectShaper(new WebAssembly.Module(readFileSync(file)), options));
