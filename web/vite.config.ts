/** How the interface is built: into the Python package, where the server serves it from. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.EVENHAND_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../src/evenhand/_ui",
    emptyOutDir: true,
    // The content security policy allows fonts and images from the server alone, so nothing is inlined as data.
    assetsInlineLimit: 0,
    target: "es2022",
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": { target: server, changeOrigin: false } } },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"], restoreMocks: true },
});
