/** Tests in a real Chromium against a real server: `npm run e2e` (the interface must be built, `make ui`). */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["e2e/**/*.e2e.ts"],
    globalSetup: "e2e/server.ts",
    environment: "node",
    // One browser and one server at a time: the machine is shared with PostgreSQL.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
