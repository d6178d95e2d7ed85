/** What a question compares, ranked for whoever leads the project, and delivered as pairs; and people narrowed to a batch. */
import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serious } from "./axe";
import { answersOf, somebody, wellBehaved } from "./managers";
import { api, letters, openBrowser, project, stored } from "./world";

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

test("replies that were compared leave as pairs, and what a pair cannot say is listed", async () => {
  const replies = {
    ...BETTER,
    target: { each: "turn", of: "chat" },
    settings: { compare: "response", ties: ["same"] },
  };
  const asked = ["Rain in Jinan (济南)?", "Which pass is open?", "How old is the bridge?"];
  const tasks = asked.map((prompt) => ({ chat: { prompt, responses: [`${prompt} Yes.`, `${prompt} No.`] } }));
  const inputs = [{ name: "chat", kind: "chat" }];
  const id = await project({ name: "Replies", inputs, questions: [replies], tasks });
  await answersOf(id, [{ winner: "r2", strength: 1 }, { tie: "same" }, { winner: "r1", strength: 1 }], {
    question: "better",
    target: "chat/t1",
  });
  const page = await somebody(browser, "manager", { width: 1280, height: 720 });

  await page.goto(`/projects/${id}/releases?cut=true`);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("checkbox", { name: "OpenAI preference" }).waitFor();
  expect(await dialog.getByRole("checkbox").count()).toBe(3);
  await dialog.getByRole("checkbox", { name: "TRL preference (DPO)" }).check();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/also-as-${colorScheme}.png` });
    expect(await serious(page)).toEqual([]);
  }
  await dialog.getByRole("button", { name: "Cut a release" }).click();
  const file = page.getByRole("link", { name: "Download trl-preference.jsonl" });
  await file.waitFor({ timeout: 60_000 });
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/released-as.png`, fullPage: true });
  const arriving = page.waitForEvent("download");
  await file.click();
  const pairs = readFileSync(await (await arriving).path(), "utf-8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

  const answered = (await stored(id)).map(({ id: task, item, annotations }) => {
    const value = annotations[0]?.answers[0]?.value as { winner?: "r1" | "r2" };
    const [{ turns }] = (item.inputs.chat as unknown as Chat).threads;
    const said = (name: string) => turns[0].responses.find((each) => each.id === name)?.messages[0].content[0].text;
    return { task, chosen: said(value.winner ?? ""), rejected: said(value.winner === "r1" ? "r2" : "r1") };
  });
  expect(pairs.map((pair) => [pair.task, pair.chosen[0].content, pair.rejected[0].content]).sort()).toEqual(
    answered
      .filter(({ chosen }) => chosen)
      .map(({ task, chosen, rejected }) => [task, chosen, rejected])
      .sort(),
  );
  expect(pairs).toHaveLength(2);
  await page.getByText("trl-preference: ties of better: 1 pairs").waitFor();
  wellBehaved(page);
}, 120_000);

interface Chat {
  threads: [{ turns: [{ responses: { id: string; messages: [{ content: [{ text: string }] }] }[] }] }];
}
