/** Code, changes of it and tables, answered by key and by mouse in a real Chromium; what is stored are their own places. */
import type { Browser, Locator } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seen } from "./axe";
import { annotator, goOn, openBrowser, press, project, sitDown, stored } from "./world";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const CODE = 'def height(hour):\n    # größer als 24 💩\n    return table[hour % 24]\n\n\nprint(height("3"))\n';
const PATCH = `--- a/tide.py
+++ b/tide.py
@@ -10,3 +10,3 @@ def height(hour):
     table = load()
-    return table[hour]
+    return table[hour % 24]
 print(height(3))
`;
const LABELS = [
  { value: "bug", text: "Bug" },
  { value: "style", text: "Style" },
];

/** Selects one word, as a double click does. */
const pick = (within: Locator, word: string): Promise<void> =>
  within.locator("[data-at]").filter({ hasText: word }).first().dblclick();

test("numbered lines in the colors of their language; a change in one column and side by side", async () => {
  const id = await project({
    name: "Tides",
    inputs: [
      { name: "source", kind: "code", settings: { language: "python" } },
      { name: "patch", kind: "diff" },
    ],
    questions: [
      {
        name: "where",
        kind: "span",
        text: "What would you mend in the code?",
        settings: { labels: LABELS, snap: "word" },
        target: { input: "source" },
      },
      {
        name: "findings",
        kind: "span",
        text: "What is wrong with the change?",
        settings: { labels: LABELS, snap: "word" },
        target: { input: "patch" },
        required: false,
      },
    ],
    tasks: [1, 2].map(() => ({ source: CODE, patch: PATCH })),
  });
  const { page } = await annotator(browser, { width: 1280, height: 720 });
  await sitDown(page, id);
  const source = page.locator(".code-view:not(.diff *):visible");
  const patch = page.locator(".diff:visible");

  await source.locator(".tok-keyword").filter({ hasText: "return" }).waitFor();
  expect(await source.locator(".code-line").count()).toBe(6);
  await press(page, "ArrowRight", "ArrowRight", "1");
  await press(page, "n");
  await press(page, "ArrowRight", "2");
  await seen(page, "code-and-change");
  await press(page, "Shift+D");
  await patch.locator(".diff-pair").first().waitFor();
  await seen(page, "change-side-by-side");
  await goOn(page, "Control+Enter");

  await pick(source, "print");
  await press(page, "2");
  await press(page, "n", "1");
  // How one looks at it is carried on to the next task.
  await pick(patch.locator(".gone"), "return");
  const arrives = page.waitForResponse((answer) => answer.url().endsWith("/annotations") && answer.ok());
  await press(page, "Control+Enter");
  await arrives;

  const found = (await stored(id)).map(({ annotations }) =>
    Object.fromEntries((annotations[0]?.answers ?? []).map(({ question, value }) => [question, value])),
  );
  const at = (text: string, word: string): number[][] => {
    const from = [...text.slice(0, text.indexOf(word))].length;
    return [[from, from + word.length]];
  };
  const side = "    table = load()\n    return table[hour]\nprint(height(3))\n";
  expect(found).toEqual([
    {
      where: { regions: [{ id: "k1", label: "bug", ranges: at(CODE, "height") }] },
      findings: { regions: [{ id: "k1", label: "style", on: "patch/d0.new", ranges: at(side, "table") }] },
    },
    {
      where: { regions: [{ id: "k1", label: "style", ranges: at(CODE, "print") }] },
      findings: { regions: [{ id: "k1", label: "bug", on: "patch/d0.old", ranges: at(side, "return") }] },
    },
  ]);
}, 180_000);

test("each cell of a column is asked about, by key and by a click on it; words in cells are marked", async () => {
  const table = "harbor,high water,note\nPort Avelin,2.35,gauge\nGröde 💩,19,typed\n";
  const id = await project({
    name: "Heights",
    inputs: [{ name: "heights", kind: "table" }],
    questions: [
      {
        name: "likely",
        kind: "choice",
        text: "Can it be true?",
        settings: {
          options: [
            { value: "yes", text: "Yes" },
            { value: "no", text: "No" },
          ],
        },
        target: { each: "cell", of: "heights", where: { name: "high water" } },
      },
      {
        name: "why",
        kind: "span",
        text: "What tells so?",
        settings: { labels: LABELS, snap: "word" },
        target: { input: "heights" },
      },
    ],
    tasks: [{ heights: table }, { heights: table }],
  });
  const { page } = await annotator(browser, { width: 1280, height: 720 });
  await sitDown(page, id);
  const view = page.locator(".table-view:visible");
  await view.getByRole("cell", { name: "2.35" }).and(view.locator("[aria-current]")).waitFor();
  await press(page, "1");
  await view.getByRole("cell", { name: "19" }).and(view.locator("[aria-current]")).waitFor();
  await press(page, "2");
  await pick(view.getByRole("cell", { name: "typed" }), "typed");
  await seen(page, "table");
  await goOn(page, "Control+Enter");

  await view.getByRole("cell", { name: "19" }).click();
  await press(page, "2");
  await view.getByRole("cell", { name: "2.35" }).click();
  await press(page, "1");
  await pick(view.getByRole("cell", { name: "gauge" }), "gauge");
  const arrives = page.waitForResponse((answer) => answer.url().endsWith("/annotations") && answer.ok());
  await press(page, "Control+Enter");
  await arrives;

  const found = (await stored(id)).map(({ annotations }) =>
    Object.fromEntries((annotations[0]?.answers ?? []).map((each) => [`${each.question} ${each.target}`, each.value])),
  );
  const cells = { "likely heights/r0.c2": "yes", "likely heights/r1.c2": "no" };
  const marked = (on: string, text: string) => ({
    "why heights": { regions: [{ id: "k1", label: "bug", on, ranges: [[0, text.length]] }] },
  });
  expect(found).toEqual([
    { ...cells, ...marked("heights/r1.note", "typed") },
    { ...cells, ...marked("heights/r0.note", "gauge") },
  ]);
}, 180_000);
