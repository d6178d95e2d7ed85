/** A review, through the real server: accepted by one key, fixed, sent back and mended, by keyboard and by mouse. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { serious } from "./axe";
import { type Sight, somebody, wellBehaved } from "./managers";
import { author, reach } from "./stages";
import { goOn, letters, material, openBrowser, press, project, sitDown, TONE } from "./world";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

const WHO = {
  name: "who",
  kind: "span",
  text: "Who is named?",
  required: false,
  settings: { labels: [{ value: "org", text: "Firm" }], snap: "word" },
};
const NOTE = { name: "note", kind: "text", text: "What would you reply?", required: false };
const says = (tone: string, note = "") => [
  { question: "tone", value: tone },
  { question: "who", target: "text", value: { regions: [{ id: "k1", label: "org", ranges: [[0, 6]] }] } },
  ...(note ? [{ question: "note", value: note }] : []),
];

/** A project of which every task is reviewed. */
async function reviewed(name: string, count: number, opinions = 1): Promise<string> {
  return project({
    name,
    questions: [TONE, WHO, NOTE],
    tasks: letters(count),
    more: { opinions, workflow: { review_rate: 1, adjudicate_below: null, feedback: "shown" } },
  });
}

/** A reviewer at the first task of a project. */
async function atReview(id: string, sight: Sight = {}): Promise<Page> {
  const page = await somebody(browser, "reviewer", sight);
  await page.goto(`/projects/${id}/review`);
  await material(page).waitFor();
  return page;
}

test("one key accepts and takes the next, Shift F fixes, and nobody's name is on the screen", async () => {
  const id = await reviewed("Reviewed by keys", 2);
  const who = await author();
  await who.answer(id, () => says("harsh"));
  await reach(id, "in_review", 2);

  const page = await atReview(id);
  const panel = page.getByRole("complementary", { name: "Answers" });
  await panel.getByText("Harsh").waitFor();
  expect(await material(page).locator("mark.sp").count()).toBeGreaterThan(0);
  expect(await page.locator("body").textContent()).not.toContain("An author");
  await goOn(page, "Control+Enter");

  await press(page, "Shift+F");
  await page.getByText("You fix Answer 1.").waitFor();
  await press(page, "1", "Control+Enter");
  await page.getByRole("dialog", { name: "Why was it fixed?" }).waitFor();
  const answered = page.waitForResponse((answer) => answer.url().endsWith("/review"));
  await press(page, "2", "Enter");
  const answer = await answered;
  expect(await answer.json()).toMatchObject({ outcome: "done" });
  expect(answer.request().postDataJSON()).toMatchObject({
    verdicts: [{ verdict: "fix", reason: "guideline-misread" }],
    answers: [{ question: "tone", value: "kind" }, { question: "who" }],
  });
  await page.getByText("Answers that are drawn for review appear here by themselves").waitFor();

  await reach(id, "done", 2);
  wellBehaved(page);
});

test("a verdict that was just sent is taken back by one key, and said anew", async () => {
  const id = await reviewed("Taken back", 1);
  const who = await author();
  await who.answer(id, () => says("harsh"));
  await reach(id, "in_review", 1);
  const page = await atReview(id);

  await press(page, "Control+Enter");
  await page.getByText("Sent. Ctrl Z takes it back").waitFor();
  await press(page, "Control+Z");
  await material(page).waitFor();
  await reach(id, "in_review", 1);

  await press(page, "Control+Enter");
  await reach(id, "done", 1);
  wellBehaved(page);
});

