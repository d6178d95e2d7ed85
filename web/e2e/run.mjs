/**
 * Runs the browser tests: `npm run e2e`, with vitest's own arguments. They need Chromium and the built interface.
 * Without Chromium it says what is missing and runs nothing; where EVENHAND_TEST_CHROMIUM is "required", that is a failure.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

// The one without a window comes first: the same engine, and a fifth less work.
const NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const UI = join(import.meta.dirname, "../../src/evenhand/_ui/index.html");

function found() {
  const places = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const files = process.env.CHROMIUM
    ? [process.env.CHROMIUM]
    : NAMES.flatMap((name) => places.map((place) => join(place, name)));
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const chromium = found();
if (!chromium) {
  console.error(`
Chromium is missing: the browser tests did not run. Everything else did.
Install it as root (Debian: apt-get install chromium), or name one with CHROMIUM=/path/to/chromium, and run: make test-browser
`);
  process.exit(process.env.EVENHAND_TEST_CHROMIUM === "required" ? 1 : 0);
}
if (!process.env.EVENHAND && !existsSync(UI)) {
  console.error("The interface is not built: run make ui first.");
  process.exit(1);
}
const vitest = spawnSync("npx", ["vitest", "run", "--config", "e2e/vitest.config.ts", ...process.argv.slice(2)], {
  stdio: "inherit",
  cwd: join(import.meta.dirname, ".."),
  env: { ...process.env, CHROMIUM: chromium },
});
process.exit(vitest.status ?? 1);
