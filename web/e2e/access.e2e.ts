/** Every screen for everybody: axe in both themes, no word left in English, from right to left, at every size, and no request to anybody else. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serious } from "./axe";
import { answersOf, invitation, somebody, stranger, wellBehaved } from "./managers";
import { api, letters, openBrowser, project, TONE } from "./world";

let browser: Browser;
let id: string;
let task: string;
beforeAll(async () => {
  browser = await openBrowser();
  id = await project({
    name: "Tone of letters",
    questions: [TONE],
    tasks: letters(24),
    more: { guideline: "# Tone\n\nHarsh is what hurts.", opinions: 2 },
  });
  await api("PUT", `/projects/${id}/guidelines`, { markdown: "# Tone\n\nHarsh is what hurts on purpose." });
  const consent = { version: 2 };
  for (const offset of [0, 1]) {
    await answersOf(
      id,
      Array.from({ length: 20 }, (_, at) => ((at + offset) % 3 ? "kind" : "harsh")),
      { consent },
    );
  }
  await api("POST", `/projects/${id}/releases`, { note: "For the pilot.", include: "done" });
  const { items } = await api<{ items: { id: string }[] }>("GET", `/projects/${id}/tasks?limit=1`);
  task = items[0]?.id ?? "";
});
afterAll(() => browser.close());

/** Every screen that a manager has, and what says that it has arrived. */
const SCREENS: [name: string, path: () => string, arrived: (page: Page) => Promise<void>][] = [
  ["my work", () => "/", (page) => page.locator(".offer").first().waitFor()],
  ["projects", () => "/projects", (page) => page.locator(".tbl tbody tr").first().waitFor()],
  ["new project", () => "/projects/new", (page) => page.locator(".kind select").waitFor()],
  ["overview", () => `/projects/${id}`, (page) => page.locator(".pace").waitFor()],
  ["add tasks", () => `/projects/${id}/add`, (page) => page.locator(".preview-card").waitFor()],
  ["tasks", () => `/projects/${id}/tasks`, (page) => page.locator(".tbl.tasks tbody tr").first().waitFor()],
  ["a task", () => `/projects/${id}/tasks?task=${task}`, (page) => page.locator(".drawer .entries").last().waitFor()],
  ["guidelines", () => `/projects/${id}/guidelines`, (page) => page.locator(".guideline h1").waitFor()],
  ["releases", () => `/projects/${id}/releases`, (page) => page.locator(".figures").waitFor()],
  ["cut a release", () => `/projects/${id}/releases?cut=true`, (page) => page.locator("dialog").waitFor()],
  ["questions", () => `/projects/${id}/questions`, (page) => page.locator(".preview-card").waitFor()],
  ["set-up", () => `/projects/${id}/set-up`, (page) => page.locator("form").first().waitFor()],
  ["people", () => "/people", (page) => page.locator(".tbl tbody tr").first().waitFor()],
  ["trust centre", () => "/trust", (page) => page.locator(".tbl.looks tbody tr").first().waitFor()],
  ["notifications", () => "/notifications", (page) => page.locator(".page .card").waitFor()],
  ["settings", () => "/settings", (page) => page.locator(".keymap li").first().waitFor()],
];

const SIGHTS = [
  ["the floor for work", 1280, 720],
  ["a 4k screen", 3840, 2160],
  ["a tablet upright", 820, 1180],
] as const;

/** What hangs over the edge of the window, or of a bar that must show all it holds. */
const overhanging = (): string[] => {
  const width = document.documentElement.clientWidth;
  const found: string[] = [];
  if (document.documentElement.scrollWidth > width)
    found.push(`the page is ${document.documentElement.scrollWidth} wide`);
  for (const each of document.querySelectorAll<HTMLElement>(
    ".crumbs, .nav, .page, .topnav, .filters, .makingfoot, .tablefoot",
  )) {
    if (each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflowX !== "auto") {
      found.push(`${each.className} holds ${each.scrollWidth} in ${each.clientWidth}`);
    }
  }
  return found;
};

/** What is wrong with a screen at each size, and when it is read from the right. */
async function misfits(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const [sight, width, height] of SIGHTS) {
    await page.setViewportSize({ width, height });
    found.push(...(await page.evaluate(overhanging)).map((each) => `on ${sight}, ${each}`));
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.evaluate(() => {
    document.documentElement.dir = "rtl";
  });
  found.push(...(await page.evaluate(overhanging)).map((each) => `from the right, ${each}`));
  const nav = page.locator(".nav");
  if ((await nav.count()) > 0 && ((await nav.boundingBox())?.x ?? 0) < 720)
    found.push("the navigation stays on the left");
  return found;
}

