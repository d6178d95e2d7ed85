/** My work, as a reviewer finds it and as an author does: what waits at each stage, and what was decided of one's answers. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { serious } from "./axe";
import { somebody, wellBehaved } from "./managers";
import { type Author, author, reach } from "./stages";
import { goOn, letters, material, openBrowser, press, project, TONE } from "./world";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

const NOTE = { name: "note", kind: "text", text: "What would you reply?", required: false };

async function answered(name: string, feedback: "shown" | "sealed"): Promise<{ id: string; who: Author }> {
  const workflow = { review_rate: 1, adjudicate_below: null, feedback };
  const id = await project({ name, questions: [TONE, NOTE], tasks: letters(2), more: { workflow } });
  const who = await author();
  await who.answer(id, () => [
    { question: "tone", value: "harsh" },
    { question: "note", value: "We pay." },
  ]);
  await reach(id, "in_review", 2);
  return { id, who };
}

async function signIn({ email, password }: Author, colorScheme: "light" | "dark" = "light"): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme });
  const page = await context.newPage();
  await page.goto(inject("place").url);
  await page.locator("input[type=email]").fill(email);
  await page.locator("input[type=password]").fill(password);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "My work" }).waitFor();
  return page;
}

/** One answer is accepted, the other is fixed, with a reason and a note. */
async function judge(page: Page, id: string): Promise<void> {
  await goOn(page, "Control+Enter");
  await press(page, "Shift+F");
  await page.getByText(/^You fix/).waitFor();
  await press(page, "1", "Control+Enter");
  const dialog = page.getByRole("dialog", { name: "Why was it fixed?" });
  await dialog.getByRole("radio", { name: "Slip" }).click();
  await dialog.getByLabel("Note").fill("It thanks us twice.");
  await dialog.getByRole("button", { name: "Store the fixed answer" }).click();
  await reach(id, "done", 2);
}

test.each(["light", "dark"] as const)(
  "a reviewer starts from my work, and the author reads there what was changed and why, in the %s theme",
  async (theme) => {
    const { id, who } = await answered(`Feedback in ${theme}`, "shown");
    const reviewer = await somebody(browser, "reviewer", { colorScheme: theme });
    await reviewer.goto("/");
    const row = reviewer.getByRole("listitem").filter({ hasText: `Feedback in ${theme}` });
    await row.getByText("2 tasks wait for review").waitFor();
    expect(await serious(reviewer)).toEqual([]);
    await shot(reviewer, `my-work-reviewer-${theme}`);
    await row.getByRole("link", { name: /^Review/ }).click();
    await material(reviewer).waitFor();
    await judge(reviewer, id);
    wellBehaved(reviewer);

    const page = await signIn(who, theme);
    const card = page.getByRole("region", { name: "What reviewers changed" });
    await card.getByText("1 of your last 2 judged answers").waitFor();
    const item = card.getByRole("listitem");
    await item.getByText("A reviewer changed your answer").waitFor();
    await expect.poll(() => item.locator("del").textContent()).toContain("Harsh");
    expect(await item.locator("ins").textContent()).toContain("Kind");
    expect(await item.textContent()).toContain("Slip. It thanks us twice.");
    expect(await serious(page)).toEqual([]);
    await shot(page, `my-work-author-${theme}`);
    await card.getByRole("link", { name: "All feedback" }).click();
    await page.getByText(/^Stands as you gave it/).waitFor();
    const judged = page.getByRole("region", { name: "What was decided on your answers" });
    expect(await judged.getByRole("listitem").count()).toBe(2);
    expect(await serious(page)).toEqual([]);
    await shot(page, `history-${theme}`);

    await press(page, "j", "v"); // the newest: the one that was fixed
    const seen = page.getByRole("dialog", { name: /as you answered it$/ });
    const panel = seen.getByRole("complementary", { name: "Answers" });
    await seen.locator("#material").waitFor();
    await panel.getByText("A reviewer changed it").waitFor();
    await panel.getByText("It thanks us twice.").waitFor();
    await panel.getByText("Label: decided in review").waitFor();
    expect(await panel.locator("del").textContent()).toContain("Harsh");
    expect(await seen.getByRole("radio", { name: "What stands" }).getAttribute("aria-checked")).toBe("true");
    expect(await serious(page)).toEqual([]);
    await shot(page, `seen-${theme}`);
    await press(page, "s");
    await seen.getByRole("radio", { name: "Your answer", checked: true }).waitFor();
    expect(await panel.locator("del").count()).toBe(0);
    await panel.getByText("Harsh").waitFor();
    await press(page, "Escape");
    await seen.waitFor({ state: "detached" });
    const changed = judged.getByRole("listitem").filter({ hasText: "A reviewer changed your answer" });
    await changed.getByRole("button", { name: "Appeal…" }).click();
    await page.getByRole("dialog", { name: "Appeal" }).getByRole("button", { name: "See the task" }).click();
    await panel.getByText("A reviewer changed it").waitFor();
    await press(page, "Escape");
    await page.getByLabel("Why is the decision wrong?").waitFor();
  },
  120_000,
);

test("where feedback is sealed an author learns nothing of what was decided", async () => {
  const { id, who } = await answered("Sealed", "sealed");
  const reviewer = await somebody(browser, "reviewer");
  await reviewer.goto(`/projects/${id}/review`);
  await material(reviewer).waitFor();
  await judge(reviewer, id);

  const page = await signIn(who);
  await page.goto(`${inject("place").url}/history`);

  await page.getByRole("heading", { name: "Nobody has judged an answer of yours yet" }).waitFor();
  const own = page.getByRole("region", { name: "Your answers" });
  await own.getByRole("button", { name: "See the task" }).first().click();
  const panel = page.getByRole("dialog").getByRole("complementary", { name: "Answers" });
  await panel.getByText("Harsh").waitFor();
  expect(await panel.getByText(/reviewer|stands/).count()).toBe(0);
  await shot(page, "seen-sealed");
});

/** Kept where somebody wants to look at it. */
async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env.SHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}
