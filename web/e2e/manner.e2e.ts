/** How answers are made: counted while somebody writes, told to them where it is, and summed up for whoever leads the project. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serious } from "./axe";
import { answersOf, somebody, wellBehaved } from "./managers";
import { annotator, api, letters, openBrowser, press, project, sitDown, stored, TONE } from "./world";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const REPLY = { name: "reply", kind: "text", text: "What would you reply?" };

async function counted(id: string): Promise<Record<string, number> | null | undefined> {
  const [task] = (await stored(id)) as unknown as { annotations: { manner: Record<string, number> | null }[] }[];
  return task?.annotations[0]?.manner;
}

test("what is typed and what is pasted are counted apart, and the annotator is told", async () => {
  const id = await project({ name: "Replies", questions: [REPLY], tasks: letters(1) });
  const { page } = await annotator(browser);
  await sitDown(page, id);
  await page.getByRole("button", { name: "What is counted while you answer" }).click();
  await page.getByText("Never what you paste or type").waitFor();
  await press(page, "Escape");
  const field = page.getByRole("textbox", { name: /What would you reply/ });
  await field.click();
  await field.pressSequentially("Gladly.");

  await press(page, "Control+a", "Control+c", "End", "Control+v", "Control+v");

  await expect.poll(() => field.inputValue()).toBe("Gladly.".repeat(3));
  const arrives = page.waitForResponse((answer) => answer.url().endsWith("/annotations") && answer.ok());
  await press(page, "Control+Enter");
  await arrives;
  expect(await counted(id)).toMatchObject({ pastes: 2, pasted: 14, typed: 7, departures: 0, away_ms: 0 });
});

test("where people only choose, nothing is counted unless the project asks for it", async () => {
  const id = await project({ name: "Tones", questions: [TONE], tasks: letters(1) });
  const { page } = await annotator(browser);
  await sitDown(page, id);
  expect(await page.getByRole("button", { name: "What is counted while you answer" }).count()).toBe(0);

  const arrives = page.waitForResponse((answer) => answer.url().endsWith("/annotations") && answer.ok());
  await press(page, "1", "Control+Enter");
  await arrives;

  expect(await counted(id)).toBeNull();
});

test("whoever leads the project sees it beside others on the same tasks, in both themes", async () => {
  const id = await project({
    name: "Tones and why",
    questions: [TONE],
    tasks: letters(24),
    more: { opinions: 5, counts_manner: true },
  });
  const typed = { pastes: 0, pasted: 0, typed: 60, departures: 0, away_ms: 0, edits: 3 };
  const pasted = { pastes: 1, pasted: 400, typed: 4, departures: 1, away_ms: 38_000, edits: 2 };
  const values = Array.from({ length: 24 }, (_, index) => (index % 2 ? "kind" : "harsh"));
  for (const manner of [typed, typed, typed, pasted]) await answersOf(id, values, { manner });
  await answersOf(id, values);
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
  await page.getByRole("radio", { name: "How answers are made" }).click();

  await page.getByRole("heading", { name: "How answers are made by 5 people" }).waitFor();
  await page.getByText("pastes more than others").waitFor();
  await page.getByText("24 answers, without counts").waitFor();
  expect(await page.getByText("24 of 24").count()).toBe(2);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await serious(page)).toEqual([]);
  }
  wellBehaved(page);
}, 180_000);
