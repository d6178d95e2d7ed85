/** Gold as an annotator meets it: what a task teaches before the next one, and an exam from My work to its result. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { annotator, api, letters, material, openBrowser, press, project, sitDown, TONE } from "./world";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

interface Row {
  id: string;
}
const ids = async (id: string): Promise<string[]> =>
  (await api<{ items: Row[] }>("GET", `/projects/${id}/tasks?limit=100`)).items.map((row) => row.id);
const known = (task_id: string) => ({
  task_id,
  kind: "taught",
  answers: [{ question: "tone", value: "harsh" }],
  explanation: "It blames the reader.",
});

test("a task that teaches says what was right, and why, before the next one is looked at", async () => {
  const more = { gold_rate: 0.5, gold_rate_min: 0.5 };
  const id = await project({ name: "Letters that teach", questions: [TONE], tasks: letters(30), more });
  const gold = (await ids(id)).slice(10);
  await api("POST", `/projects/${id}/gold`, { gold: gold.map(known) });
  const { page } = await annotator(browser);
  await sitDown(page, id);

  const dialog = page.getByRole("dialog");
  for (let count = 0, isTaught = false; count < 12 && !isTaught; count += 1) {
    await material(page).waitFor();
    const arrives = page.waitForResponse((answer) => answer.url().endsWith("/annotations"));
    await press(page, "1", "Control+Enter");
    isTaught = ((await (await arrives).json()) as { taught?: object }).taught !== undefined;
  }

  await expect.poll(() => dialog.textContent()).toContain("It blames the reader.");
  expect(await dialog.textContent()).toContain("Another answer is right here.");
  await press(page, "Enter");
  await expect.poll(() => dialog.count()).toBe(0);
  await page.context().close();
}, 60_000);

test("an exam is taken from My work, and says at its end what was wrong", async () => {
  const id = await project({ name: "Letters to be examined by", questions: [TONE], tasks: letters(8) });
  const gold = (await ids(id)).slice(2);
  await api("POST", `/projects/${id}/gold`, { gold: gold.map(known) });
  const skill = await api<{ id: string }>("POST", "/skills", { name: `Hears tones ${id.slice(-6)}` });
  await api("PUT", `/projects/${id}/exam`, { skill_id: skill.id, gold, tasks: 2, pass_mark: 0.5 });
  const { page } = await annotator(browser);

  await page.goto(`${new URL(page.url()).origin}/projects/${id}/exam`);
  await page.getByRole("button", { name: "Begin" }).click();
  for (const key of ["2", "1"]) {
    await page.locator('[data-question="tone"]:visible').waitFor();
    const arrives = page.waitForResponse((answer) => answer.url().endsWith("/annotations"));
    await press(page, key);
    await press(page, "Control+Enter");
    await arrives;
  }

  const result = page.getByRole("region", { name: "Result" });
  await expect.poll(() => result.textContent(), { timeout: 15_000 }).toContain("1 of 2 right");
  expect(await result.textContent()).toContain("Passed");
  expect(await result.textContent()).toContain("It blames the reader.");
  await page.getByRole("link", { name: "Back to my work" }).first().click();
  await expect
    .poll(() => page.getByRole("region", { name: "Exams and skills" }).textContent())
    .toContain("Hears tones");
  await page.context().close();
}, 60_000);
