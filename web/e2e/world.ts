/** Builders of a small world for the browser tests: projects made through the API, people who sign in with a browser. */
import { randomUUID } from "node:crypto";
import { type Browser, chromium, type Page } from "playwright-core";
import { inject } from "vitest";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
}

/** A request of the installation's owner. */
export async function api<Answer = Record<string, never>>(
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  return send(method, path, body, { authorization: `Bearer ${inject("place").key}` });
}

async function send<Answer>(
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Answer> {
  const answer = await fetch(`${inject("place").url}/api/v1${path}`, {
    method,
    headers: { "content-type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return (text ? JSON.parse(text) : undefined) as Answer;
}

interface Given {
  name: string;
  inputs?: { name: string; kind: string; settings?: object }[];
  questions: Record<string, unknown>[];
  tasks: Record<string, unknown>[];
  more?: Record<string, unknown>;
}

/** A project with its tasks; its id. */
export async function project({ name, inputs, questions, tasks, more }: Given): Promise<string> {
  const ontology = {
    format: "evenhand-ontology/1",
    name: "browser",
    language: "en",
    inputs: inputs ?? [{ name: "text", kind: "text" }],
    questions,
  };
  const made = await api<{ id: string }>("POST", "/projects", { name, ontology, ...more });
  const rows = tasks.map((each) => ({ inputs: each }));
  if (rows.length > 0) await api("POST", `/projects/${made.id}/tasks`, rows);
  return made.id;
}

/** Letters of which each has a text of its own. */
export function letters(count: number): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, index) => ({
    text: `Letter ${index + 1}. The bill is wrong, and you know it.`,
  }));
}

export const TONE = {
  name: "tone",
  kind: "choice",
  text: "What is the tone?",
  settings: {
    options: [
      { value: "kind", text: "Kind" },
      { value: "harsh", text: "Harsh" },
    ],
  },
};

interface StoredTask {
  id: string;
  item: { inputs: Record<string, { text?: string }> };
  annotations: {
    version: number;
    active_ms: number | null;
    answers: { question: string; target: string; value?: Json; abstained?: string }[];
  }[];
  consensus: { question: string; target: string; value?: Json; source: string }[];
}

/** What is stored of each task that was answered, newest versions, in the order of import. */
export async function stored(id: string): Promise<StoredTask[]> {
  const { items } = await api<{ items: { id: string }[] }>("GET", `/projects/${id}/tasks`);
  const tasks = await Promise.all(items.map((each) => api<StoredTask>("GET", `/projects/${id}/tasks/${each.id}`)));
  return tasks.filter(({ annotations }) => annotations.length > 0);
}

/** The values of the first answered task, by question. */
export async function values(id: string): Promise<Record<string, Json | undefined>> {
  const [task] = await stored(id);
  return Object.fromEntries((task?.annotations[0]?.answers ?? []).map((each) => [each.question, each.value]));
}

let count = 0;
// Files share the server, and none knows whom another has invited.
const FILE = randomUUID().slice(0, 8);
const PASSWORD = "correct horse battery staple";

export interface Annotator {
  page: Page;
  email: string;
}

interface Sight {
  width?: number;
  height?: number;
  colorScheme?: "light" | "dark";
  hasTouch?: boolean;
}

/** A new annotator of the organization, signed in, in a browser context of her own. */
export async function annotator(browser: Browser, sight: Sight = {}): Promise<Annotator> {
  count += 1;
  const email = `annotator${count}-${FILE}@example.org`;
  const invited = await api<{ link: string }>("POST", "/invitations", { email, role: "annotator" });
  const token = invited.link.split("#")[1];
  await send("POST", "/invitations/accept", { token, password: PASSWORD, name: `Annotator ${count}` }, {});
  const { width = 1440, height = 900, ...more } = sight;
  const context = await browser.newContext({ viewport: { width, height }, ...more });
  const page = await context.newPage();
  await page.goto(inject("place").url);
  await page.locator("input[type=email]").fill(email);
  await page.locator("input[type=password]").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "My work" }).waitFor();
  return { page, email };
}

/** Opens the workspace of a project and waits for its first task. */
export async function sitDown(page: Page, id: string): Promise<void> {
  await page.goto(`${inject("place").url}/projects/${id}/label`);
  await page.getByRole("main").filter({ visible: true }).waitFor();
  await material(page).waitFor();
}

/** The task on the screen; the next one is drawn already, unseen. */
export function material(page: Page) {
  return page.locator("[data-task]:visible");
}

export async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** Presses what sends a task away, and waits for the next one: until it is there, no key has anything to act on. */
export async function goOn(page: Page, key: string): Promise<void> {
  const here = await material(page).getAttribute("data-task");
  await press(page, key);
  await page.locator(`[data-task]:not([data-task="${here}"]):visible`).waitFor();
}
