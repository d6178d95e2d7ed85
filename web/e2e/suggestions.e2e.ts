/** What models suggest, as an annotator meets it: theirs until it is accepted, and on record whether it was seen. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { somebody } from "./managers";
import { annotator, api, material, openBrowser, press, project, sitDown, TONE, values } from "./world";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

const TEXT = "💩 Acme Corp sued Globex, and it hurts.";
const WHO = {
  name: "who",
  kind: "span",
  text: "Who is named?",
  settings: {
    labels: [
      { value: "org", text: "Firm" },
      { value: "person", text: "Person" },
    ],
    snap: "word",
  },
};
const span = (start: number, end: number) => ({ regions: [{ id: "m1", label: "org", ranges: [[start, end]] }] });
const says = (tone: string, end: number) => [
  { question: "tone", value: tone },
  { question: "who", target: "text", value: span(2, end) },
];
const ROW = {
  text: TEXT,
  suggestions: [
    { model: "first-guess", answers: says("harsh", 6) },
    { model: "second-guess", answers: says("harsh", 11) },
  ],
};

/** A project whose tasks were brought in as NDJSON, one row a line. */
async function imported(name: string, ...rows: unknown[]): Promise<string> {
  const id = await project({ name, questions: [TONE, WHO], tasks: [] });
  const { url, key } = inject("place");
  const answer = await fetch(`${url}/api/v1/projects/${id}/tasks`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/x-ndjson" },
    body: rows.map((row) => JSON.stringify(row)).join("\n"),
  });
  expect(answer.status, await answer.clone().text()).toBeLessThan(300);
  return id;
}

interface Recorded {
  suggestions?: { id: string; model?: string; shown: boolean | null; hidden?: boolean }[];
  provenance?: { answers: Record<string, { origin: string; suggestion?: string }> };
}

/** The one annotation, as it leaves with a release. */
async function delivered(id: string): Promise<Recorded> {
  const { url, key } = inject("place");
  const made = await api<{ id: string }>("POST", `/projects/${id}/releases`, { include: "all" });
  const state = () => api<{ state: string }>("GET", `/releases/${made.id}`).then((release) => release.state);
  await expect.poll(state, { timeout: 30_000 }).toBe("ready");
  const file = `${url}/api/v1/releases/${made.id}/files/annotations.jsonl`;
  const answer = await fetch(file, { headers: { authorization: `Bearer ${key}` } });
  expect(answer.status).toBe(200);
  return JSON.parse(await answer.text()) as Recorded;
}

async function submit(page: Page): Promise<void> {
  const arrives = page.waitForResponse((answer) => answer.url().endsWith("/annotations"));
  await press(page, "Control+Enter");
  expect((await arrives).ok()).toBe(true);
}

const block = (page: Page, question: string) => page.locator(`[data-question="${question}"]:visible`);
const suggestions = (page: Page, question: string) => block(page, question).getByRole("group", { name: /suggest/ });

test("one is accepted by its key, another is changed, and the annotation says which were seen", async () => {
  const id = await imported("Suggested", ROW);
  const { page } = await annotator(browser);
  await sitDown(page, id);

  const tone = suggestions(page, "tone");
  expect(await tone.count()).toBe(1);
  expect(await tone.textContent()).toContain("The models first-guess and second-guess suggest");
  expect(await block(page, "tone").getByRole("radio", { checked: true }).count()).toBe(0);
  await page.getByRole("status").filter({ hasText: "suggest an answer" }).waitFor({ state: "attached" });
  expect(await material(page).locator(".sp.proposed").first().textContent()).toContain("Acme");

  await press(page, "y");
  await block(page, "tone").getByRole("radio", { name: "Harsh", checked: true }).waitFor();
  await press(page, "Control+z");
  await block(page, "tone").getByRole("radio", { name: "Harsh", checked: false }).waitFor();
  await press(page, "y", "n");
  expect(await suggestions(page, "who").count()).toBe(2);
  await press(page, "y", "y");
  await suggestions(page, "who").nth(1).getByRole("button", { name: "Your answer" }).waitFor();
  expect(await material(page).locator(".sp.proposed").count()).toBe(0);
  await press(page, "]", "Shift+ArrowRight");
  await submit(page);

  expect(await values(id)).toEqual({
    tone: "harsh",
    who: { regions: [{ id: "m1", label: "org", ranges: [[2, 16]] }] },
  });
  const { suggestions: seen, provenance } = await delivered(id);
  expect(seen?.map(({ id, model, shown }) => [id, model, shown])).toEqual([
    ["sg1", "first-guess", true],
    ["sg2", "second-guess", true],
  ]);
  expect(provenance?.answers).toEqual({
    tone: { origin: "suggestion", suggestion: "sg1" },
    "who text": { origin: "suggestion_edited", suggestion: "sg2" },
  });

  const manager = await somebody(browser, "manager");
  await manager.goto(`/projects/${id}/tasks`);
  await manager.getByRole("button", { name: /Acme/ }).waitFor();
  await press(manager, "j", "Enter");
  const drawer = manager.getByRole("complementary", { name: "Task" });
  await drawer.getByRole("tab", { name: /Answers/ }).click();
  await drawer.getByText("Accepted as it was suggested").waitFor();
  await drawer.getByText("Suggested, then changed").waitFor();
  expect(await drawer.getByText("first-guess").count()).toBe(2);

  await manager.goto(`/projects/${id}`);
  const card = manager.locator("section", { has: manager.getByRole("heading", { name: "Suggestions" }) });
  await card.getByText(/^1 of 2 answers/).waitFor();
  expect(await card.getByRole("listitem").allInnerTexts()).toEqual([
    expect.stringMatching(/Accepted as suggested\s+1/),
    expect.stringMatching(/Accepted, then changed\s+1/),
    expect.stringMatching(/Given by hand\s+0/),
  ]);
});

