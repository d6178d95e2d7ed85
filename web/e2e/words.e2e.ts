/** Questions about words and replies, answered by key and by mouse in a real Chromium; the stored value is compared. */
import { createHash } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seen } from "./axe";
import { somebody } from "./managers";
import { annotator, api, goOn, openBrowser, press, project, sitDown, stored } from "./world";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const sent = (page: Page) => page.waitForResponse((answer) => answer.url().endsWith("/annotations") && answer.ok());

async function submitted(page: Page): Promise<void> {
  const arrives = sent(page);
  await press(page, "Control+Enter");
  await arrives;
}

/** What is stored of every task, by question and target. */
async function answersOf(id: string): Promise<Record<string, unknown>[]> {
  return (await stored(id)).map(({ annotations }) =>
    Object.fromEntries((annotations[0]?.answers ?? []).map((each) => [`${each.question} ${each.target}`, each.value])),
  );
}

const SIZE = { width: 1280, height: 720 };
const CHAT = [{ name: "chat", kind: "chat" }];

test("best and worst: by number, and by mouse", async () => {
  const responses = ["Dry all day.", "No.", "It may rain in the evening.", "Ask a frog."];
  const id = await project({
    name: "Ends",
    inputs: CHAT,
    questions: [
      {
        name: "ends",
        kind: "best_worst",
        text: "Which is the best, and which is the worst?",
        target: { each: "turn", of: "chat" },
        shuffle: true,
      },
    ],
    tasks: [1, 2].map((day) => ({ chat: { prompt: `Rain on day ${day}?`, responses } })),
  });
  const { page } = await annotator(browser, SIZE);
  await sitDown(page, id);
  /** The letter under which a reply stands: the side was drawn by lot. */
  const letterOf = async (text: string): Promise<string> => {
    const reply = page.getByRole("article").filter({ hasText: text }).filter({ visible: true });
    return ((await reply.locator(".letter").textContent()) ?? "").trim();
  };

  const digits = "ABCD";
  const [best, worst] = [await letterOf("Dry all day."), await letterOf("Ask a frog.")];
  await press(page, String(digits.indexOf(best) + 1));
  await press(page, "Control+Enter");
  await page.getByText("Name the worst").filter({ visible: true }).first().waitFor();
  await press(page, String(digits.indexOf(worst) + 1));
  expect(await page.locator(".end.worst:visible").textContent()).toContain(`Reply ${worst}`);
  await seen(page, "best-worst");
  await goOn(page, "Control+Enter");

  await page.getByRole("button", { name: `Best: Reply ${await letterOf("It may rain")}` }).click();
  await page.getByRole("button", { name: `Worst: Reply ${await letterOf("No.")}` }).click();
  await submitted(page);

  expect(await answersOf(id)).toEqual([
    { "ends chat/t1": { best: "r1", worst: "r4" } },
    { "ends chat/t1": { best: "r3", worst: "r2" } },
  ]);
}, 180_000);

const DRAFT = "The train leaves at half past seven.";
const BETTER = "The train leaves at half past six.";
const digest = (text: string): string => `sha256:${createHash("sha256").update(text, "utf8").digest("hex")}`;

