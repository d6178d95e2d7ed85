/** Guidelines from the first word to a settled question: pictures, what changes, who has to read it, and what is asked about them. */
import { mkdirSync, readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { serious } from "./axe";
import { answersOf, somebody, wellBehaved } from "./managers";
import { annotator, api, letters, material, openBrowser, press, project, sitDown, TONE } from "./world";

const PICTURE = readFileSync(new URL("../../docs/images/workspace.png", import.meta.url));
const FILE = { name: "A screen.png", mimeType: "image/png", buffer: PICTURE };
const FLOOR = { width: 1280, height: 720 };

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

interface Counts {
  counts: { done: number };
}
const save = (page: Page, version: number) => page.getByRole("button", { name: `Save version ${version}…` });
const stand = (page: Page, version: number) => page.getByRole("button", { name: `Let version ${version} stand` });
const change = (id: string, markdown: string, more: object = {}) =>
  api("PUT", `/projects/${id}/guidelines`, { markdown, ...more });

/** Where SCREENS names a folder, what the screen looks like is kept there. */
async function look(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png` });
}

/** The pictures on the screen that have really arrived, by their words. */
const drawn = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLImageElement>(".picture img")]
      .filter((each) => each.complete && each.naturalWidth > 0)
      .map(({ alt }) => alt),
  );

test("a picture is picked or pasted, described, saved with a line, and read by an annotator before the first task", async () => {
  const id = await project({ name: "Pictured", questions: [TONE], tasks: letters(2) });
  const page = await somebody(browser, "manager", FLOOR);
  await page.goto(`/projects/${id}/guidelines`);
  await page.getByRole("button", { name: "Write guidelines" }).first().click();
  const area = page.getByLabel("Version 1, in Markdown");
  await area.fill("# Tone\n\nHarsh is what hurts.\n\n");
  await page.getByLabel("Pictures to add").setInputFiles(FILE);
  await page.waitForFunction(() => document.querySelector("textarea")?.value.includes("picture:"));
  // The words that describe it are marked, so that typing replaces them.
  await page.keyboard.type("A harsh letter");
  await area.press("Control+End");
  await page.evaluate(async (bytes) => {
    const file = new File([Uint8Array.from(atob(bytes), (each) => each.charCodeAt(0))], "pasted.png", {
      type: "image/png",
    });
    const data = new DataTransfer();
    data.items.add(file);
    const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
    document.querySelector("textarea")?.dispatchEvent(event);
  }, PICTURE.toString("base64"));
  await page.waitForFunction(() => document.querySelector("textarea")?.value.includes("![pasted](picture:"));
  await expect.poll(() => drawn(page)).toEqual(["A harsh letter", "pasted"]);
  await look(page, "editor");

  await save(page, 1).click();
  await page.getByLabel("What changed, in a line").waitFor();
  await press(page, "Control+Enter");
  await page.getByRole("heading", { name: "As they stand, v1" }).waitFor();

  const { page: desk } = await annotator(browser, FLOOR);
  await desk.goto(`${inject("place").url}/projects/${id}/label`);
  await expect.poll(() => drawn(desk)).toEqual(["A harsh letter", "pasted"]);
  await press(desk, "Control+Enter");
  await material(desk).getByText("Letter 1.").waitFor();
  wellBehaved(page);
});

test("what changes is shown word by word before it stands; a typo is asked of nobody, a rule of everybody", async () => {
  const id = await project({
    name: "Changed",
    questions: [TONE],
    tasks: letters(5),
    more: { guideline: "# Tone\n\nHarsh is what hurts.\n\nDoubt is kind." },
  });
  const { page: desk } = await annotator(browser, FLOOR);
  await desk.goto(`${inject("place").url}/projects/${id}/label`);
  await desk.locator(".consent h1").waitFor();
  await press(desk, "Control+Enter");
  await material(desk).getByText("Letter 1.").waitFor();
  const page = await somebody(browser, "manager", FLOOR);
  await page.goto(`/projects/${id}/guidelines`);

  await page.getByRole("button", { name: "Edit the guidelines" }).click();
  await page.getByLabel("Version 2, in Markdown").fill("# Tone\n\nHarsh is what hurts somebody.\n\nDoubt is kind.");
  await save(page, 2).click();
  const dialog = page.getByRole("dialog");
  expect(await dialog.locator("ins").textContent()).toContain("somebody");
  expect(await dialog.locator("ins").evaluate((each) => getComputedStyle(each).textDecorationLine)).toBe("underline");
  await dialog.getByLabel("What changed, in a line").fill("A clearer word");
  await dialog.getByLabel(/Nobody who read the version before/).check();
  await look(page, "save");
  await stand(page, 2).click();
  await page.getByRole("heading", { name: "As they stand, v2" }).waitFor();

  // Nobody is asked to read a clearer word. A rule is read before the next task is dealt; the one in hand, dealt before, stays.
  await press(desk, "1", "Control+Enter");
  await material(desk).getByText("Letter 2.").waitFor();
  await desk.waitForFunction(() => document.querySelectorAll("[data-task]").length === 2);
  await change(id, "# Tone\n\nHarsh is what hurts somebody.\n\nDoubt is harsh.", { summary: "Doubt is harsh now" });
  for (const letter of ["Letter 2.", "Letter 3."]) {
    await material(desk).getByText(letter).waitFor();
    const arrives = desk.waitForResponse((response) => response.url().includes("/annotations"));
    await press(desk, "1", "Control+Enter");
    await arrives;
  }
  await desk.getByText("Doubt is harsh now").waitFor();
  await desk.getByText("1 passage changed since v2").waitFor();
  expect(await desk.locator("ins").textContent()).toBe("harsh");
  expect(await desk.locator("del").textContent()).toBe("kind");
  await look(desk, "consent");
  await desk.getByRole("radio", { name: "The whole text" }).click();
  await desk.getByText("Harsh is what hurts somebody.").waitFor();
  await press(desk, "Control+Enter");
  await material(desk).getByText("Letter 4.").waitFor();
  wellBehaved(page);
});

test("two editors do not overwrite each other; any two versions are compared, and an old one is restored as a new one", async () => {
  const id = await project({ name: "Two editors", questions: [TONE], tasks: letters(1) });
  await change(id, "# Tone\n\nOne.", { summary: "Begin" });
  await change(id, "# Tone\n\nTwo.", { summary: "Second thoughts" });
  const page = await somebody(browser, "manager", FLOOR);
  await page.goto(`/projects/${id}/guidelines`);
  await page.getByRole("button", { name: "Edit the guidelines" }).click();
  await page.getByLabel("Version 3, in Markdown").fill("# Tone\n\nThree.");
  await save(page, 3).click();
  await page.getByLabel("What changed, in a line").fill("Three");
  await change(id, "# Tone\n\nTheirs.", { summary: "Their own" });
  await stand(page, 3).click();
  await page.getByText("Somebody else saved version 3 meanwhile.").waitFor();
  expect(await page.locator("textarea").inputValue()).toContain("Three.");
  await page.locator("del", { hasText: "Theirs" }).waitFor();

  await save(page, 4).click();
  await page.getByLabel("What changed, in a line").fill("Three after all");
  await stand(page, 4).click();
  await page.getByRole("heading", { name: "As they stand, v4" }).waitFor();

  await page.getByRole("radio", { name: "Versions" }).click();
  await page.getByText("Their own").waitFor();
  await page.getByRole("radio", { name: /^Changes since/ }).click();
  await page.getByLabel("since").selectOption("1");
  await page.locator("del", { hasText: "One" }).waitFor();
  await look(page, "versions");
  await page.getByRole("button", { name: /^v2/ }).click();
  await page.getByRole("button", { name: "Restore it…" }).click();
  await save(page, 5).click();
  expect(await page.getByLabel("What changed, in a line").inputValue()).toBe("Version 2 restored");
  await press(page, "Control+Enter");
  await page.getByRole("heading", { name: "As they stand, v5" }).waitFor();
  await page.locator(".guideline").getByText("Two.").waitFor();
  wellBehaved(page);
});

test("a marked passage is asked about at the desk, answered and resolved by the manager, and stays when its words are gone", async () => {
  const id = await project({
    name: "Discussed",
    questions: [TONE],
    tasks: letters(2),
    more: { guideline: "# Tone\n\nHarsh is **what hurts** somebody.\n\n## Doubt\n\nDoubt is kind." },
  });
  const { page: desk } = await annotator(browser, FLOOR);
  await desk.goto(`${inject("place").url}/projects/${id}/label`);
  await desk.locator(".consent h1").waitFor();
  await press(desk, "Control+Enter");
  await material(desk).getByText("Letter 1.").waitFor();
  await press(desk, "g");
  const guide = desk.getByRole("complementary", { name: "Guidelines" });
  await guide.locator("strong", { hasText: "what hurts" }).dblclick();
  await guide.getByRole("button", { name: "Ask…" }).click();
  const asking = desk.getByRole("dialog");
  await asking.locator("q").waitFor();
  await asking.getByLabel("Your question").fill("Does sarcasm hurt?");
  await look(desk, "ask");
  await press(desk, "Control+Enter");
  await asking.waitFor({ state: "detached" });

  const page = await somebody(browser, "manager", FLOOR);
  await page.goto(`/projects/${id}`);
  await page.getByRole("link", { name: "See the discussions" }).click();
  const aside = page.getByRole("region", { name: "Discussions and versions" });
  await aside.getByText("Does sarcasm hurt?").waitFor();
  await aside.getByRole("button", { name: "Show it" }).click();
  await expect.poll(() => page.evaluate(() => document.getSelection()?.toString())).toMatch(/what|hurts/);
  await aside.getByLabel(/^Your reply to/).fill("It does.");
  await look(page, "discussions");
  await press(page, "Control+Enter");
  await aside.locator(".replies", { hasText: "It does." }).waitFor();

  await change(id, "# Tone\n\nHarsh is cruel.\n\n## Doubt\n\nDoubt is kind.", { summary: "Cruel" });
  await page.reload();
  await aside.getByText("about an earlier text, v1").waitFor();
  await aside.getByRole("button", { name: "Resolve" }).click();
  await aside.getByText("Nothing is open.").waitFor();
  await page.goto(`/projects/${id}`);
  await page.getByText("0 of 2").first().waitFor();
  expect(await page.getByRole("link", { name: "See the discussions" }).count()).toBe(0);

  await desk.goto(`${inject("place").url}/notifications`);
  await desk.getByText("about the guidelines").waitFor();
  await desk.getByText("about the guidelines").click();
  await desk.getByRole("radio", { name: "Resolved" }).click();
  await desk.getByText("It does.").waitFor();
  wellBehaved(page);
});

test("a task's discussion is replied to and resolved in its drawer, and found by the filter", async () => {
  const id = await project({ name: "Asked", questions: [TONE], tasks: letters(2) });
  const { page: desk } = await annotator(browser, FLOOR);
  await sitDown(desk, id);
  const held = (await api<{ items: { id: string }[] }>("GET", `/projects/${id}/tasks?state=held`)).items[0]?.id ?? "";
  await api("POST", `/projects/${id}/tasks/${held}/comments`, { text: "Read rule 3." });
  const page = await somebody(browser, "manager", FLOOR);
  await page.goto(`/projects/${id}/tasks?state=asked&task=${held}`);
  const drawer = page.getByRole("complementary", { name: "Task" });
  await drawer.getByRole("tab", { name: "Comments" }).click();
  await drawer.getByRole("button", { name: "Reply" }).click();
  await page.keyboard.type("And rule 4.");
  await press(page, "Control+Enter");
  await drawer.locator(".replies", { hasText: "And rule 4." }).waitFor();
  await look(page, "task");
  await drawer.getByRole("button", { name: "Resolve" }).click();
  await drawer.getByText(/^Resolved by/).waitFor();
  expect((await api<{ items: unknown[] }>("GET", `/projects/${id}/tasks?state=asked`)).items).toEqual([]);
  wellBehaved(page);
});

test.each(["light", "dark"] as const)(
  "axe finds nothing on the guidelines, their dialogs included, in the %s theme",
  async (colorScheme) => {
    const id = await project({
      name: `Read aloud ${colorScheme}`,
      questions: [TONE],
      tasks: letters(1),
      more: { guideline: "# Tone\n\nHarsh is what hurts." },
    });
    await change(id, "# Tone\n\nHarsh is what hurts on purpose.", { summary: "On purpose" });
    await api("POST", `/projects/${id}/guidelines/discussions`, {
      text: "Also by mistake?",
      version: 2,
      heading: "Tone",
      quote: "on purpose",
      before: "what hurts ",
      after: ".",
    });
    const page = await somebody(browser, "manager", { ...FLOOR, colorScheme });
    await page.goto(`/projects/${id}/guidelines`);
    await page.getByText("Also by mistake?").waitFor();
    expect(await serious(page)).toEqual([]);
    await look(page, `reading-${colorScheme}`);
    await page.getByRole("button", { name: "Ask…" }).click();
    await page.getByRole("dialog").waitFor();
    expect(await serious(page)).toEqual([]);
    await press(page, "Escape");
    await page.getByRole("radio", { name: "Versions" }).click();
    await page.getByRole("radio", { name: /^Changes since/ }).click();
    await page.locator("ins").first().waitFor();
    expect(await serious(page)).toEqual([]);
    await page.getByRole("button", { name: "Edit the guidelines" }).click();
    await page.getByLabel("Version 3, in Markdown").fill("# Tone\n\nHarsh hurts.\n\nNew.");
    await save(page, 3).click();
    await page.getByRole("dialog").waitFor();
    expect(await serious(page)).toEqual([]);
    await look(page, `saving-${colorScheme}`);
    await page.getByRole("button", { name: "Go on writing" }).click();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(FLOOR.width);

    const { page: desk } = await annotator(browser, { ...FLOOR, colorScheme });
    await desk.goto(`${inject("place").url}/projects/${id}/label`);
    await desk.getByRole("button", { name: /^I have read them/ }).waitFor();
    expect(await serious(desk)).toEqual([]);
    await look(desk, `consent-${colorScheme}`);
  },
);

test("after a rule changed, the tasks that were answered by the old one are counted, narrowed and shown in the table", async () => {
  const id = await project({
    name: "Affected",
    questions: [TONE],
    tasks: letters(4),
    more: { guideline: "# Tone\n\nHarsh is what hurts." },
  });
  await answersOf(id, ["kind", "harsh"], { consent: { version: 1 } });
  await api("POST", `/projects/${id}/tasks?batch=Second`, [{ inputs: { text: "Another letter." } }]);
  const page = await somebody(browser, "manager", FLOOR);
  await page.goto(`/projects/${id}/guidelines`);
  await page.getByRole("button", { name: "Edit the guidelines" }).click();
  await page.getByLabel("Version 2, in Markdown").fill("# Tone\n\nHarsh is what insults.");
  await save(page, 2).click();
  await page.getByLabel("What changed, in a line").fill("Insults alone");
  await stand(page, 2).click();

  const dialog = page.getByRole("dialog", { name: "Tasks answered before version 2" });
  await dialog.getByText("2 tasks have an answer").waitFor();
  expect(await serious(page)).toEqual([]);
  await dialog.getByLabel("Only of the batch").selectOption({ label: "Second" });
  await dialog.getByText("No task has an answer").waitFor();
  await dialog.getByLabel("Only of the batch").selectOption("");
  await dialog.getByText("2 tasks have an answer").waitFor();
  await look(page, "affected");
  await dialog.getByRole("button", { name: "Queue them again" }).click();
  const toast = page.locator(".toast", { hasText: "2 tasks are queued again" });
  await toast.waitFor();
  await expect.poll(async () => (await api<Counts>("GET", `/projects/${id}`)).counts.done).toBe(0);
  await toast.getByRole("button", { name: "Undo" }).click();
  await expect.poll(async () => (await api<Counts>("GET", `/projects/${id}`)).counts.done).toBe(2);

  await page.getByRole("radio", { name: /^Changes since/ }).click();
  await page.getByRole("button", { name: "Affected tasks…" }).click();
  await dialog.getByRole("link", { name: "See them in the table" }).click();

  await page.getByText("2 tasks match").waitFor();
  expect(await page.getByLabel("Answered before guidelines", { exact: true }).inputValue()).toBe("2");
  await page.getByRole("button", { name: /^Letter 1/ }).waitFor();
  await look(page, "affected-table");
  wellBehaved(page);
});