test("where the set-up hides suggestions an annotator meets none, and the answer says that they were hidden", async () => {
  const id = await imported("Hidden", ROW);
  const manager = await somebody(browser, "manager");
  await manager.goto(`/projects/${id}/set-up`);
  await manager.getByLabel("Tasks without suggestions, percent").fill("100");
  await manager.getByRole("button", { name: "Save the set-up" }).click();
  await manager.locator(".toast", { hasText: "The set-up is saved" }).waitFor();
  const { page } = await annotator(browser);
  await sitDown(page, id);

  expect(await page.getByRole("group", { name: /suggest/ }).count()).toBe(0);
  expect(await material(page).locator(".sp.proposed").count()).toBe(0);
  await press(page, "1", "n", "ArrowRight", "1");
  await submit(page);

  const { suggestions: kept, provenance } = await delivered(id);
  expect(kept?.map(({ hidden, shown }) => [hidden, shown])).toEqual([
    [true, false],
    [true, false],
  ]);
  expect(provenance?.answers.tone).toEqual({ origin: "human" });
});

test("a click accepts too; what an older ontology let in and this one does not is neither shown nor said to be", async () => {
  const stale = { model: "old", answers: [{ question: "tone", value: "harsh" }] };
  const fresh = { model: "new", answers: [{ question: "tone", value: "kind" }] };
  const id = await imported("Changed", { text: TEXT, suggestions: [stale, fresh] });
  const { body } = await api<{ body: { questions: unknown[] } }>("GET", `/projects/${id}/ontology`);
  const options = [
    { value: "kind", text: "Kind" },
    { value: "cold", text: "Cold" },
  ];
  const questions = [{ ...TONE, settings: { options } }];
  await api("POST", `/projects/${id}/ontology`, { body: { ...body, questions }, confirm: "meaning" });
  const { page } = await annotator(browser);
  await sitDown(page, id);

  expect(await suggestions(page, "tone").count()).toBe(1);
  await suggestions(page, "tone").getByRole("button", { name: "Accept" }).click();
  await submit(page);

  expect(await values(id)).toEqual({ tone: "kind" });
  expect((await delivered(id)).suggestions?.map(({ model, shown }) => [model, shown])).toEqual([
    ["old", false],
    ["new", true],
  ]);
});

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

test.each(["light", "dark"] as const)(
  "in the %s theme suggestions have no barrier, and Tab leads to them",
  async (theme) => {
    const id = await imported(`Seen in ${theme}`, ROW);
    const { page } = await annotator(browser, { colorScheme: theme });
    await sitDown(page, id);
    await suggestions(page, "who").first().waitFor();

    await page.evaluate(axe);
    const barriers = await page.evaluate(async () => {
      const { axe: loaded } = globalThis as unknown as {
        axe: { run: () => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      return (await loaded.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
    });
    await block(page, "tone").getByRole("radio").first().focus();
    await press(page, "Tab");
    const focused = await page.evaluate(() => document.activeElement?.textContent);
    await press(page, "Enter");

    expect(barriers).toEqual([]);
    expect(focused).toContain("Accept");
    await block(page, "tone").getByRole("radio", { name: "Harsh", checked: true }).waitFor();
  },
);