test("a text is edited by keys, by mouse, or left as it is; what changed is shown", async () => {
  const id = await project({
    name: "Translations",
    inputs: [
      { name: "source", kind: "text" },
      { name: "draft", kind: "text" },
    ],
    questions: [{ name: "better", kind: "rewrite", text: "A better translation", target: { input: "draft" } }],
    tasks: [1, 2, 3].map((day) => ({ source: `Tag ${day}: Der Zug fährt um halb sieben.`, draft: DRAFT })),
  });
  const { page } = await annotator(browser, SIZE);
  await sitDown(page, id);
  const field = page.getByRole("textbox", { name: "A better translation" }).filter({ visible: true });

  await press(page, "e");
  expect(await field.inputValue()).toBe(DRAFT);
  await press(page, "End", "ArrowLeft");
  await press(page, ..."seven".split("").map(() => "Backspace"));
  await page.keyboard.type("six");
  await press(page, "Escape", "d");
  await page.locator("del:visible").filter({ hasText: "seven" }).waitFor();
  await page.getByText("14% of the words changed").filter({ visible: true }).waitFor();
  await seen(page, "rewrite");
  await goOn(page, "Control+Enter");

  await field.click();
  await field.fill(BETTER);
  // How one looks at it is carried on to the next task.
  expect(await page.locator("ins:visible").textContent()).toBe("six");
  await page.getByRole("button", { name: "Changes" }).filter({ visible: true }).click();
  await page.locator("ins:visible").waitFor({ state: "detached" });
  await goOn(page, "Control+Enter");

  await press(page, "0");
  await page.getByText("left as it is").filter({ visible: true }).waitFor();
  await submitted(page);

  expect(await answersOf(id)).toEqual(
    [BETTER, BETTER, DRAFT].map((text) => ({ "better draft": { base: digest(DRAFT), text } })),
  );
}, 180_000);

const RUBRIC = {
  id: "plain-answer",
  version: "1.0.0",
  criteria: [
    {
      id: "explains",
      text: "Explains what was asked.",
      weight: 5,
      gate: true,
      evidence: "required",
      levels: ["Not at all.", "Partly.", "Wholly."].map((anchor, level) => ({ level, score: level / 2, anchor })),
    },
    {
      id: "unfounded",
      text: "States something doubtful.",
      weight: 3,
      polarity: "negative",
      levels: ["No.", "Yes."].map((anchor, level) => ({ level, score: level, anchor })),
    },
    {
      id: "brief",
      text: "Is as short as it can be.",
      evidence: "none",
      levels: ["It strays.", "Every sentence is needed."].map((anchor, level) => ({ level, score: level, anchor })),
    },
  ],
  scoring: { pass: 0.7 },
};
const REPLIES = ["It travels through your jaw to the inner ear.", "Humans love noisy snacks."];

test("replies are graded by a rubric: by keys with what the grade rests on, and by mouse; the total follows", async () => {
  const id = await project({
    name: "Graded",
    inputs: CHAT,
    questions: [
      {
        name: "grade",
        kind: "rubric",
        text: "Grade the reply.",
        target: { each: "response", of: "chat" },
        settings: { rubric: RUBRIC, evidence: true, allow_na: true },
      },
    ],
    tasks: [{ chat: { prompt: "Why does crunching sound so loud?", responses: REPLIES } }],
  });
  const { page } = await annotator(browser, SIZE);
  await sitDown(page, id);
  const part = (index: number) => page.locator('[data-question="grade"] [data-asked]').nth(index);
  const at = (index: number) => part(index).locator(".crit.at");
  const [keys, mouse] = [part(0), part(1)];
  const [first = "", second = ""] = await Promise.all(
    [keys, mouse].map(async (each) => (await each.getAttribute("data-asked")) ?? ""),
  );
  await keys.locator(".crit-head").first().click();

  await page.keyboard.press("2");
  await at(0).filter({ hasText: "Explains" }).getByText("Mark the passage that it rests on").waitFor();
  await press(page, "ArrowRight", "Shift+ArrowRight", "e");
  await at(0).locator("q").waitFor();
  const quote = await at(0).locator("q").textContent();
  await press(page, "j", "x");
  await at(0).filter({ hasText: "Is as short" }).waitFor();
  await press(page, "1", "t");
  await page.keyboard.type("Ten words.");
  await press(page, "Escape", "k", "0");
  await keys.getByText("Total 100%").waitFor();
  await keys.getByText("passes, from 70%").waitFor();
  await seen(page, "rubric-keys");

  await press(page, "Control+Enter");
  await mouse.getByText("Answer this question").waitFor();
  const level = (criterion: string, name: string) =>
    mouse.getByRole("radiogroup", { name: criterion }).getByRole("radio", { name });
  await level("Explains what was asked.", "0 Not at all.").click();
  await level("States something doubtful.", "1 Yes.").click();
  await level("Is as short as it can be.", "It does not apply").click();
  await mouse.getByText("Total 0%").waitFor();
  await press(page, "Control+Enter");
  await mouse.getByText("Mark the passage that grade 1 rests on").waitFor();
  await mouse.locator(".crit-head").first().click();
  const text = page.getByRole("article").filter({ hasText: REPLIES[Number(second.at(-1)) - 1] });
  const words = text.locator(".prose-text:visible").first();
  const box = await words.boundingBox();
  if (!box) throw new Error("the reply is not shown");
  await page.mouse.move(box.x + 2, box.y + 12);
  await page.mouse.down();
  await page.mouse.move(box.x + 30, box.y + 12, { steps: 4 });
  await page.mouse.up();
  await mouse.locator("q").waitFor();
  await seen(page, "rubric-mouse");
  await submitted(page);

  const [answers] = await answersOf(id);
  expect(answers?.[first]).toEqual({
    criteria: [
      { id: "brief", level: 1, note: "Ten words." },
      { id: "explains", level: 2, evidence: [{ on: expect.any(String), ranges: [[0, quote?.length]] }] },
      { id: "unfounded", level: 0 },
    ],
  });
  expect(answers?.[second]).toEqual({
    criteria: [
      { id: "brief", na: true },
      { id: "explains", level: 0, evidence: [{ on: expect.any(String), ranges: [[0, expect.any(Number)]] }] },
      { id: "unfounded", level: 1 },
    ],
  });
}, 180_000);

