/** What a question compares, ranked for whoever leads the project; and people narrowed to a batch. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serious } from "./axe";
import { answersOf, somebody, wellBehaved } from "./managers";
import { api, letters, openBrowser, project } from "./world";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const BETTER = {
  name: "better",
  kind: "pairwise",
  text: "Which translation is better?",
  settings: {
    compare: "option",
    ties: ["same"],
    options: [
      { value: "old", text: "The old one" },
      { value: "new", text: "The new one" },
    ],
  },
};

test("options are ranked when it is asked for, and people are narrowed to a batch", async () => {
  const id = await project({ name: "Translations", questions: [BETTER], tasks: letters(8), more: { opinions: 2 } });
  await api(
    "POST",
    `/projects/${id}/tasks?batch=Later`,
    letters(16)
      .slice(8)
      .map((inputs) => ({ inputs })),
  );
  const newer = Array.from({ length: 16 }, (_, index) =>
    index % 4 === 3 ? { tie: "same" } : { winner: index % 6 === 5 ? "old" : "new", strength: 1 },
  );
  await answersOf(id, newer, { question: "better" });
  await answersOf(id, newer, { question: "better" });
  await expect
    .poll(
      async () => {
        const { state, is_current } = await api<{ state: string; is_current: boolean }>(
          "GET",
          `/projects/${id}/quality`,
        );
        return state === "fitted" && is_current;
      },
      { timeout: 60_000 },
    )
    .toBe(true);
  const page = await somebody(browser, "manager", { width: 1280, height: 720 });

  await page.goto(`/projects/${id}/quality?tab=questions`);
  await page.getByRole("button", { name: "Rank it" }).click();

  const table = page.getByRole("table").filter({ hasText: "Strength" });
  await table.getByRole("row").nth(2).waitFor();
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/ranking.png`, fullPage: true });
  expect(await table.getByRole("row").nth(1).textContent()).toContain("The new one");
  expect(await table.getByRole("row").nth(2).textContent()).toContain("The old one");
  expect(await page.getByText("comparisons are ties").textContent()).toContain("8 of 32");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await serious(page)).toEqual([]);
  }

  await page.goto(`/projects/${id}/quality`);
  await page.getByLabel("Batch").selectOption({ label: "Later" });
  await expect.poll(() => page.getByRole("cell", { name: "8", exact: true }).count()).toBe(2);
  await page.getByRole("button", { name: "An annotator" }).first().click();
  await page.getByRole("complementary", { name: /^Quality of / }).waitFor();
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/batch.png` });
  expect(await serious(page)).toEqual([]);
  wellBehaved(page);
}, 180_000);
