/** An adjudication, through the real server: one key takes a value, another value is given, one more answer is asked for. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serious } from "./axe";
import { type Sight, somebody, wellBehaved } from "./managers";
import { author, reach } from "./stages";
import { letters, material, openBrowser, press, project, stored, TONE } from "./world";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

const TOPIC = {
  name: "topic",
  kind: "choice",
  text: "What is it about?",
  settings: {
    options: [
      { value: "bill", text: "A bill" },
      { value: "trip", text: "A trip" },
      { value: "job", text: "A job" },
    ],
  },
};
const WHO = {
  name: "who",
  kind: "span",
  text: "Who is named?",
  settings: { labels: [{ value: "org", text: "Firm" }], snap: "word" },
};
const DAYS = { name: "days", kind: "number", text: "How many days late?", settings: { min: 0, max: 60, step: 1 } };
const span = (start: number, end: number) => ({
  question: "who",
  target: "text",
  value: { regions: [{ id: "k1", label: "org", ranges: [[start, end]] }] },
});

interface Given {
  questions?: Record<string, unknown>[];
  answers: Record<string, unknown>[][];
  count?: number;
}

/** A project whose tasks were answered by as many people as there are answers, and went to adjudication. */
async function disputed(name: string, { questions = [TONE, TOPIC], answers, count = 1 }: Given): Promise<string> {
  const id = await project({
    name,
    questions,
    tasks: letters(count),
    more: { opinions: answers.length, workflow: { review_rate: 0, adjudicate_below: 0.95, feedback: "shown" } },
  });
  for (const given of answers) await (await author()).answer(id, () => given);
  await reach(id, "in_adjudication", count);
  return id;
}

async function atAdjudication(id: string, sight: Sight = {}): Promise<Page> {
  const page = await somebody(browser, "reviewer", sight);
  await page.goto(`/projects/${id}/adjudicate`);
  await material(page).waitFor();
  return page;
}

const says = (tone: string, topic = "bill") => [
  { question: "tone", value: tone },
  { question: "topic", value: topic },
];

/** What is decided by an act, by question, and where the task is then, as the server says. */
async function decided(page: Page, act: () => Promise<void>): Promise<Record<string, unknown>> {
  const answered = page.waitForResponse((answer) => answer.url().endsWith("/adjudication"));
  await act();
  const answer = await answered;
  const { outcome } = (await answer.json()) as { outcome: string };
  const { answers = [] } = answer.request().postDataJSON() as { answers?: { question: string; value: unknown }[] };
  return { outcome, ...Object.fromEntries(answers.map(({ question, value }) => [question, value])) };
}

test("a digit takes a value, what all say stands already, and one key decides", async () => {
  const id = await disputed("Two and two", { answers: ["kind", "harsh", "kind", "harsh"].map((each) => says(each)) });
  const page = await atAdjudication(id);

  await page.getByRole("heading", { name: "1 question differs" }).waitFor();
  await page.getByText("Still to decide: What is the tone?").waitFor();
  const row = page.locator("tr[aria-current]");
  expect(await row.locator(".cell.odd").count()).toBe(2);
  expect(await row.textContent()).toContain("2 and 2");
  expect(await page.locator("body").textContent()).not.toContain("An author");
  await press(page, "Control+Enter");
  await page.getByText("Still to decide: What is the tone?").waitFor();

  const harsh = page.getByRole("radio", { name: /Harsh/ });
  await press(page, ((await harsh.locator("kbd").textContent()) ?? "").trim());
  await expect.poll(() => page.getByText("Still to decide").count()).toBe(0);
  await press(page, "r", "r", "t");
  await page.keyboard.type("It threatens.");
  const sent = await decided(page, () => press(page, "Control+Enter"));

  expect(sent).toEqual({ outcome: "done", tone: "harsh", topic: "bill" });
  await page.getByText("Tasks on whose answer the model is not sure").waitFor();
  await reach(id, "done", 1);
  wellBehaved(page);
});