test("a rubric is written criterion by criterion, and its version says how much it changed", async () => {
  const id = await project({
    name: "A rubric to write",
    inputs: CHAT,
    questions: [
      {
        name: "grade",
        kind: "rubric",
        text: "Grade the reply.",
        target: { each: "response", of: "chat" },
        settings: { rubric: RUBRIC },
      },
    ],
    tasks: [{ chat: { prompt: "Why does crunching sound so loud?", responses: REPLIES } }],
  });
  const page = await somebody(browser, "manager", SIZE);
  await page.goto(`/projects/${id}/questions`);
  await page.locator(".outline-main", { hasText: "Grade the reply." }).click();
  await page.getByRole("button", { name: "Add a criterion" }).click();
  const fourth = page.getByRole("region", { name: "Criterion 4" });
  await fourth.getByLabel("What to look for").fill("Is kind.");
  await fourth.getByLabel("Weight").fill("2");
  await fourth.getByLabel("It counts", { exact: true }).selectOption("negative");
  await fourth.getByLabel("Anchor of level 0").fill("It is.");
  await fourth.getByLabel("Anchor of level 1").fill("It is not.");
  await seen(page, "rubric-form");
  const dialog = page.getByRole("dialog", { name: "Save as version 2" });
  await press(page, "Control+s");
  await page
    .getByText(/Raise the minor version of the rubric: it is 1\.0\.0/)
    .first()
    .waitFor();
  await page.getByLabel("Version", { exact: true }).fill("1.1.0");
  await press(page, "Control+s");
  await dialog.getByText("Criteria are added: c1").waitFor();
  await dialog.getByRole("button", { name: "Save version 2" }).click();
  await page.getByText("Version 2 is in use", { exact: true }).waitFor();

  const { body } = await api<{ body: { questions: { settings: unknown }[] } }>("GET", `/projects/${id}/ontology`);
  const levels = ["It is.", "It is not."].map((anchor, level) => ({ level, score: level, anchor }));
  const added = { id: "c1", text: "Is kind.", levels, weight: 2, polarity: "negative" };
  expect(body.questions[0]?.settings).toEqual({
    rubric: { ...RUBRIC, version: "1.1.0", criteria: [...RUBRIC.criteria, added] },
  });
}, 120_000);
