/** What stands for a task, through the real server: its origin in the table and beside the task, and its marks over the material. */
import { mkdirSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { somebody, wellBehaved } from "./managers";
import { author } from "./stages";
import { api, letters, openBrowser, project, TONE } from "./world";

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
  settings: { labels: [{ value: "org", text: "Firm" }], snap: "word" },
};
const marks = (...ranges: [number, number][]) => ({
  question: "who",
  target: "text",
  value: { regions: ranges.map((range, place) => ({ id: `k${place}`, label: "org", ranges: [range] })) },
});

/** Waits until every label of a project is made by the model. */
async function told(id: string): Promise<void> {
  const now = async () => {
    const { items } = await api<{ items: { consensus: { question: string; source: string }[] }[] }>(
      "GET",
      `/projects/${id}/tasks`,
    );
    return items.every(({ consensus }) => consensus.find(({ question }) => question === "tone")?.source === "model");
  };
  await expect.poll(now, { timeout: 60_000, interval: 500 }).toBe(true);
}

test("a label says what it was made by and how sure it is, and what several marked stands on the material", async () => {
  const id = await project({
    name: "Labels",
    questions: [TONE, WHO],
    tasks: letters(4),
    more: { opinions: 3 },
  });
  for (const [tone, ...given] of [
    ["kind", marks([0, 6])],
    ["kind", marks([0, 6])],
    ["harsh", marks([0, 6])],
  ] as const) {
    await (await author()).answer(id, () => [{ question: "tone", value: tone }, ...given]);
  }
  await told(id);
  const page = await somebody(browser, "manager");
  await page.goto(`/projects/${id}/tasks`);
  const row = page.getByRole("row", { name: /Letter 1/ });
  await row.getByText("model", { exact: true }).waitFor();
  await picture(page, "table");

  await row.getByRole("button", { name: /^Letter 1/ }).click();
  const drawer = page.getByRole("complementary", { name: "Task" });
  const label = drawer.getByRole("region", { name: "The label" });
  await label.getByText(/^Told by .*, fit \d+ · \d of 3 answers agree$/).waitFor();
  await label.getByText("Each is there with a probability of", { exact: false }).waitFor();
  await label.getByRole("button", { name: "Show what stands" }).click();
  await drawer.getByText("On the material: what stands, in broken lines").waitFor();
  await drawer.locator(".merged-marks mark").first().waitFor();
  await picture(page, "drawer");
  await drawer.getByRole("button", { name: "Show the marks" }).first().click();
  await drawer.getByText(/^On the material: the marks of/).waitFor();
  expect(await drawer.locator(".merged-marks").count()).toBe(0);
  wellBehaved(page);
});

/** Where SHOTS names a folder, what the page looks like goes there, light and dark. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}-light.png` });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.screenshot({ path: `${folder}/${name}-dark.png` });
  await page.emulateMedia({ colorScheme: "light" });
}
