// `./dev up [--worker PORT] [--data DIR] [--quota PROFILE] [--plan FILE]`: simulator, worker and demo page until Ctrl-C.

import { mkdir } from "node:fs/promises";
import { parseArgs } from "node:util";
import { startDemo } from "../../../web/demo/serve.ts";
import { readPlan } from "./plan.ts";
import { kContentTypes, startStack } from "./stack.ts";

const { values } = parseArgs({
  options: {
    worker: { type: "string", default: "8787" },
    data: { type: "string", default: "build/up-data" },
    quota: { type: "string", default: "tokyo-2026" },
    plan: { type: "string" },
  },
});
const plan = values.plan === undefined ? undefined : await readPlan(values.plan).catch(refuse);
await mkdir(values.data, { recursive: true });
const stack = await startStack({
  data: values.data,
  quota: values.quota,
  port: Number(values.worker),
  ...(plan === undefined ? {} : { plan }),
});
const contentTypes = plan === undefined ? [...kContentTypes] : Object.keys(plan.streams);
const page = await startDemo();
const collector = `${stack.worker.url}/collect`;
const now = new Date().toISOString();
console.log(`simulator  ${stack.simulator.endpoint}   Firehose and S3; quota ${values.quota}; data in ${values.data}`);
console.log(`collector  ${collector}   content types ${contentTypes.join(", ")}`);
console.log(`page       ${page.url}?collector=${stack.worker.url}\n`);
console.log(`  curl -d '{"event_id":"1","content_type":"${contentTypes.at(-1)}","time":"${now}"}' ${collector}`);
console.log(`  ./dev edgehose query "SELECT * FROM events" --data ${values.data}   # objects arrive after 5 s\n`);
console.log("Ctrl-C ends all three.");
await new Promise((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
await page.stop();
await stack.stop();

function refuse(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
