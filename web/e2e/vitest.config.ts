/** Tests in a real Chromium against a real server: `npm run e2e` (the interface must be built, `make ui`). */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["e2e/**/*.e2e.ts"],
    globalSetup: "e2e/server.ts",
    environment: "node",
    // Two browsers at a time on one server: a third would only wait for the other two.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A page on a busy machine answers within seconds; a second is the default.
    expect: { poll: { timeout: 15_000 } },
    // Printed where it happened ("retry x1"), and a bug to mend: CONTRIBUTING.md.
    retry: 1,
  },
});