test("by mouse another value is given, and taken back", async () => {
  const id = await disputed("Another value", { answers: [says("kind", "bill"), says("kind", "trip")] });
  const page = await atAdjudication(id);
  const pick = page.getByRole("radiogroup", { name: "What is it about?" }).first();

  await pick.getByRole("radio", { name: /Another value/ }).click();
  await page.locator(".other").getByRole("radio", { name: "A job" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.locator(".other").getByRole("radio", { name: "A job" }).click();
  const sent = await decided(page, () => page.getByRole("button", { name: /^Decide/ }).click());

  expect(sent).toEqual({ outcome: "done", tone: "kind", topic: "job" });
  wellBehaved(page);
});

test("of a number the model's estimate stands first with its interval, and one key takes it", async () => {
  const late = [20, 22, 26];
  const id = await disputed("Days late", {
    questions: [DAYS, TONE],
    answers: late.map((days, place) => [
      { question: "days", value: days },
      { question: "tone", value: place === 1 ? "kind" : "harsh" },
    ]),
  });
  const page = await atAdjudication(id);
  const picks = page.getByRole("radiogroup", { name: "How many days late?" });
  await page.getByRole("button", { name: "How many days late?" }).click();

  const estimate = picks.getByRole("radio", { name: /the model’s estimate/ });
  const [, value, low, high] =
    /([\d.]+).*estimate, ([\d.]+) to ([\d.]+)/.exec((await estimate.textContent()) ?? "") ?? [];
  expect(Number(low)).toBeLessThan(Number(value));
  expect(Number(high)).toBeGreaterThan(Number(value));
  await shot(page, "adjudicate-number");
  await press(page, ((await estimate.locator("kbd").textContent()) ?? "").trim());
  await page.getByRole("button", { name: "What is the tone?" }).click();
  await press(page, "1");
  const sent = await decided(page, () => press(page, "Control+Enter"));

  expect(sent).toMatchObject({ outcome: "done", days: Number(value) });
  const [task] = await stored(id);
  expect(task?.consensus).toContainEqual(expect.objectContaining({ question: "days", value: Number(value) }));
  wellBehaved(page);
});

test("passages are shown one answer after another on the text, taken by a digit and mended by hand", async () => {
  const id = await disputed("Passages", {
    questions: [TONE, WHO],
    answers: [
      [{ question: "tone", value: "kind" }, span(0, 6)],
      [{ question: "tone", value: "harsh" }, span(14, 18)],
    ],
  });
  const page = await atAdjudication(id);
  const marked = async () => (await material(page).locator("mark.sp").allInnerTexts()).join(" ").trim();

  const seen = new Set<string>();
  for (const _ of [1, 2]) {
    await press(page, "ArrowRight");
    await expect.poll(marked).not.toBe("");
    await expect.poll(async () => seen.has(await marked())).toBe(false);
    seen.add(await marked());
  }
  expect(seen).toEqual(new Set(["Letter", "bill"]));
  await press(page, "ArrowRight", "1", "1", "Shift+F", "]", "Shift+ArrowRight", "Shift+F");
  const { outcome, who } = await decided(page, () => press(page, "Control+Enter"));

  expect(outcome).toBe("done");
  const [start, end] = (who as { regions: { ranges: number[][] }[] }).regions[0]?.ranges[0] ?? [];
  expect((end ?? 0) - (start ?? 0)).toBeGreaterThan(6);
  wellBehaved(page);
});

test("what most marked is shown merged, after the answers one by one", async () => {
  const id = await disputed("Names merged", {
    questions: [TONE, WHO],
    answers: [
      [{ question: "tone", value: "kind" }, span(0, 6)],
      [{ question: "tone", value: "harsh" }, span(0, 6)],
      [{ question: "tone", value: "kind" }, span(14, 18)],
    ],
  });
  const page = await atAdjudication(id);
  const shown = async () => (await material(page).locator("mark.sp").allInnerTexts()).join(" ").trim();
  const merged = page.locator(".merged-marks");

  const seen: string[] = [];
  while ((await merged.count()) === 0 && seen.length < 6) {
    await press(page, "ArrowRight");
    await expect.poll(shown).not.toBe("");
    seen.push(await shown());
  }

  expect(await merged.count()).toBe(1);
  expect(seen).toContain("bill");
  await expect.poll(shown).toBe("Letter");
  await shot(page, "adjudicate-merged");
  expect(await serious(page)).toEqual([]);
  wellBehaved(page);
});

test("one more answer is asked for, and the whole task is sent back with a reason", async () => {
  const id = await disputed("More", { answers: [says("kind"), says("harsh")], count: 2 });
  const page = await atAdjudication(id);

  await press(page, "Shift+A");
  await reach(id, "in_adjudication", 1);
  await material(page).waitFor();
  await press(page, "Shift+B");
  await page.getByRole("dialog", { name: "Send it back" }).waitFor();
  await press(page, "4", "Enter");
  await reach(id, "rework", 1);

  await (await author()).answer(id, () => says("harsh"));
  await page.goto(`/projects/${id}/adjudicate`);
  wellBehaved(page);
});

test.each([
  ["light", 1440, 900],
  ["dark", 1280, 720],
] as const)(
  "in the %s theme at %i × %i axe finds nothing, and the bars and the decision stay in sight",
  async (colorScheme, width, height) => {
    const answers = [
      [...says("kind"), span(0, 6)],
      [...says("harsh", "trip"), span(0, 6)],
      [...says("kind"), span(0, 6)],
      [...says("harsh"), span(14, 18)],
    ];
    const id = await disputed(`Seen in ${colorScheme}`, { questions: [TONE, TOPIC, WHO], answers, count: 2 });
    const page = await atAdjudication(id, { colorScheme, width, height });
    await page.getByRole("heading", { name: /questions? differs?/ }).waitFor();

    expect(await serious(page)).toEqual([]);
    await shot(page, `adjudicate-${colorScheme}`);
    await press(page, "1", "ArrowRight");
    expect(await serious(page)).toEqual([]);
    const bottom = await page.getByRole("textbox", { name: /^Note to the/ }).boundingBox();
    expect((bottom?.y ?? height) + (bottom?.height ?? 0)).toBeLessThanOrEqual(height - 56);
    const clipped = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(clipped).toBeLessThanOrEqual(0);
    await press(page, "o", "Shift+F");
    expect(await serious(page)).toEqual([]);
    await shot(page, `adjudicate-other-${colorScheme}`);
  },
);

/** Kept where somebody wants to look at it. */
async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env.SHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}
