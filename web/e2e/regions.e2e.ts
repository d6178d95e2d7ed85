/** What people mark, compared for whoever leads the project: who misses, who invents, who ends late. */
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

const NAMES = {
  name: "names",
  kind: "span",
  text: "Which words matter?",
  settings: { labels: [{ value: "word", text: "Word" }] },
};

const marked = (...ranges: [number, number][]) => ({
  regions: ranges.map((range, place) => ({ id: `k${place}`, label: "word", ranges: [range] })),
});

test("spans are compared when it is asked for, with misses, false alarms and offsets", async () => {
  const id = await project({ name: "Words", questions: [NAMES], tasks: letters(8), more: { opinions: 4 } });
  const whole = Array.from({ length: 8 }, () => marked([0, 4], [6, 10]));
  const half = Array.from({ length: 8 }, (_, place) => marked(place % 2 ? [0, 4] : [6, 10]));
  const late = Array.from({ length: 8 }, () => marked([0, 5], [6, 11]));
  const more = Array.from({ length: 8 }, () => marked([0, 4], [6, 10], [11, 13]));
  for (const values of [whole, half, late, more]) await answersOf(id, values, { question: "names", target: "text" });
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

  await page.goto(`/projects/${id}/quality`);
  await page.getByText("records each look").waitFor();
  await page.getByRole("button", { name: "Compare it" }).click();

  await page.getByText("64 marks in 32 answers to 8 tasks").waitFor();
  const rates = page.getByRole("table").filter({ hasText: "False alarms an answer" });
  expect(await rates.getByRole("row").count()).toBe(5);
  expect(await rates.getByRole("row").nth(4).textContent()).toContain("0.4");
  const edges = page.getByRole("table").filter({ hasText: "Marks compared" });
  expect(await edges.getByRole("columnheader").count()).toBe(4);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    if (process.env.SHOTS)
      await page.screenshot({ path: `${process.env.SHOTS}/regions-${colorScheme}.png`, fullPage: true });
    expect(await serious(page)).toEqual([]);
  }
  wellBehaved(page);
}, 180_000);
