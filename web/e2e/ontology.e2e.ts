/** The builder as a manager meets it. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { somebody, wellBehaved } from "./managers";
import { api, letters, openBrowser, project, TONE } from "./world";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

interface Version {
  version: number;
  change: string;
  body: { questions: Record<string, unknown>[] };
}
const ontology = (id: string) => api<Version>("GET", `/projects/${id}/ontology`);

async function open(id: string): Promise<Page> {
  const page = await somebody(browser, "manager");
  await page.goto(`/projects/${id}/questions`);
  await page.getByRole("heading", { name: "What annotators will see" }).waitFor();
  return page;
}

/** Opens the line of a question or input in the list. */
async function unfold(page: Page, title: string): Promise<void> {
  await page.locator(".outline-main", { hasText: title }).click();
}

test("an option is added, seen in the preview, judged, confirmed and in use", async () => {
  const id = await project({ name: "Tone", questions: [TONE], tasks: letters(1) });
  const page = await open(id);

  await unfold(page, "What is the tone?");
  await page.getByRole("button", { name: "Add one" }).click();
  await page.getByLabel("Text of 3").fill("Neither of them");
  await page.getByRole("radio", { name: "Neither of them" }).waitFor();
  await page.keyboard.press("Control+s");
  const dialog = page.getByRole("dialog", { name: "Save as version 2" });
  await dialog.getByText("Widening").first().waitFor();
  expect((await ontology(id)).version).toBe(1);
  await dialog.getByRole("button", { name: "Save version 2" }).click();
  await page.getByText("Version 2 is in use", { exact: true }).waitFor();

  const stored = await ontology(id);
  expect(stored).toMatchObject({ version: 2, change: "widening" });
  expect(stored.body.questions[0]?.settings).toMatchObject({
    options: [{ value: "kind" }, { value: "harsh" }, { value: "neither_of_them", text: "Neither of them" }],
  });
  wellBehaved(page);
});

test("how several texts become one is chosen in the builder", async () => {
  const said = { name: "said", kind: "text", text: "What is said?" };
  const id = await project({ name: "Transcripts", questions: [said], tasks: letters(1) });
  const page = await open(id);

  await unfold(page, "What is said?");
  await page.getByLabel("Answers of several people").selectOption("words");
  await page.keyboard.press("Control+s");
  const dialog = page.getByRole("dialog", { name: "Save as version 2" });
  await dialog.getByRole("button", { name: "Save version 2" }).click();
  await page.getByText("Version 2 is in use", { exact: true }).waitFor();

  expect((await ontology(id)).body.questions[0]?.settings).toMatchObject({ merge: "words" });
  wellBehaved(page);
});

test("a question is added about the marks of another, under a condition, and answers in the preview", async () => {
  const id = await project({
    name: "Names",
    questions: [
      { name: "who", kind: "span", text: "Who?", settings: { labels: [{ value: "org", text: "Firm" }], snap: "word" } },
    ],
    tasks: letters(1),
  });
  const page = await open(id);

  await page.getByRole("button", { name: "Add a question" }).click();
  await page.getByRole("menuitem", { name: "Level on a scale" }).click();
  await page.getByLabel("Text of the question").fill("How strong?");
  await page.getByLabel("Asked about").selectOption({ label: "each mark of “Who?”" });
  await page.getByRole("button", { name: "Add a condition" }).click();
  await page.getByRole("textbox", { name: "Text of the question" }).press("Tab");
  const preview = page.getByRole("region", { name: "What annotators will see" });
  await preview.locator(".prose-text").click({ position: { x: 60, y: 16 } });
  await page.keyboard.press("1");
  await preview.getByText("How strong?").waitFor();
  await preview.getByRole("radio", { name: "3" }).click();
  await page.getByRole("button", { name: /^Save as version 2/ }).click();
  await page.getByRole("button", { name: "Save version 2" }).click();
  await page.getByText("Version 2 is in use", { exact: true }).waitFor();

  expect((await ontology(id)).body.questions[1]).toEqual({
    name: "rating",
    kind: "rating",
    text: "How strong?",
    target: { each: "region", of: "who" },
    settings: { levels: 5 },
    show_if: { question: "who", has: "org", any_target: true },
  });
});

test("a problem is shown at its line of the JSON, and until it is mended nothing can be saved", async () => {
  const id = await project({ name: "Tone", questions: [TONE], tasks: letters(1) });
  const page = await open(id);

  await page.getByRole("radio", { name: "JSON" }).click();
  const text = page.getByLabel("Ontology as JSON");
  const before = await text.inputValue();
  await text.fill(before.replace('"harsh"', '"kind"'));
  const problem = page.getByRole("list", { name: "Problems" }).getByRole("button");
  await problem.waitFor();
  const line = before.slice(0, before.indexOf('"harsh"')).split("\n").length;
  expect(await problem.textContent()).toContain(`Line ${line}`);
  expect(await page.getByRole("button", { name: /^Save as version/ }).isDisabled()).toBe(true);
  await problem.click();
  const selected = await text.evaluate((area) => {
    const { value, selectionStart, selectionEnd } = area as HTMLTextAreaElement;
    return value.slice(selectionStart, selectionEnd);
  });
  expect(selected).toBe('"kind"');

  await text.fill("{");
  await page.getByText("This is not JSON").waitFor();
  await text.fill(before);
  await page.getByText("No problems.").waitFor();
});

