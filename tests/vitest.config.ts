// All TypeScript tests. Two at a time at most: several start whole programs and a browser.

import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  cacheDir: "build/vitest",
  test: {
    include: ["tests/**/*.test.ts"],
    exclude: ["build/**", "node_modules/**"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
