/** The offer and what is decided against people: an answer rejected, appealed on my work, and overturned by somebody else, by keys. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { serious } from "./axe";
import { somebody, wellBehaved } from "./managers";
import { type Author, author, reach } from "./stages";
import { api, goOn, letters, material, openBrowser, press, project, stored, TONE } from "./world";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

const SIGHT = { width: 1280, height: 720 };
type Theme = "light" | "dark";

async function offered(name: string): Promise<{ id: string; who: Author }> {
  const id = await project({ name, questions: [TONE], tasks: letters(2) });
  await api("PUT", `/projects/${id}/offer`, { rate: 1250, currency: "EUR", basis: "task", review_hours: 48 });
  const who = await author();
  await who.answer(id, () => [{ question: "tone", value: "harsh" }]);
  return { id, who };
}

async function signIn({ email, password }: Author, colorScheme: Theme): Promise<Page> {
  const context = await browser.newContext({ viewport: SIGHT, colorScheme });
  const page = await context.newPage();
  await page.goto(inject("place").url);
  await page.locator("input[type=email]").fill(email);
  await page.locator("input[type=password]").fill(password);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "My work" }).waitFor();
  return page;
}

test.each(["light", "dark"] as const)(
  "a rejected answer is appealed on my work, and somebody else overturns it by keys, in the %s theme",
  async (theme) => {
    const name = `Offered in ${theme}`;
    const { id, who } = await offered(name);
    const [task] = await stored(id);
    const first = await somebody(browser, "manager", { ...SIGHT, colorScheme: theme });
    await first.goto(`/projects/${id}/tasks?id=${task?.id}&task=${task?.id}`);
    await first.getByRole("tab", { name: /^Answers/ }).click();
    await first.getByRole("button", { name: "Reject…" }).click();
    const why = first.getByRole("dialog", { name: /^Reject the answer of/ });
    await why.getByLabel("Note").fill("It is kind, not harsh.");
    expect(await serious(first)).toEqual([]);
    await shot(first, `reject-${theme}`);
    await why.getByRole("button", { name: "Reject it" }).click();
    await first.getByText("The answer is rejected; another one is asked for.").waitFor();
    wellBehaved(first);

    const page = await signIn(who, theme);
    const terms = page
      .getByRole("region", { name: "Terms and earnings" })
      .getByRole("listitem")
      .filter({ hasText: name });
    await terms.getByText("12.50 EUR a task · judged within 2 days").waitFor();
    await terms.getByText("0 accepted, 1 not judged yet, 1 rejected").waitFor();
    const decisions = page.getByRole("region", { name: "Decisions and appeals" });
    await decisions.getByText("It is kind, not harsh.").waitFor();
    expect(await serious(page)).toEqual([]);
    await shot(page, `my-terms-${theme}`);
    await decisions.getByRole("button", { name: "Appeal…" }).click();
    await page.getByLabel("Why is the decision wrong?").fill(`It says “never again” in ${theme}.`);
    expect(await serious(page)).toEqual([]);
    await shot(page, `appeal-dialog-${theme}`);
    await page.getByRole("button", { name: "File the appeal" }).click();
    await decisions.getByText(/^Appeal is open/).waitFor();

    await first.goto("/appeals");
    await first.getByText(/^Somebody else answers this one/).waitFor();
    const second = await somebody(browser, "manager", { ...SIGHT, colorScheme: theme });
    await second.goto("/appeals");
    await second.getByText(`It says “never again” in ${theme}.`).waitFor();
    expect(await serious(second)).toEqual([]);
    await shot(second, `appeals-${theme}`);
    await press(second, "o");
    const answer = second.getByRole("dialog", { name: "Overturn the decision" });
    await answer.getByLabel("Note").fill("So it does.");
    expect(await serious(second)).toEqual([]);
    await shot(second, `answer-${theme}`);
    await press(second, "Tab", "Tab", "Enter");
    await second.getByText("The decision is overturned and undone.").waitFor();
    await second.getByText("No appeal is open").waitFor();
    wellBehaved(second);

    await page.reload();
    await decisions.getByText(/overturned/).waitFor();
    await terms.getByText("0 accepted, 2 not judged yet, 0 rejected").waitFor();
    await shot(page, `my-appeal-${theme}`);
  },
  180_000,
);

test("a verdict is appealed and upheld, and its author removed on that verdict, stored as it was said and read by them with the removal", async () => {
  const workflow = { review_rate: 1, adjudicate_below: null, feedback: "shown" };
  const id = await project({ name: "Fixed and removed", questions: [TONE], tasks: letters(2), more: { workflow } });
  const who = await author();
  await who.answer(id, () => [{ question: "tone", value: "harsh" }]);
  await reach(id, "in_review", 2);
  const { assignment: held } = await api<{ assignment: Judged }>("POST", `/projects/${id}/claim`, {
    stage: "review",
    held: [],
  });
  await api("POST", `/projects/${id}/tasks/${held.task_id}/review`, {
    verdicts: held.answers.map(({ annotation_id }) => ({ annotation_id, verdict: "fix", reason: "slip" })),
    ontology_version: held.ontology_version,
    answers: [{ question: "tone", value: "kind" }],
  });

  const page = await signIn(who, "light");
  await page.getByRole("button", { name: "Appeal…" }).click();
  await page.getByLabel("Why is the decision wrong?").fill("It is harsh all the same.");
  await page.getByRole("button", { name: "File the appeal" }).click();
  const decisions = page.getByRole("region", { name: "Decisions and appeals" });
  await decisions.getByText("An answer was changed by a reviewer").waitFor();

  const manager = await somebody(browser, "manager", SIGHT);
  await manager.goto("/appeals");
  await manager.getByText("It is harsh all the same.").waitFor();
  await press(manager, "u");
  await manager.getByRole("dialog").getByRole("button", { name: "Uphold it" }).click();
  await manager.getByText("The decision stands.").waitFor();
  const { items: answered } = await api<{ items: AppealOf[] }>("GET", "/appeals?state=answered");
  const appeal = answered.find(({ project_id }) => project_id === id);
  expect(appeal).toMatchObject({
    kind: "verdict",
    verdict: "fix",
    state: "upheld",
    statement: "It is harsh all the same.",
    answers: [{ question: "tone", value: "harsh" }],
    instead: [{ question: "tone", value: "kind" }],
    answer: { outcome: "upheld", reason: "evidence-stands" },
  });
  expect(appeal?.answer.by).not.toBe(appeal?.decided_by);

  await fitted(id);
  await manager.goto(`/projects/${id}/quality`);
  await manager.getByRole("heading", { name: /^Accuracy of/ }).waitFor();
  await press(manager, "j", "Enter");
  await manager.getByRole("button", { name: "Remove from the project…" }).click();
  const dialog = manager.getByRole("dialog", { name: /^Remove / });
  const send = dialog.getByRole("button", { name: "Remove them" });
  await dialog.getByText("Reviewers’ verdicts").waitFor();
  expect(await send.isDisabled()).toBe(true);
  await dialog.getByRole("checkbox", { name: /fixed: Slip/ }).check();
  await dialog.getByLabel("Reason").selectOption("misconduct");
  await dialog.getByLabel("Note").fill("Too many slips.");
  expect(await serious(manager)).toEqual([]);
  await shot(manager, "remove");
  await send.click();
  await manager.getByText(/is removed from the project/).waitFor();
  wellBehaved(manager);
  const { items: rulings } = await api<{ items: RulingOf[] }>("GET", `/projects/${id}/rulings`);
  expect(rulings).toMatchObject([
    {
      kind: "removal",
      reason: "misconduct",
      note: "Too many slips.",
      person: appeal?.person,
      decided_by: appeal?.answer.by,
      evidence: [{ kind: "verdict", id: appeal?.subject_id, verdict: "fix", reason: "slip", task_id: held.task_id }],
    },
  ]);

  await page.reload();
  await decisions.getByText("You were removed from").waitFor();
  await decisions.getByText(/a reviewer’s verdict on task .*: Slip/).waitFor();
  await decisions.getByText("Too many slips.").waitFor();
  await shot(page, "removed");
}, 180_000);

/** Waits until a project's quality was computed of all there is. */
async function fitted(id: string): Promise<void> {
  const now = () => api<{ state: string; is_current: boolean }>("GET", `/projects/${id}/quality`);
  await expect.poll(async () => (await now()).is_current, { timeout: 60_000 }).toBe(true);
}

