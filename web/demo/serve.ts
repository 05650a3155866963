// Serves the demo page on 127.0.0.1; the page's script is bundled once, at start.
//
//   node web/demo/serve.ts [PORT]     prints {"url":"http://127.0.0.1:PORT/"}

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export interface DemoServer {
  /** Ends in a slash; the page wants ?collector=URL behind it. */
  url: string;
  stop: () => Promise<void>;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Port 0 takes a free one. */
export async function startDemo(port = 0): Promise<DemoServer> {
  const files = await pageFiles();
  const server = createServer((request, response) => {
    const file = files.get((request.url ?? "/").split("?")[0] ?? "/");
    if (file === undefined) return response.writeHead(404).end();
    response
      .writeHead(200, { "content-type": file.type, "cache-control": "no-store" })
      .end(file.bytes);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("demo server: no port");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function pageFiles(): Promise<Map<string, { type: string; bytes: Uint8Array }>> {
  const bundle = await build({
    entryPoints: [here("main.ts")],
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
  });
  return new Map([
    ["/", { type: "text/html; charset=utf-8", bytes: await readFile(here("index.html")) }],
    ["/style.css", { type: "text/css", bytes: await readFile(here("style.css")) }],
    [
      "/main.js",
      { type: "text/javascript", bytes: bundle.outputFiles[0]?.contents ?? new Uint8Array() },
    ],
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await startDemo(Number(process.argv[2] ?? 0));
  process.stdout.write(`${JSON.stringify({ url })}\n`);
}
