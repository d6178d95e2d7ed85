/** The quality of a project, looked at by its manager after a real crowd's votes came in: by keys, in both themes, at the smallest size. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { serious } from "./axe";
import { answersOf, somebody, wellBehaved } from "./managers";
import { COMMAND } from "./server";
import { api, letters, openBrowser, press, project, TONE } from "./world";

const SHARED = process.env.EVENHAND_SHARED ?? join(import.meta.dirname, "../../../shared");
const CROWD = join(SHARED, "data/crowd/bluebird");

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

interface Quality {
  state: string;
  is_current: boolean;
}

/** A project with the votes of 39 people on real pictures of birds, as they were given; fitted. */
async function birds(): Promise<string> {
  const { url, key } = inject("place");
  const { stdout } = await promisify(execFile)(
    COMMAND,
    ["demo", "--replay", CROWD, "--up-to", "22", "--url", url, "--api-key", key, "--json"],
    { timeout: 240_000 },
  );
  const { project_id: id } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { project_id: string };
  for (;;) {
    const { state, is_current } = await api<Quality>("GET", `/projects/${id}/quality`);
    if (state === "fitted" && is_current) break;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  return id;
}

describe.skipIf(!existsSync(CROWD))("a real crowd", () => {
  let id: string;
  beforeAll(async () => {
    id = await birds();
  }, 480_000);

  test("people stand in the order of their accuracy, one is opened by keys, and a target colors the bands", async () => {
    const page = await somebody(browser, "manager");
    await page.goto(`/projects/${id}/quality`);
    await page.getByRole("heading", { name: "Accuracy of 39 people" }).waitFor();
    const bands = await page
      .locator("td .iv")
      .evaluateAll((found) => found.map((each) => each.getAttribute("aria-label")));
    expect(bands).toHaveLength(39);
    const means = bands.map((each) => Number(/ (0\.\d\d|1\.00), 95 %/.exec(each ?? "")?.[1]));
    expect(means).toEqual([...means].sort((one, other) => other - one));

    await press(page, "j", "j", "Enter");
    const drawer = page.getByRole("complementary", { name: /^Quality of / });
    await drawer.getByRole("heading", { name: "What is confused with what" }).waitFor();
    const second = await drawer.getAttribute("aria-label");
    await press(page, "k");
    await expect.poll(() => drawer.getAttribute("aria-label")).not.toBe(second);
    await press(page, "Escape");
    await drawer.waitFor({ state: "detached" });

    await page.getByRole("button", { name: "Ask for an accuracy" }).click();
    await page.getByLabel("Accuracy, above 0 and below 1").fill("0.75");
    await press(page, "Enter");
    await page.getByRole("button", { name: "Asked: 0.75" }).waitFor();
    await page.locator("td .iv.dan").first().waitFor();
    await page.getByText("below 0.75, sure").first().waitFor();
    wellBehaved(page);
  });

  test("an address with a tab that there is not shows the people", async () => {
    const page = await somebody(browser, "manager");
    await page.goto(`/projects/${id}/quality?tab=nonsense`);
    await page.getByRole("heading", { name: "Accuracy of 39 people" }).waitFor();
    expect(new URL(page.url()).searchParams.has("tab")).toBe(false);
    await page.close();
  });

  test("the hardest tasks lead to the data table's drawer", async () => {
    const page = await somebody(browser, "manager");
    await page.goto(`/projects/${id}/quality?tab=questions`);
    await page.getByRole("heading", { name: "Hardest tasks" }).waitFor();
    await page.getByRole("heading", { name: "What is confused with what" }).waitFor();

    await page.getByRole("table").filter({ hasText: "Likeliest answer" }).getByRole("link").first().click();

    await page
      .getByRole("complementary", { name: "Task" })
      .getByRole("tab", { name: /Answers/ })
      .waitFor();
    wellBehaved(page);
  });

  test.each([
    ["light", 1440, 900],
    ["dark", 1440, 900],
    ["light", 1280, 720],
    ["dark", 1280, 720],
  ] as const)("in %s at %i by %i axe finds nothing and nothing is cut off", async (colorScheme, width, height) => {
    const page = await somebody(browser, "manager", { colorScheme, width, height });
    for (const tab of [
      "",
      "?tab=questions",
      "?tab=gold",
      "?tab=batches",
      "?tab=days",
      "?tab=vendors",
      "?tab=guidelines",
    ]) {
      await page.goto(`/projects/${id}/quality${tab}`);
      await page.locator("[role=tabpanel] :is(table, .empty)").first().waitFor();
      if (tab === "") {
        await press(page, "j", "Enter");
        await page.locator(".confusion").waitFor();
      }
      expect(await serious(page), tab).toEqual([]);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(over, tab).toBeLessThanOrEqual(0);
    }
    wellBehaved(page);
  });
});

test("what a right label costs stands beside how many answers it takes, in the currency of the offer", async () => {
  const id = await project({ name: "Paid letters", questions: [TONE], tasks: letters(6), more: { opinions: 2 } });
  await api("PUT", `/projects/${id}/offer`, { rate: 50, currency: "EUR", basis: "task" });
  for (let person = 0; person < 2; person += 1) await answersOf(id, Array(6).fill("kind"));
  await expect
    .poll(async () => (await api<Quality>("GET", `/projects/${id}/quality`)).state, { timeout: 60_000 })
    .toBe("fitted");
  const page = await somebody(browser, "manager");
  await page.goto(`/projects/${id}/quality?tab=questions`);

  const cost = page.locator(".costs > div").filter({ hasText: "Cost of one right label" });
  await cost.waitFor();
  expect(await cost.textContent()).toMatch(/€1\.\d\d €1\.\d\d to €\d\.\d\d · €6\.00 owed so far/);
  expect(await serious(page)).toEqual([]);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/quality-costs.png` });
  wellBehaved(page);
}, 120_000);

test("a project without an answer says when there will be something to see", async () => {
  const empty = await project({ name: "Nothing yet", questions: [TONE], tasks: letters(2) });
  const page = await somebody(browser, "manager");
  await page.goto(`/projects/${empty}/quality`);

  await page.getByRole("heading", { name: "Quality begins with the first answers" }).waitFor();
  expect(await serious(page)).toEqual([]);
  await page.getByRole("link", { name: "Invite people to answer" }).click();
  await page.getByRole("button", { name: "Invite somebody" }).waitFor();
  wellBehaved(page);
});