test("a draft outlives a closed page, undo takes steps back, and giving it up leaves what is in use", async () => {
  const id = await project({ name: "Tone", questions: [TONE], tasks: letters(1) });
  const page = await open(id);

  await unfold(page, "What is the tone?");
  await page.getByLabel("Text of the question").fill("Which tone is it?");
  await page.getByText("Draft on version 1").waitFor();
  await page.reload();
  await page.locator(".outline-main", { hasText: "Which tone is it?" }).waitFor();
  await page.getByRole("button", { name: "Add a question" }).click();
  await page.getByRole("menuitem", { name: "Free text" }).click();
  await page.locator(".outline-main", { hasText: "Free text" }).waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  expect(await page.locator(".outline-main", { hasText: "Free text" }).count()).toBe(0);
  await page.getByRole("button", { name: "Give the draft up" }).click();

  await page.getByText("Version 1 is in use").waitFor();
  await page.locator(".outline-main", { hasText: "What is the tone?" }).waitFor();
});

test("texts are given in another language without touching the first", async () => {
  const id = await project({ name: "Tone", questions: [TONE], tasks: letters(1) });
  const page = await open(id);

  await page.getByRole("button", { name: "Add a language" }).click();
  await page.getByLabel("Language tag").fill("de");
  await page.getByRole("button", { name: "Add German" }).click();
  await unfold(page, "What is the tone?");
  await page.getByLabel("Text of the question").fill("Wie klingt es?");
  await page.getByLabel("Text of 1").fill("Freundlich");
  await page.getByRole("button", { name: /^Save as version 2/ }).click();
  await page.getByRole("dialog").getByText("Cosmetic").first().waitFor();
  await page.getByRole("button", { name: "Save version 2" }).click();
  await page.getByText("Version 2 is in use", { exact: true }).waitFor();

  const [question] = (await ontology(id)).body.questions;
  expect(question).toMatchObject({
    text: { en: "What is the tone?", de: "Wie klingt es?" },
    settings: {
      options: [
        { value: "kind", text: { en: "Kind", de: "Freundlich" } },
        { value: "harsh", text: "Harsh" },
      ],
    },
  });
});

test("versions are compared, and an older one can be begun from", async () => {
  const id = await project({ name: "Tone", questions: [TONE], tasks: letters(1) });
  const { body } = await ontology(id);
  const changed = { ...body, questions: [{ ...TONE, text: "How does it sound?" }] };
  await api("POST", `/projects/${id}/ontology`, { body: changed, confirm: "cosmetic" });
  const page = await open(id);

  await page.getByRole("radio", { name: "Versions" }).click();
  await page.locator(".line.gone", { hasText: "What is the tone?" }).waitFor();
  await page.locator(".line.new", { hasText: "How does it sound?" }).waitFor();
  await page.getByRole("button", { name: /^Version 1/ }).click();
  await page.getByRole("button", { name: "Edit from here" }).click();

  await page.locator(".outline-main", { hasText: "What is the tone?" }).waitFor();
  await page.getByText("Draft on version 2").waitFor();
});

test("in the dialog of a new project's questions the preview answers by keys, as the workspace does", async () => {
  const page = await somebody(browser, "manager");
  await page.goto("/projects/new");
  await page.getByLabel("Another kind of project").selectOption("entity-sentiment");
  await page.getByRole("button", { name: "Edit the questions" }).click();
  const preview = page.getByRole("dialog").getByRole("region", { name: "What annotators will see" });

  await preview.getByRole("region", { name: "Material" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("1");
  await preview.locator(".sp").waitFor();
  await page.keyboard.press("Control+z");
  await preview.locator(".sp").waitFor({ state: "detached" });
  await page.keyboard.press("Control+Shift+Z");
  await preview.locator(".sp").waitFor();
  await page.keyboard.press("n");
  expect(await preview.locator(".q.on, .verdict.on").getByRole("heading").count()).toBe(1);

  // Back in the forms a letter is a letter.
  await page.getByRole("dialog").locator(".outline-main").last().click();
  await page.getByRole("dialog").getByRole("textbox").first().click();
  await page.keyboard.press("Delete");
  expect(await preview.locator(".sp").count()).toBe(1);
  wellBehaved(page);
});