test("sent back with a reason, an answer is its author's again with the reason on top, and comes back mended", async () => {
  const id = await reviewed("Sent back", 1);
  const who = await author();
  await who.answer(id, () => says("harsh", "Pay at once."));
  await reach(id, "in_review", 1);
  const reviewer = await atReview(id);

  await press(reviewer, "Shift+B");
  const dialog = reviewer.getByRole("dialog", { name: "Send it back" });
  await dialog.getByRole("radio", { name: "Guideline misread" }).click();
  await dialog.getByLabel("Note").fill("The letter is polite. Read 2.3.");
  await dialog.getByRole("button", { name: "Send back" }).click();
  await reach(id, "rework", 1);

  const writer = await signIn(who.email, who.password);
  await sitDown(writer, id);
  const notice = writer.getByRole("status").filter({ hasText: "sent your answer back: Guideline misread" });
  await notice.waitFor();
  expect(await notice.textContent()).toContain("The letter is polite. Read 2.3.");
  await writer.getByRole("radio", { name: "Harsh", checked: true }).waitFor();
  await press(writer, "1");
  await writer.getByRole("textbox", { name: "What would you reply?" }).fill("Thank you, we pay at once.");
  const arrives = writer.waitForResponse((answer) => answer.url().endsWith("/annotations"));
  await press(writer, "Control+Enter");
  expect((await arrives).ok()).toBe(true);

  await reach(id, "in_review", 1);
  await material(reviewer).waitFor({ timeout: 20_000 });
  const panel = reviewer.getByRole("complementary", { name: "Answers" });
  await panel.getByText("Sent back earlier").waitFor();
  await panel.getByText("changed; before it said").first().waitFor();
  expect(await panel.locator("del").first().textContent()).toContain("Harsh");
  expect(await panel.locator("ins.ins").first().textContent()).toContain("Thank");
  await press(reviewer, "Control+Enter");
  await reach(id, "done", 1);
  wellBehaved(reviewer);
});

test("of several answers each has its verdict, those that say the same one together", async () => {
  const id = await reviewed("Three answers", 1, 3);
  for (const tone of ["harsh", "kind", "harsh"]) await (await author()).answer(id, () => says(tone));
  await reach(id, "in_review", 1);
  const page = await atReview(id);
  const tabs = page.getByRole("group", { name: "Answers" }).getByRole("button");

  const names = (await tabs.allInnerTexts()).map((each) => each.trim());
  expect(names).toHaveLength(2);
  expect(names.filter((each) => /Answers \d and \d/.test(each))).toHaveLength(1);
  await press(page, "j");
  await expect.poll(() => tabs.nth(1).getAttribute("aria-pressed")).toBe("true");
  await press(page, "k", "Control+Enter");
  await page.getByText("1 of 2 answers judged").waitFor();
  await press(page, "Control+z");
  await page.getByText("0 of 2 answers judged").waitFor();
  await press(page, "Control+Enter", "Control+Enter");

  await reach(id, "done", 1);
  wellBehaved(page);
});

test.each([
  ["light", 1440, 900],
  ["dark", 1280, 720],
] as const)(
  "in the %s theme at %i × %i axe finds nothing, and nothing is clipped",
  async (colorScheme, width, height) => {
    const id = await reviewed(`Seen in ${colorScheme}`, 2, 2);
    for (const tone of ["harsh", "kind"]) await (await author()).answer(id, () => says(tone, "We pay at once."));
    await reach(id, "in_review", 2);
    const page = await atReview(id, { colorScheme, width, height });
    await page.getByText("0 of 2 answers judged").waitFor();

    expect(await serious(page)).toEqual([]);
    await shot(page, `review-${colorScheme}`);
    const clipped = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(clipped).toBeLessThanOrEqual(0);
    await press(page, "Shift+F");
    await page.getByText(/^You fix/).waitFor();
    expect(await serious(page)).toEqual([]);
    await shot(page, `review-fix-${colorScheme}`);
  },
);

async function signIn(email: string, password: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(inject("place").url);
  await page.locator("input[type=email]").fill(email);
  await page.locator("input[type=password]").fill(password);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "My work" }).waitFor();
  return page;
}

/** Kept where somebody wants to look at it. */
async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env.SHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}
