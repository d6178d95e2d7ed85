/** A verifiable task written by keyboard alone and with the mouse, stored as one document. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serious } from "./axe";
import { somebody } from "./managers";
import { author, reach } from "./stages";
import { annotator, api, material, openBrowser, press, project, sitDown, values } from "./world";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

const ASKED = {
  name: "task",
  kind: "verifiable_task",
  text: "Write a task that a program checks",
  // Bars so loose that seven repeats are enough.
  settings: { wrong_solutions: 1, mutants: 3, mutation_score: 0.6, flake_rate: 0.35 },
};
const WRITTEN = {
  format: "open-task/0.1",
  id: "double",
  version: "1",
  statement: [{ type: "text", text: "Verdopple n." }],
  files: [
    { path: "check.py", role: "checker", text: "import a" },
    { path: "a.py", role: "solution", text: "x = 2" },
    { path: "a.py", role: "start", text: "x = 0" },
  ],
  checker: { command: ["python", "check.py"] },
  mutations: [{ id: "x1", kind: "wrong_solution", reward: 0, why: "3", files: [{ path: "a.py", text: "x = 3" }] }],
};

async function begin(name: string, sight = {}): Promise<{ id: string; page: Page }> {
  const id = await project({ name, questions: [ASKED], tasks: [{ text: "Doubling." }] });
  const { page } = await annotator(browser, { width: 1280, height: 720, ...sight });
  await sitDown(page, id);
  return { id, page };
}

/** A task whose checker asks enough, or hardly anything. */
function doubling(asks: string): Record<string, unknown> {
  const solution = "def double(n):\n    if n < 0:\n        raise ValueError\n    return n * 2\n";
  const checker = `import sys\nsys.path.insert(0, ".")\nfrom a import double\n${asks}\n`;
  const wrong = { path: "a.py", text: "def double(n):\n    return None\n" };
  return {
    ...WRITTEN,
    files: [
      { path: "a.py", role: "start", text: "def double(n):\n    raise NotImplementedError\n" },
      { path: "a.py", role: "solution", text: solution },
      { path: "check.py", role: "checker", text: checker },
    ],
    checker: { command: ["python", "check.py"], runs: 2 },
    mutations: [{ id: "x1", kind: "wrong_solution", reward: 0, files: [wrong] }],
  };
}
const STRONG = doubling("assert [double(n) for n in (0, 2, 7)] == [0, 4, 14]");
const WEAK = doubling("assert double(1) is not None");

