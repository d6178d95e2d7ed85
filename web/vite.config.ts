/** How the interface is built: into the Python package, where the server serves it from. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const server = process.env.EVENHAND_URL ?? "http://127.0.0.1:8000";

/** Beside each text file its gzipped self, which the server sends to whoever takes it (http/pages.py). */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    async writeBundle({ dir = "" }, bundle) {
      const texts = Object.keys(bundle).filter((name) => /\.(js|css|svg)$/.test(name));
      await Promise.all(
        texts.map(async (name) => {
          const file = join(dir, name);
          await writeFile(`${file}.gz`, await promisify(gzip)(await readFile(file), { level: 9 }));
        }),
      );
    },
  };
}

/** Every browser this is built for reads woff2: the older forms of KaTeX's fonts are left out. */
function woff2Only(): Plugin {
  return {
    name: "woff2-only",
    enforce: "pre",
    transform(code, id) {
      if (!/katex.*\.css/.test(id)) return undefined;
      return code.replace(/,\s*url\([^)]*\.(woff|ttf)\)\s*format\(["'][^"']*["']\)/g, "");
    },
  };
}

/** An English message without a value is its own id, which stands where it is used: the catalogue need not say it again. */
function ownIds(): Plugin {
  return {
    name: "own-ids",
    apply: "build",
    enforce: "pre",
    transform(code, id) {
      if (!id.endsWith("/locales/en.ts")) return undefined;
      const [start, end] = [code.indexOf("JSON.parse(") + "JSON.parse(".length, code.lastIndexOf(")")];
      const messages = Object.entries(JSON.parse(JSON.parse(code.slice(start, end))) as Record<string, unknown[]>);
      const kept = messages.filter(([own, said]) => said.length !== 1 || said[0] !== own);
      return `export const messages=${JSON.stringify(Object.fromEntries(kept))}`;
    },
  };
}

const tests = { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"], restoreMocks: true, testTimeout: 30_000 };
// What these look at is loaded once a page, or registered by every module that is loaded.
const ALONE = ["src/kit/Markdown.test.tsx", "src/kit/formulas.test.ts", "src/commands/*.test.ts"];

export default defineConfig({
  plugins: [react(), packed(), woff2Only(), ownIds()],
  build: {
    outDir: "../src/evenhand/_ui",
    emptyOutDir: true,
    // The content security policy allows fonts and images from the server alone, so nothing is inlined as data.
    assetsInlineLimit: 0,
    target: "es2022",
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: { "/api": { target: server, changeOrigin: false }, "^/log/": { target: server, changeOrigin: false } },
    // The trust centre says what cannot be proven in the words of the documentation.
    fs: { allow: [".", "../docs/explanation"] },
  },
  test: {
    projects: [
      // A document for each file would take ten times as long as the tests in it; they share one a process.
      { extends: true, test: { ...tests, name: "together", exclude: ALONE, isolate: false } },
      { extends: true, test: { ...tests, name: "alone", include: ALONE } },
    ],
  },
});
