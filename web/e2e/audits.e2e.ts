/** An audit: a manager sees the price and draws tasks, a reviewer answers them blind by keys, and the bound falls. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serious } from "./axe";
import { answersOf, somebody, wellBehaved } from "./managers";
import { api, goOn, letters, material, openBrowser, press, project, TONE } from "./world";

const SHOTS = process.env.SHOTS;
const TASKS = 12;

let browser: Browser;
let id: string;
beforeAll(async () => {
  browser = await openBrowser();
  id = await project({ name: "Letters, audited", questions: [TONE], tasks: letters(TASKS), more: { opinions: 1 } });
  await answersOf(id, ["harsh", ...Array.from({ length: TASKS - 1 }, () => "kind")]);
  // The page shows its tabs once a first fit is there.
  while ((await api<{ state: string }>("GET", `/projects/${id}/quality`)).state !== "fitted") {
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
});
afterAll(() => browser.close());

test("a price is shown, tasks are drawn, a reviewer answers them without seeing answers, and what can be said is told", async () => {
  const page = await somebody(browser, "manager");
  await page.goto(`/projects/${id}/quality?tab=audits`);
  await page.getByText(`about ${TASKS} audits`).waitFor();
  await page.getByRole("button", { name: "Draw the tasks" }).click();
  await page.getByRole("heading", { name: `At most 100% of ${TASKS} labels are wrong` }).waitFor();

  const expert = await somebody(browser, "reviewer");
  await expert.goto("/");
  await expert.getByText(`${TASKS} tasks wait for an audit`).waitFor();
  await expert.goto(`/projects/${id}/audit`);
  await expert.getByText("Answers of others are not shown").waitFor();
  for (let done = 0; done < TASKS; done += 1) {
    await material(expert).waitFor();
    // A task may be drawn a moment before it listens to keys.
    await expect
      .poll(
        async () => {
          if (!(await expert.getByText("1 answer left").isVisible())) return "answered";
          await press(expert, "1");
          return "open";
        },
        { interval: 500 },
      )
      .toBe("answered");
    if (done < TASKS - 1) await goOn(expert, "Control+Enter");
    else await press(expert, "Control+Enter");
  }
  const audited = async () =>
    (await api<{ items: { audited: number }[] }>("GET", `/projects/${id}/quality/audits`)).items[0]?.audited;
  await expect.poll(audited).toBe(TASKS);
  wellBehaved(expert);

  await page.reload();
  await page.getByText(`${TASKS} of ${TASKS} audits done, 1 error found.`).waitFor();
  await page.getByText("if the auditors are right").waitFor();
  await page.getByRole("img", { name: new RegExp(`after ${TASKS} of ${TASKS} audits`) }).waitFor();
  wellBehaved(page);
});

test.each([
  ["light", 1280, 720],
  ["dark", 1280, 720],
] as const)("in %s at %i by %i axe finds nothing and nothing is cut off", async (colorScheme, width, height) => {
  const page = await somebody(browser, "manager", { colorScheme, width, height });
  await page.goto(`/projects/${id}/quality?tab=audits`);
  await page.locator("svg.bound").waitFor();
  await page.getByText(`about ${TASKS} audits`).waitFor();

  expect(await serious(page)).toEqual([]);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(over).toBeLessThanOrEqual(0);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/audits-${colorScheme}.png` });
  wellBehaved(page);
});