async function shots(page: Page, name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}-${colorScheme}.png` });
    expect(await serious(page)).toEqual([]);
  }
}

async function submit(page: Page): Promise<void> {
  const arrives = page.waitForResponse((answer) => answer.url().endsWith("/annotations"));
  await press(page, "Control+Enter");
  expect((await arrives).ok()).toBe(true);
}

test("by keys alone, from field to field", async () => {
  const { id, page } = await begin("By keys");
  const write = async (text: string, tabs = 1) => {
    await page.keyboard.insertText(text);
    for (let tab = 0; tab < tabs; tab += 1) await page.keyboard.press("Tab");
  };

  await press(page, "t");
  await write("double");
  await write("Verdopple n.");
  // Each file: its path, past its role and its removal, its text.
  for (const [path, text] of [
    ["a.py", "x = 0"],
    ["a.py", "x = 2"],
    ["check.py", "import a"],
  ] as const) {
    await write(path, 3);
    await write(text);
  }
  await page.keyboard.press("Tab");
  await write("python\ncheck.py", 2);
  await page.keyboard.press("Enter");
  // Back over its text, its reason and its removal to the path of what was added.
  for (let tab = 0; tab < 4; tab += 1) await page.keyboard.press("Shift+Tab");
  await write("a.py", 2);
  await write("3");
  await write("x = 3", 0);
  await submit(page);

  expect((await values(id)).task).toEqual(WRITTEN);
}, 120_000);

test("checked while it is written and before it is accepted, in the real sandbox", async () => {
  const more = { workflow: { review_rate: 1, adjudicate_below: null, feedback: "shown" } };
  const id = await project({ name: "Checked", questions: [ASKED], tasks: [{ text: "Doubling." }], more });
  const who = await author();
  await who.answer(id, () => [{ question: "task", value: WEAK }]);
  await reach(id, "in_review", 1);
  const page = await somebody(browser, "reviewer", { width: 1280, height: 720 });
  await page.goto(`/projects/${id}/review`);
  await material(page).waitFor();

  const said: string[] = [];
  page.on("request", (sent) => sent.url().endsWith("/review") && sent.method() === "POST" && said.push(sent.url()));
  await press(page, "Control+Enter");
  await page.getByText("Run the checks first").first().waitFor();

  const checks = page.getByRole("region", { name: "Checks" });
  await checks.getByRole("button", { name: "Run checks" }).waitFor();
  await press(page, "Control+Shift+F");
  await checks.getByRole("progressbar").waitFor();
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/checks-going.png` });
  await checks.getByText("The checker is weak: the task cannot be accepted.").waitFor({ timeout: 60_000 });
  await checks.locator("summary").first().click();
  await checks.getByText("Flakes").scrollIntoViewIfNeeded();
  await shots(page, "checks-weak");
  await press(page, "Control+Enter");
  await page.getByText("A task with a weak checker cannot be accepted.").first().waitFor();
  expect(said).toEqual([]);

  // Mended by the reviewer, it is another content, and is checked as it stands.
  await press(page, "Shift+F");
  // Stored sorted by role, the checker comes first.
  const text = page.getByLabel("Text of file 1");
  await text.fill(String((STRONG.files as { text: string }[])[2]?.text));
  await checks.getByRole("button", { name: "Run checks" }).click();
  await checks.getByText("The checker is strong: the task can be accepted.").waitFor({ timeout: 60_000 });
  await checks.getByText("Not refused").scrollIntoViewIfNeeded();
  await shots(page, "checks-strong");
  await press(page, "Control+Enter");
  await page.getByRole("dialog", { name: "Why was it fixed?" }).waitFor();
  const stored = page.waitForResponse((answer) => answer.url().endsWith("/review"));
  await press(page, "1", "Enter");
  expect(await (await stored).json()).toMatchObject({ outcome: "done" });

  const [task] = (await api<{ items: { id: string }[] }>("GET", `/projects/${id}/tasks`)).items;
  // A check is its asker's alone: the owner sees none of the reviewer's.
  expect((await api<{ items: unknown[] }>("GET", `/projects/${id}/tasks/${task?.id}/checks`)).items).toEqual([]);
}, 240_000);

test("with the mouse, in light and dark, with nothing that axe minds", async () => {
  const { id, page } = await begin("By mouse");
  const write = async (label: string, text: string) => {
    await page.getByLabel(label, { exact: true }).click();
    await page.keyboard.insertText(text);
  };

  await write("Name of the task", "double");
  await write("Statement", "Verdopple n.");
  await write("Path of file 1", "a.py");
  await write("Text of file 1", "x = 0");
  await page.getByRole("button", { name: "Remove file 2" }).click();
  await page.getByRole("button", { name: "Add a file" }).click();
  await page.getByLabel("Role of file 3").selectOption("solution");
  await write("Path of file 3", "a.py");
  await write("Text of file 3", "x = 2");
  await write("Path of file 2", "check.py");
  await write("Text of file 2", "import a");
  await write("Command that checks, one argument a line", "python\ncheck.py");
  await page.getByRole("button", { name: "Add wrong work" }).click();
  await write("Path in work 1", "a.py");
  await write("Why, of work 1", "3");
  await write("Text of work 1", "x = 3");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.getByLabel("Name of the task").scrollIntoViewIfNeeded();
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/task-${colorScheme}.png` });
    await page.getByLabel("Text of work 1").scrollIntoViewIfNeeded();
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/task-end-${colorScheme}.png` });
    expect(await serious(page)).toEqual([]);
  }
  await submit(page);

  expect((await values(id)).task).toEqual(WRITTEN);
}, 120_000);
