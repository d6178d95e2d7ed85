/** Gold, the exam and skills as their manager keeps them: made of chosen tasks, wrong gold found and mended by a key, a skill granted and asked for. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serious } from "./axe";
import { answersOf, somebody, wellBehaved } from "./managers";
import { api, letters, openBrowser, press, project, TONE } from "./world";

const SHOTS = process.env.SHOTS;
const LENGTH = { name: "length", kind: "number", text: "How long is it?", settings: { scale: 10, unit: "cm" } };

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const ids = async (id: string): Promise<string[]> =>
  (await api<{ items: { id: string }[] }>("GET", `/projects/${id}/tasks?limit=100`)).items.map((row) => row.id);
const known = (task_id: string, value: string) => ({ task_id, answers: [{ question: "tone", value }] });

/** A project with gold that five people answered alike; what one of its tasks is said to be, nobody says. */
async function goldWithOneWrong(): Promise<string> {
  const more = { gold_rate: 0.5, gold_rate_min: 0.5, opinions: 5 };
  const id = await project({ name: "Letters with gold", questions: [TONE], tasks: letters(30), more });
  const gold = (await ids(id)).slice(20);
  await api("POST", `/projects/${id}/gold`, {
    gold: gold.map((task, place) => known(task, place === 3 ? "harsh" : "kind")),
  });
  for (let person = 0; person < 5; person += 1) await answersOf(id, Array(40).fill("kind"));
  return id;
}

