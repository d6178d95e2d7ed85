/** Managers, auditors and whoever else signs in, in browsers that count every request that leaves the server's own address. */
import { randomUUID } from "node:crypto";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { expect, inject } from "vitest";
import { api } from "./world";

const PASSWORD = "four plain words together";

export interface Sight {
  width?: number;
  height?: number;
  colorScheme?: "light" | "dark";
  hasTouch?: boolean;
}

/** A page that nobody is signed in on. What it must not do is collected, and told by `wellBehaved`. */
export async function stranger(browser: Browser, { width = 1440, height = 900, ...more }: Sight = {}): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height },
    baseURL: inject("place").url,
    acceptDownloads: true,
    ...more,
  });
  const page = await context.newPage();
  const faults: string[] = [];
  watched.set(context, faults);
  await context.route("**/*", (route) => {
    const url = new URL(route.request().url());
    const isOurs = url.origin === inject("place").url || ["blob:", "data:"].includes(url.protocol);
    if (!isOurs) faults.push(`asked ${url.href}`);
    return isOurs ? route.continue() : route.abort();
  });
  page.on("pageerror", (error) => faults.push(`threw ${error.message}`));
  page.on("console", (message) => {
    // A refusal is the server's answer, told to the person; the browser logs it beside.
    const isRefusal = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isRefusal) faults.push(`logged ${message.text()}`);
  });
  return page;
}
const watched = new WeakMap<BrowserContext, string[]>();

/** Nothing was asked of anybody else, nothing was thrown, nothing was logged as an error. */
export function wellBehaved(page: Page): void {
  expect(watched.get(page.context())).toEqual([]);
}

/** A link of an invitation, as the inviting person is shown it. */
export async function invitation(role: string): Promise<{ link: string; email: string }> {
  // Files share the server, and none knows whom another has invited.
  const email = `${role}-${randomUUID().slice(0, 8)}@example.org`;
  const { link } = await api<{ link: string }>("POST", "/invitations", { email, role });
  return { link, email };
}

/** Somebody of that role, who has just accepted an invitation in this browser. */
export async function somebody(browser: Browser, role: string, sight: Sight = {}): Promise<Page> {
  const page = await stranger(browser, sight);
  const { link } = await invitation(role);
  await page.goto(link);
  await page.getByLabel("Your name").fill(`The ${role}`);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: /My work|Projects/ }).waitFor();
  return page;
}

/** Somebody who answers through the API, as many tasks as asked for. */
export async function answersOf(
  project: string,
  values: readonly unknown[],
  {
    question = "tone",
    target,
    consent,
    manner,
  }: { question?: string; target?: string; consent?: { version: number }; manner?: Record<string, number> } = {},
): Promise<void> {
  const { link } = await invitation("annotator");
  const accept = { token: link.split("#")[1], password: PASSWORD, name: "An annotator" };
  const joined = await fetch(`${inject("place").url}/api/v1/invitations/accept`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(accept),
  });
  const { csrf } = (await joined.json()) as { csrf: string };
  const headers = { cookie: joined.headers.get("set-cookie")?.split(";")[0] ?? "", "x-csrf-token": csrf };
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(`${inject("place").url}/api/v1/projects/${project}${path}`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    if (answer.status === 204) return {};
    return (await answer.json()) as { assignment?: Held; next?: { assignment?: Held } };
  };
  if (consent) await post("/guidelines/consent", consent);
  let held = (await post("/claim", { held: [] })).assignment;
  for (const value of values) {
    if (!held) return;
    const answered = await post(`/tasks/${held.task_id}/annotations`, {
      ontology_version: held.ontology_version,
      answers: [{ question, target, value }],
      timing: { active_ms: 4000, elapsed_ms: 5000 },
      manner,
      next: true,
      held: [],
    });
    held = answered.next?.assignment;
  }
}
interface Held {
  task_id: string;
  ontology_version: number;
}
