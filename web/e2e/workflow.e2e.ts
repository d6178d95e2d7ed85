/** A manager says what follows a task's answers, finds tasks by where they are, and queues them again. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serious } from "./axe";
import { somebody, wellBehaved } from "./managers";
import { author, reach } from "./stages";
import { api, letters, openBrowser, press, project, TONE } from "./world";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

const workflowOf = async (id: string) =>
  (await api<{ workflow: Record<string, unknown>; opinions: number }>("GET", `/projects/${id}`)).workflow;

test.each(["light", "dark"] as const)(
  "the workflow is set, drawn in a line and taken back, in the %s theme",
  async (theme) => {
    const id = await project({ name: `Workflow in ${theme}`, questions: [TONE], tasks: letters(40) });
    const page = await somebody(browser, "manager", { colorScheme: theme });
    await page.goto(`/projects/${id}/set-up`);
    const card = page.getByRole("region", { name: "Workflow" });

    await card.getByText("No answer is looked at by a reviewer.").waitFor();
    await card.getByLabel("Reviewed, percent", { exact: true }).fill("25");
    await card.getByText(/^About 10 of the 40 tasks\./).waitFor();
    await card.getByText("An adjudicator decides what the model is not sure of").click();
    await card.getByText("With one answer a task there is nothing to compare").waitFor();
    await card.getByLabel("How many").fill("2");
    await card.getByLabel("Less probable than, percent").fill("80");
    await card.getByRole("radio", { name: "Nothing" }).click();
    expect(await card.getByRole("list", { name: "The way of a task" }).textContent()).toMatch(
      /Label\s*2 answers\s*Review\s*25\s?%\s*of tasks\s*Adjudicate\s*below 80\s?%\s*Done/,
    );
    expect(await serious(page)).toEqual([]);
    const folder = process.env.SHOTS;
    if (folder) await page.screenshot({ path: `${folder}/workflow-${theme}.png` });
    await card.getByRole("button", { name: "Save the workflow" }).click();
    const toast = page.locator(".toast", { hasText: "The workflow is saved" });
    await toast.waitFor();

    expect(await workflowOf(id)).toEqual({
      review_rate: 0.25,
      adjudicate_below: 0.8,
      feedback: "sealed",
      adaptive: null,
    });
    await toast.getByRole("button", { name: "Undo" }).click();
    await expect
      .poll(() => workflowOf(id))
      .toEqual({ review_rate: 0, adjudicate_below: null, feedback: "shown", adaptive: null });
    wellBehaved(page);
  },
);

test("as many answers as a task needs, asked first of whom it is worth most to ask", async () => {
  const id = await project({ name: "Routed", questions: [TONE], tasks: letters(2) });
  const page = await somebody(browser, "manager");
  await page.goto(`/projects/${id}/set-up`);
  const card = page.getByRole("region", { name: "Workflow" });
  const routed = card.getByLabel("One answer more is asked first of whom it is worth most to ask");
  await card.getByRole("radio", { name: "The same number for all" }).waitFor();
  expect(await routed.count()).toBe(0);

  await card.getByRole("radio", { name: "As many as it needs" }).click();
  expect(await routed.isChecked()).toBe(false);
  await routed.focus();
  await press(page, "Space");
  expect(await serious(page)).toEqual([]);
  await card.getByRole("button", { name: "Save the workflow" }).click();
  await page.locator(".toast", { hasText: "The workflow is saved" }).waitFor();

  expect((await workflowOf(id)).adaptive).toMatchObject({ routed: true });
  await page.reload();
  await expect.poll(() => routed.isChecked()).toBe(true);
  wellBehaved(page);
});

test("tasks that are done are queued again for review, the selected or all that match", async () => {
  const id = await project({ name: "Requeued", questions: [TONE], tasks: letters(3) });
  await (await author()).answer(id, () => [{ question: "tone", value: "kind" }]);
  await reach(id, "done", 3);
  const page = await somebody(browser, "manager");
  await page.goto(`/projects/${id}/tasks?state=done`);
  await page.getByRole("button", { name: /^Letter 1/ }).waitFor();

  await press(page, "j", "x");
  await page.getByRole("button", { name: "Requeue…" }).click();
  const dialog = page.getByRole("dialog", { name: "Queue them again" });
  await dialog.getByRole("button", { name: "Requeue 1 task" }).click();
  await page.locator(".toast", { hasText: "1 task is queued again" }).waitFor();
  await reach(id, "in_review", 1);

  await page.getByRole("button", { name: /^Letter 2/ }).waitFor();
  await press(page, "j", "x");
  await page.getByRole("button", { name: "Requeue…" }).click();
  await dialog.getByRole("radio", { name: "All 2 that match" }).click();
  await dialog.getByRole("button", { name: "Requeue all that match" }).click();
  await page.locator(".toast", { hasText: "2 tasks are queued again" }).waitFor();
  await reach(id, "in_review", 3);

  await page.goto(`/projects/${id}/tasks?state=in-review`);
  await page.getByRole("button", { name: /^Letter 3/ }).click();
  const drawer = page.getByRole("complementary", { name: "Task" });
  await drawer.getByRole("tab", { name: "History" }).click();
  await drawer.getByText("Waits for review").waitFor();
  await drawer.getByText(/^queued again by /).waitFor();
  await page
    .getByRole("link", { name: /^Review/ })
    .filter({ hasText: "3" })
    .waitFor();
  wellBehaved(page);
});