async function looksRight(page: Page, name: string): Promise<void> {
  expect(await serious(page), name).toEqual([]);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(over, name).toBeLessThanOrEqual(0);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` });
}

test("wrong gold stands first, and one key says that what most say is right", async () => {
  const id = await goldWithOneWrong();
  const page = await somebody(browser, "manager");
  await page.goto(`/projects/${id}/gold`);
  await page.getByRole("heading", { name: "Is the gold itself right?" }).waitFor();
  await page.getByText("10 hidden, 0 taught, 1 likely to be wrong").waitFor();
  for (const [colorScheme, width, height] of [
    ["light", 1440, 900],
    ["dark", 1280, 720],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    await looksRight(page, `gold-${colorScheme}-${width}`);
  }

  await press(page, "j", "Enter");
  const aside = page.getByRole("complementary", { name: "One gold task" });
  await aside.getByText("likely to be wrong, or the task is hard").waitFor();
  await looksRight(page, "gold-one-dark-1280");
  await press(page, "m");

  await page.getByText("10 hidden, 0 taught, 0 likely to be wrong").waitFor();
  const { items } = await api<{ items: { suspect: boolean }[] }>("GET", `/projects/${id}/gold`);
  expect(items.filter(({ suspect }) => suspect)).toEqual([]);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("10 hidden, 0 taught, 1 likely to be wrong").waitFor();
  wellBehaved(page);
}, 120_000);

test("chosen tasks become gold with why and how near is near enough, and are taken back", async () => {
  const id = await project({ name: "Rulers", questions: [LENGTH], tasks: letters(3) });
  const page = await somebody(browser, "manager");
  await page.goto(`/projects/${id}/gold`);
  await page.getByRole("heading", { name: "There is no gold yet" }).waitFor();
  await looksRight(page, "gold-none");
  await page.getByRole("link", { name: "Choose tasks to make gold of" }).click();
  await page.locator("[data-walk]").first().waitFor();
  await press(page, "j", "x");
  await page.getByRole("button", { name: "Make gold…" }).click();

  const dialog = page.getByRole("dialog");
  await dialog.locator('[data-question="length"] input').first().fill("12.5");
  await dialog.getByLabel("How near to what is right: How long is it?").fill("0.5");
  await dialog.getByRole("radio", { name: "Is told afterwards: it trains" }).click();
  await dialog.getByLabel("Why, in your words").fill("Measured twice.");
  await looksRight(page, "gold-known");
  await dialog.getByRole("button", { name: "Make it gold" }).click();
  await page.getByText("1 task is gold now").waitFor();

  const [made] = (await api<{ items: Record<string, unknown>[] }>("GET", `/projects/${id}/gold`)).items;
  expect(made).toMatchObject({
    kind: "taught",
    explanation: "Measured twice.",
    tolerances: [{ question: "length", absolute: 0.5 }],
  });
  await page.goto(`/projects/${id}/gold`);
  await page.locator("[data-walk]").first().waitFor();
  await press(page, "j", "Delete");
  await page.getByRole("button", { name: "It is gold no more" }).click();
  await page.getByText("taken back", { exact: true }).waitFor();
  wellBehaved(page);
}, 60_000);

test("an exam is made of gold and grants a new skill, which is granted by hand, asked for and taken away", async () => {
  const id = await project({ name: "Letters for an exam", questions: [TONE], tasks: letters(8) });
  await api("POST", `/projects/${id}/gold`, { gold: (await ids(id)).slice(4).map((task) => known(task, "kind")) });
  const skill = `Hears tones ${id.slice(-6)}`;
  const page = await somebody(browser, "manager");
  await page.goto(`/projects/${id}/gold?tab=exam`);
  await page.getByLabel("It grants").selectOption("");
  await page.getByLabel("Name of the skill").fill(skill);
  await page.getByLabel("All gold tasks").check();
  await page.getByLabel("Tasks in one sitting").fill("2");
  await page.getByRole("button", { name: "Make the exam" }).click();
  await page.getByRole("button", { name: "Change the exam" }).waitFor();
  await page.getByText("Nobody yet.").waitFor();
  await looksRight(page, "exam");

  await page.getByRole("tab", { name: "Skills asked for" }).click();
  await page.getByRole("checkbox", { name: new RegExp(skill) }).check();
  await page.getByRole("button", { name: "Ask for them" }).click();
  await page.getByText("Saved: it counts from the next claim on.").waitFor();
  await looksRight(page, "skills-asked");

  await page.getByRole("link", { name: "Skills of the organization" }).click();
  const card = page.getByRole("region", { name: skill });
  await card.getByRole("button", { name: "Grant it…" }).click();
  await page.getByRole("dialog").getByLabel("Person").selectOption({ label: "The manager" });
  await page.getByRole("dialog").getByLabel("Until the end of").fill("2031-05-04");
  await page.getByRole("dialog").getByRole("button", { name: "Grant it" }).click();
  await card.getByText(/until .*2031/).waitFor();
  await looksRight(page, "skills");
  await card.getByRole("button", { name: "Take away…" }).click();
  await page.getByRole("dialog").getByLabel("Reason").selectOption("not-needed");
  await page.getByRole("dialog").getByRole("button", { name: "Take it away" }).click();
  await card.getByText("taken away: it is not needed any more").waitFor();
  wellBehaved(page);
}, 60_000);

test("a flaw is planted with the controls of the workspace, listed, and taken out while nobody was dealt it", async () => {
  const id = await project({ name: "Letters with a flaw", questions: [TONE], tasks: letters(4) });
  const [task = ""] = await ids(id);
  await api("POST", `/projects/${id}/gold`, { gold: [known(task, "kind")] });
  const page = await somebody(browser, "manager");
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.goto(`/projects/${id}/gold`);
  const list = page.getByRole("region", { name: "Flaws planted for reviewers" });
  await list.getByText("None yet.").waitFor();
  await page.locator("[data-walk]").first().waitFor();
  await press(page, "j", "Enter", "p");

  const dialog = page.getByRole("dialog");
  await dialog.locator('[data-question="tone"]:visible').waitFor();
  await dialog.getByRole("button", { name: "Plant it" }).click();
  await dialog.getByText("This is what is right for the task").waitFor();
  await dialog.getByText("Harsh", { exact: true }).click();
  await dialog.getByLabel("The reason that a reviewer should give").selectOption("guideline-misread");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await looksRight(page, `flaw-planting-${colorScheme}`);
  }
  await dialog.getByRole("button", { name: "Plant it" }).click();

  await list.getByText("waits for tasks in review").waitFor();
  await list.getByText("Guideline misread").waitFor();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await list.scrollIntoViewIfNeeded();
    await looksRight(page, `flaws-${colorScheme}`);
  }
  const [flaw] = (await api<{ items: Record<string, unknown>[] }>("GET", `/projects/${id}/gold/flaws`)).items;
  expect(flaw).toMatchObject({ answers: [{ question: "tone", value: "harsh" }], reason: "guideline-misread" });
  await list.getByRole("button", { name: "Take it out" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take it out" }).click();
  await list.getByText("None yet.").waitFor();
  wellBehaved(page);
}, 60_000);