test("no screen behind the sign-in has anything serious for axe, or cut off, at any size and in either direction", async () => {
  const page = await somebody(browser, "owner", { colorScheme: "light" });
  const found: string[] = [];
  for (const [name, path, arrived] of SCREENS) {
    await page.goto(path());
    await arrived(page);
    found.push(...[...(await serious(page)), ...(await misfits(page))].map((each) => `${name}: ${each}`));
  }

  expect(found).toEqual([]);
  wellBehaved(page);
}, 120_000);

test("nor is there anything serious in the dark theme", async () => {
  const page = await somebody(browser, "owner", { colorScheme: "dark" });
  const found: string[] = [];
  for (const [name, path, arrived] of SCREENS) {
    await page.goto(path());
    await arrived(page);
    found.push(...(await serious(page)).map((each) => `${name}: ${each}`));
  }

  expect(found).toEqual([]);
  wellBehaved(page);
}, 120_000);

test.each(["light", "dark"] as const)("nor before the sign-in, in the %s theme", async (colorScheme) => {
  const page = await stranger(browser, { colorScheme });
  await page.goto("/");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(await serious(page)).toEqual([]);
  await page.getByRole("button", { name: "Set a new password" }).click();
  expect(await serious(page)).toEqual([]);
  await page.goto((await invitation("annotator")).link);
  await page.getByLabel("Your name").waitFor();
  expect(await serious(page)).toEqual([]);
  wellBehaved(page);
});

/** Words on the screen that no catalogue translated: those of the data are known and left out. */
async function untranslated(page: Page, known: RegExp): Promise<string[]> {
  const texts = await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      const isHidden =
        !element?.checkVisibility() || element.closest("kbd, .mono, code, svg, .material, .read, option");
      const text = node.textContent?.trim() ?? "";
      if (!isHidden && /[a-z]{3,}/i.test(text)) found.push(text);
    }
    for (const each of document.querySelectorAll("[aria-label], [placeholder], [title]")) {
      if (each.closest("kbd, .material")) continue;
      for (const name of ["aria-label", "placeholder"]) found.push(each.getAttribute(name) ?? "");
    }
    return found.filter((text) => /[a-z]{3,}/i.test(text));
  });
  // The pseudo-locale puts an accent on every second letter.
  return [...new Set(texts)].filter((text) => !/[^\x20-\x7e’“”–…·→]/.test(text) && !known.test(text));
}

/** What people of this installation called things: projects, themselves, keys, parties. Other files' tests made some of them. */
async function names(): Promise<Set<string>> {
  interface Named {
    items: { name: string; email?: string | null }[];
    next_cursor: string | null;
  }
  const found = new Set<string>();
  for (const path of ["/projects?state=active&state=paused&state=archived&state=trashed&", "/people?", "/api-keys?"]) {
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: Named = await api<Named>(
        "GET",
        `${path}limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      for (const { name, email } of page.items) found.add(name).add(email ?? name);
      cursor = page.next_cursor;
    }
  }
  // And what the register of interests calls parties.
  const register = JSON.stringify(await api("GET", "/walls/register"));
  for (const [, name] of register.matchAll(/"name":"([^"]+)"/g)) if (name) found.add(name);
  return found;
}

test("in the pseudo-locale no word of the interface is left in English", async () => {
  const page = await somebody(browser, "manager");
  await page.goto("/settings");
  await page.getByRole("radio", { name: "Pseudo, for testing" }).click();
  await page.getByRole("heading", { name: "Settings", exact: true }).waitFor({ state: "detached" });
  const data =
    /Evenhand|Tone of letters|What is the tone|Harsh|Kind|Letter \d|First|example\.org|The (manager|owner|annotator|reviewer)|My organization|An annotator|English|evh_|sha256|SHA-256|For the pilot|localhost|browser|\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)|^\w+-\d{4}$|tone|text|classification|Owner|First key|labels\.parquet|annotation|\.jsonl|^(Ctrl|Shift|Esc|Enter)/;
  const left: { at: string; words: string }[] = [];
  // Other files of these tests make people and projects all the while, and call them something else.
  const before = await names();
  for (const [name, path, arrived] of SCREENS) {
    await page.goto(path());
    await arrived(page);
    await page.setViewportSize({ width: 1280, height: 720 });
    // Every message is longer here: what has room for it has room for other languages.
    const wrong = [...(await untranslated(page, data)), ...(await page.evaluate(overhanging))];
    left.push(...wrong.map((words) => ({ at: name, words })));
  }
  const named = new Set([...before, ...(await names())]);

  expect(left.filter(({ words }) => !named.has(words))).toEqual([]);
}, 120_000);
