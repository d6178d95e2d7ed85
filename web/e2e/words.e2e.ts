/** Questions about words and replies, answered by key and by mouse in a real Chromium; the stored value is compared. */
import { createHash } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serious } from "./axe";
import { annotator, goOn, openBrowser, press, project, sitDown, stored } from "./world";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const sent = (page: Page) => page.waitForResponse((answer) => answer.url().endsWith("/annotations") && answer.ok());

/** Both lights of what is on the screen, for whoever looks; nothing on it may shut anybody out. */
async function seen(page: Page, name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}-${colorScheme}.png` });
    expect(await serious(page)).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

async function submitted(page: Page): Promise<void> {
  const arrives = sent(page);
  await press(page, "Control+Enter");
  await arrives;
}

/** What is stored of every task, by question and target. */
async function answersOf(id: string): Promise<Record<string, unknown>[]> {
  return (await stored(id)).map(({ annotations }) =>
    Object.fromEntries((annotations[0]?.answers ?? []).map((each) => [`${each.question} ${each.target}`, each.value])),
  );
}

const SIZE = { width: 1280, height: 720 };
const CHAT = [{ name: "chat", kind: "chat" }];

test("best and worst: by number, and by mouse", async () => {
  const responses = ["Dry all day.", "No.", "It may rain in the evening.", "Ask a frog."];
  const id = await project({
    name: "Ends",
    inputs: CHAT,
    questions: [
      {
        name: "ends",
        kind: "best_worst",
        text: "Which is the best, and which is the worst?",
        target: { each: "turn", of: "chat" },
        shuffle: true,
      },
    ],
    tasks: [1, 2].map((day) => ({ chat: { prompt: `Rain on day ${day}?`, responses } })),
  });
  const { page } = await annotator(browser, SIZE);
  await sitDown(page, id);
  /** The letter under which a reply stands: the side was drawn by lot. */
  const letterOf = async (text: string): Promise<string> => {
    const reply = page.getByRole("article").filter({ hasText: text }).filter({ visible: true });
    return ((await reply.locator(".letter").textContent()) ?? "").trim();
  };

  const digits = "ABCD";
  const [best, worst] = [await letterOf("Dry all day."), await letterOf("Ask a frog.")];
  await press(page, String(digits.indexOf(best) + 1));
  await press(page, "Control+Enter");
  await page.getByText("Name the worst").filter({ visible: true }).first().waitFor();
  await press(page, String(digits.indexOf(worst) + 1));
  expect(await page.locator(".end.worst:visible").textContent()).toContain(`Reply ${worst}`);
  await seen(page, "best-worst");
  await goOn(page, "Control+Enter");

  await page.getByRole("button", { name: `Best: Reply ${await letterOf("It may rain")}` }).click();
  await page.getByRole("button", { name: `Worst: Reply ${await letterOf("No.")}` }).click();
  await submitted(page);

  expect(await answersOf(id)).toEqual([
    { "ends chat/t1": { best: "r1", worst: "r4" } },
    { "ends chat/t1": { best: "r3", worst: "r2" } },
  ]);
}, 180_000);

const DRAFT = "The train leaves at half past seven.";
const BETTER = "The train leaves at half past six.";
const digest = (text: string): string => `sha256:${createHash("sha256").update(text, "utf8").digest("hex")}`;

test("a text is edited by keys, by mouse, or left as it is; what changed is shown", async () => {
  const id = await project({
    name: "Translations",
    inputs: [
      { name: "source", kind: "text" },
      { name: "draft", kind: "text" },
    ],
    questions: [{ name: "better", kind: "rewrite", text: "A better translation", target: { input: "draft" } }],
    tasks: [1, 2, 3].map((day) => ({ source: `Tag ${day}: Der Zug fährt um halb sieben.`, draft: DRAFT })),
  });
  const { page } = await annotator(browser, SIZE);
  await sitDown(page, id);
  const field = page.getByRole("textbox", { name: "A better translation" }).filter({ visible: true });

  await press(page, "e");
  expect(await field.inputValue()).toBe(DRAFT);
  await press(page, "End", "ArrowLeft");
  await press(page, ..."seven".split("").map(() => "Backspace"));
  await page.keyboard.type("six");
  await press(page, "Escape", "d");
  await page.locator("del:visible").filter({ hasText: "seven" }).waitFor();
  await page.getByText("14% of the words changed").filter({ visible: true }).waitFor();
  await seen(page, "rewrite");
  await goOn(page, "Control+Enter");

  await field.click();
  await field.fill(BETTER);
  // How one looks at it is carried on to the next task.
  expect(await page.locator("ins:visible").textContent()).toBe("six");
  await page.getByRole("button", { name: "Changes" }).filter({ visible: true }).click();
  await page.locator("ins:visible").waitFor({ state: "detached" });
  await goOn(page, "Control+Enter");

  await press(page, "0");
  await page.getByText("left as it is").filter({ visible: true }).waitFor();
  await submitted(page);

  expect(await answersOf(id)).toEqual(
    [BETTER, BETTER, DRAFT].map((text) => ({ "better draft": { base: digest(DRAFT), text } })),
  );
}, 180_000);
