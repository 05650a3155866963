// The worker of the workerd test: runs the jobs in a request's body and answers their results.

import collector from "./collector.wasm";
import { Reader, Writer } from "./job.ts";
import { exportsOf, runJob } from "./run-job.ts";

const module = exportsOf(new WebAssembly.Instance(collector, {}));

export default {
  async fetch(request: Request): Promise<Response> {
    const jobs = new Reader(new Uint8Array(await request.arrayBuffer()));
    const results = new Writer();
    while (!jobs.done) results.text(runJob(module, jobs.text()));
    return new Response(results.bytes().slice());
  },
};
