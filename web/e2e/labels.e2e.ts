/** What stands for a task, through the real server: its origin in the table and beside the task, its marks, and tasks queued again by it. */
import { mkdirSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serious } from "./axe";
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

interface Row {
  preview: string;
  state: string;
  consensus: { question: string; value: unknown; source: string }[];
}

/** Tasks as the API lists them. */
const rows = async (id: string) => (await api<{ items: Row[] }>("GET", `/projects/${id}/tasks`)).items;

/** Waits until every label of a project is made by the model. */
async function told(id: string): Promise<void> {
  const now = async () =>
    (await rows(id)).every(
      ({ consensus }) => consensus.find(({ question }) => question === "tone")?.source === "model",
    );
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

test("tasks are queued again by what their label says, named in the dialog itself", async () => {
  const id = await project({ name: "Queued by label", questions: [TONE], tasks: letters(5), more: { opinions: 3 } });
  const isHarsh = (text = "") => /Letter [24]\./.test(text);
  for (const _ of [1, 2, 3]) {
    await (await author()).answer(id, ({ inputs }) => [
      { question: "tone", value: isHarsh(inputs.text?.text) ? "harsh" : "kind" },
    ]);
  }
  await told(id);
  const page = await somebody(browser, "manager");
  await page.goto(`/projects/${id}/tasks`);
  await page
    .getByRole("row", { name: /Letter 1/ })
    .getByRole("checkbox")
    .check();
  await page.getByRole("button", { name: "Requeue…" }).click();
  const dialog = page.getByRole("dialog", { name: "Queue them again" });
  await dialog.getByRole("radio", { name: "By their label" }).click();
  const send = dialog.getByRole("button", { name: "Requeue all that match" });
  expect(await send.getAttribute("aria-disabled")).toBe("true");
  await dialog.getByLabel("Label", { exact: true }).selectOption({ label: "Harsh" });
  await dialog.getByRole("radio", { name: "All 2 that match" }).waitFor();
  await dialog.getByLabel("Label made by").selectOption("votes");
  await dialog.getByRole("radio", { name: "All 0 that match" }).waitFor();
  await dialog.getByLabel("Label made by").selectOption("model");
  await dialog.getByLabel("Label probability from").fill("0.5");
  await page.keyboard.press("Tab");
  await dialog.getByRole("radio", { name: "All 2 that match" }).waitFor();
  expect(await serious(page)).toEqual([]);
  await picture(page, "requeue");
  await send.click();
  await page.locator(".toast", { hasText: "2 tasks are queued again" }).waitFor();

  const queued = (await rows(id)).filter(({ state }) => state === "in-review");
  expect(queued.map(({ preview }) => isHarsh(preview))).toEqual([true, true]);
  expect(await rows(id)).toHaveLength(5);

  await page.goto(`/projects/${id}/tasks?made_by=model&says=${encodeURIComponent('tone="kind"')}`);
  await page.getByText("3 tasks match").waitFor();
  await page
    .getByRole("row", { name: /Letter 1/ })
    .getByRole("checkbox")
    .check();
  await page.getByRole("button", { name: "Requeue…" }).click();
  await dialog.getByRole("radio", { name: "All 3 that match" }).click();
  expect(await dialog.getByLabel("Label", { exact: true }).inputValue()).toBe('tone="kind"');
  expect(await dialog.getByLabel("Label made by").inputValue()).toBe("model");
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
