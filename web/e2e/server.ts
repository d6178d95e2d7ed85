/** One server for all browser tests: `evenhand up` on an empty folder, stopped and removed afterwards. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestProject } from "vitest/node";

export interface Place {
  url: string;
  key: string;
  /** The data folder, for the operator's own commands. */
  data: string;
}
declare module "vitest" {
  export interface ProvidedContext {
    place: Place;
  }
}

export const COMMAND = process.env.EVENHAND ?? join(import.meta.dirname, "../../.venv/bin/evenhand");

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "evenhand-browser-"));
  // PostgreSQL runs under another account when the suite runs as root, and must be able to enter.
  chmodSync(folder, 0o755);
  const server = spawn(COMMAND, ["up", "--data", join(folder, "data"), "--port", "0", "--json"], {
    stdio: ["ignore", "pipe", "ignore"],
    // A bucket of the tests stands on this machine; an operator would list such a network.
    env: { ...process.env, EVENHAND_OUTBOUND_PRIVATE_NETWORKS: "127.0.0.0/8" },
  });
  const line = JSON.parse(await firstLine(server)) as { url: string; admin_key: string };
  project.provide("place", { url: line.url, key: line.admin_key, data: join(folder, "data") });
  return async () => {
    server.kill("SIGTERM");
    await new Promise((resolve) => server.once("exit", resolve));
    rmSync(folder, { recursive: true, force: true });
  };
}

function firstLine(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (!server.stdout) throw new Error("the server has no output");
    createInterface({ input: server.stdout }).once("line", resolve);
    server.once("exit", (code) => reject(new Error(`the server ended with ${code} before it was ready`)));
  });
}