interface AppealOf {
  project_id: string;
  subject_id: string;
  person: string;
  decided_by: string;
  answer: { by: string };
}
type RulingOf = Record<string, unknown>;
interface Judged {
  task_id: string;
  ontology_version: number;
  answers: { annotation_id: string }[];
}

test("a manager makes an offer in the set-up, and a changed one is a version", async () => {
  const id = await project({ name: "To be offered", questions: [TONE], tasks: letters(1) });
  const page = await somebody(browser, "manager", SIGHT);
  await page.goto(`/projects/${id}/set-up`);
  const card = page.getByRole("region", { name: "Offer" });
  await card.getByText("There is no offer yet").waitFor();

  await card.getByLabel("Rate").fill("18.5");
  await card.getByRole("button", { name: "Make the first offer" }).click();
  await card.getByText(/^Version 1 stands/).waitFor();
  await card.getByLabel("Rate").fill("19");
  await card.getByRole("button", { name: "Make this offer" }).click();
  await card.getByText(/^Version 2 stands/).waitFor();

  const { items } = await api<{ items: { rate: number }[] }>("GET", `/projects/${id}/offers`);
  expect(items.map(({ rate }) => rate)).toEqual([1900, 1850]);
  expect(await serious(page)).toEqual([]);
  await card.scrollIntoViewIfNeeded();
  await shot(page, "offer-card");
  wellBehaved(page);
}, 120_000);

test.each(["light", "dark"] as const)(
  "a manager offers reviews, and a reviewer reads the terms before and what they earned afterwards, in the %s theme",
  async (colorScheme) => {
    const name = `Reviewed for pay in ${colorScheme}`;
    const workflow = { review_rate: 1, adjudicate_below: null, feedback: "shown" };
    const id = await project({ name, questions: [TONE], tasks: letters(3), more: { workflow } });
    const who = await author();
    await who.answer(id, () => [{ question: "tone", value: "harsh" }]);
    await reach(id, "in_review", 3);
    const manager = await somebody(browser, "manager", { ...SIGHT, colorScheme });
    await manager.goto(`/projects/${id}/set-up`);
    const card = manager.getByRole("region", { name: "Offer" });
    await card.getByRole("radio", { name: "Review" }).click();
    await card.getByText("There is no offer yet").waitFor();
    expect(await card.getByLabel("Judged within, days").count()).toBe(0);
    expect(await card.getByRole("radio", { name: "Exams" }).count()).toBe(0);
    await card.getByLabel("Rate").fill("0.4");
    await card.getByRole("radio", { name: "Each task judged" }).click();
    await card.getByRole("button", { name: "Make the first offer" }).click();
    await card.getByText(/^Version 1 stands since .*: 0\.40 EUR a task/).waitFor();
    expect(await serious(manager)).toEqual([]);
    await card.scrollIntoViewIfNeeded();
    await shot(manager, `offer-review-${colorScheme}`);

    const page = await somebody(browser, "reviewer", { ...SIGHT, colorScheme });
    await page.goto("/");
    const terms = page
      .getByRole("region", { name: "Terms and earnings" })
      .getByRole("listitem")
      .filter({ hasText: name });
    await terms.getByText("Review 0.40 EUR a task").waitFor();
    await terms.getByText("Nothing earned yet").waitFor();
    await page.goto(`/projects/${id}/review`);
    await material(page).waitFor();
    for (const left of [2, 1]) {
      await goOn(page, "Control+Enter");
      await reach(id, "in_review", left);
      // What was claimed under it stays under it: the task after the next was dealt with this one.
      await api("PUT", `/projects/${id}/offer`, { rate: 10 * left, currency: "EUR", basis: "task", stage: "review" });
    }
    await page.goto("/");
    await terms.getByText("Review 2 tasks · 0.80 EUR").waitFor();
    await terms.getByText("0.80 EUR, all of it for good").waitFor();
    await terms.getByText("Review 0.10 EUR a task").waitFor();
    expect(await serious(page)).toEqual([]);
    await terms.scrollIntoViewIfNeeded();
    await shot(page, `reviewer-terms-${colorScheme}`);
    wellBehaved(page);

    await manager.reload();
    await card.getByRole("radio", { name: "Review" }).click();
    await card.getByText("Owed so far for this: 0.80 EUR, all of it for good").waitFor();
    await card.scrollIntoViewIfNeeded();
    await shot(manager, `owed-review-${colorScheme}`);
    wellBehaved(manager);
  },
  180_000,
);

/** Kept where somebody wants to look at it. */
async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env.SHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}
