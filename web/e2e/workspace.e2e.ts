/** The workspace as an annotator meets it: a real Chromium, a real server, hands on the keys. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { annotator, api, letters, material, openBrowser, press, project, sitDown, stored, TONE, values } from "./world";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

const sent = (page: Page) => page.waitForResponse((answer) => answer.url().endsWith("/annotations") && answer.ok());

test("a sitting by keyboard alone: consent, pick, submit, next, and the answers are there", async () => {
  const id = await project({
    name: "Tone of letters",
    questions: [TONE],
    tasks: letters(3),
    more: { guideline: "# Tone\n\nHarsh is what hurts." },
  });
  const { page } = await annotator(browser);
  await page.locator(`[data-walk="${id}"]`).waitFor();

  const onIt = () => page.evaluate((wanted) => document.activeElement?.getAttribute("data-walk") === wanted, id);
  for (let steps = 0; steps < 50 && !(await onIt()); steps++) await press(page, "j");
  await press(page, "Enter");
  await page.getByText("Harsh is what hurts.").waitFor();
  await press(page, "Control+Enter");
  for (const [letter, key] of [
    ["Letter 1.", "1"],
    ["Letter 2.", "2"],
    ["Letter 3.", "1"],
  ] as const) {
    await material(page).getByText(letter).waitFor();
    const arrives = sent(page);
    await press(page, key, "Control+Enter");
    await arrives;
  }
  await page.getByText("Nothing waits for you here").waitFor();

  const answers = (await stored(id)).map(({ annotations }) => annotations[0]?.answers[0]?.value);
  expect(answers).toEqual(["kind", "harsh", "kind"]);
});

const options = (...words: string[]) => ({ options: words.map((value) => ({ value, text: value })) });

test("every kind in the panel is answered by its keys", async () => {
  const id = await project({
    name: "Kinds",
    questions: [
      TONE,
      {
        name: "topics",
        kind: "multi_choice",
        text: "Topics?",
        settings: { ...options("money", "people", "law"), min: 0 },
      },
      { name: "clear", kind: "rating", text: "Clear?", settings: { levels: 5 } },
      { name: "claims", kind: "number", text: "Claims?", settings: { min: 0, max: 99, step: 1 } },
      { name: "why", kind: "text", text: "Why?", settings: { min: 5 } },
      {
        name: "order",
        kind: "ranking",
        text: "Order?",
        settings: { compare: "option", ...options("first", "second", "third") },
      },
    ],
    tasks: letters(1),
  });
  const { page } = await annotator(browser);
  await sitDown(page, id);

  await press(page, "2");
  await press(page, "1", "3", "N");
  await press(page, "4");
  await press(page, "T");
  await page.keyboard.type("12");
  await press(page, "Escape", "N", "T");
  await page.keyboard.type("It accuses.");
  await press(page, "Escape", "N");
  await press(page, "2", "1");
  const arrives = sent(page);
  await press(page, "Control+Enter");
  await arrives;

  expect(await values(id)).toEqual({
    tone: "harsh",
    topics: ["money", "law"],
    clear: 4,
    claims: 12,
    why: "It accuses.",
    order: { groups: [["second"], ["first"], ["third"]] },
  });
});

test("a preference is told by its number, whichever side was drawn for whom", async () => {
  const id = await project({
    name: "Replies",
    inputs: [{ name: "chat", kind: "chat" }],
    questions: [
      {
        name: "better",
        kind: "pairwise",
        text: "Which is better?",
        target: { each: "turn", of: "chat" },
        shuffle: true,
        settings: { strength: 3, ties: ["same", "both_bad"] },
      },
    ],
    tasks: [{ chat: { prompt: "Rain?", responses: ["No rain *at all*.", "It will rain."] } }],
  });
  const { page } = await annotator(browser);
  await sitDown(page, id);
  const isFirstA = await page.getByRole("article", { name: "Reply A" }).getByText("No rain").isVisible();

  const arrives = sent(page);
  await press(page, "2", "Control+Enter");
  await arrives;

  expect(await values(id)).toEqual({ better: { winner: isFirstA ? "r1" : "r2", strength: 2 } });
});

test("a question that a condition hides comes and goes, and is not sent when it is gone", async () => {
  const id = await project({
    name: "Conditions",
    questions: [TONE, { name: "why", kind: "text", text: "What hurts?", show_if: { question: "tone", is: "harsh" } }],
    tasks: letters(1),
  });
  const { page } = await annotator(browser);
  await sitDown(page, id);

  await press(page, "2", "T");
  await page.keyboard.type("All of it");
  await press(page, "Escape", "Shift+N", "1");
  await page.getByText("What hurts?").waitFor({ state: "detached" });
  const arrives = sent(page);
  await press(page, "Control+Enter");
  await arrives;

  expect(await values(id)).toEqual({ tone: "kind" });
});

test("submitting too early sends nothing and leads to what is missing", async () => {
  const id = await project({
    name: "Missing",
    questions: [TONE, { name: "why", kind: "text", text: "Why?", settings: { min: 5 } }],
    tasks: letters(1),
  });
  const { page } = await annotator(browser);
  await sitDown(page, id);

  await press(page, "1", "Control+Enter");

  await page.locator(".qwrong").getByText("Answer this question").waitFor();
  expect(await page.locator(".q.on").getByRole("heading").textContent()).toBe("Why?");
  expect(await stored(id)).toEqual([]);
});

test("undo and redo take back and give again one's own acts", async () => {
  const id = await project({ name: "Undo", questions: [TONE], tasks: letters(1) });
  const { page } = await annotator(browser);
  await sitDown(page, id);
  const chosen = () => page.getByRole("radio", { checked: true });

  await press(page, "1", "2", "Control+z");
  expect(await chosen().textContent()).toContain("Kind");
  await press(page, "Control+z");
  expect(await chosen().count()).toBe(0);
  await press(page, "Control+Shift+Z", "Control+Shift+Z");
  expect(await chosen().textContent()).toContain("Harsh");
});

test("in a project that submits on pick, the pick sends, and Ctrl Z takes it back", async () => {
  const id = await project({ name: "Picks", questions: [TONE], tasks: letters(3), more: { submit_on_pick: true } });
  const { page } = await annotator(browser);
  await sitDown(page, id);
  await material(page).getByText("Letter 1.").waitFor();

  let arrives = sent(page);
  await press(page, "1");
  await material(page).getByText("Letter 2.").waitFor();
  await arrives;
  await press(page, "Control+z");
  await material(page).getByText("Letter 1.").waitFor();
  arrives = sent(page);
  await press(page, "2");
  await material(page).getByText("Letter 2.").waitFor();
  await arrives;

  const [task] = await stored(id);
  expect(task?.annotations[0]).toMatchObject({ version: 2, answers: [{ value: "harsh" }] });
});

test("a draft survives a closed tab, and the device is clean once the answer arrived", async () => {
  const id = await project({ name: "Drafts", questions: [TONE], tasks: letters(2) });
  const { page } = await annotator(browser);
  await sitDown(page, id);
  await press(page, "2");
  await page.waitForFunction(() =>
    Object.entries(localStorage).some(([name, kept]) => name.includes(" draft ") && kept.includes("harsh")),
  );

  const next = await page.context().newPage();
  await page.close({ runBeforeUnload: false });
  await sitDown(next, id);

  await next.getByRole("radio", { name: "Harsh", checked: true }).waitFor();
  const arrives = sent(next);
  await press(next, "Control+Enter");
  await arrives;
  await next.waitForFunction(() => Object.keys(localStorage).every((name) => !name.startsWith("evenhand.work")));
});

test("without a network work goes on with what is held, and the answers leave when it is back", async () => {
  const id = await project({ name: "Offline", questions: [TONE], tasks: letters(3) });
  const { page } = await annotator(browser);
  await sitDown(page, id);
  await page.waitForFunction(() => document.querySelectorAll("[data-task]").length === 2);

  await page.context().setOffline(true);
  await press(page, "1", "Control+Enter");
  await material(page).getByText("Letter 2.").waitFor();
  await press(page, "2", "Control+Enter");
  await page.getByRole("banner").getByText("2 answers wait on this device").waitFor();
  await page.getByText("Kept on this device. Ctrl Z takes it back").waitFor();
  expect(await stored(id)).toEqual([]);

  await page.context().setOffline(false);
  await material(page).getByText("Letter 3.").waitFor();
  expect((await stored(id)).map(({ annotations }) => annotations.length)).toEqual([1, 1]);
});

test("an answer that the server does not take comes back, tells why, and can be sent again", async () => {
  const id = await project({ name: "Back", questions: [TONE], tasks: letters(2) });
  const { page } = await annotator(browser);
  await sitDown(page, id);
  await page.waitForFunction(() => document.querySelectorAll("[data-task]").length === 2);
  // A pause takes every hold back.
  await api("POST", `/projects/${id}/pause`);

  await press(page, "2", "Control+Enter");
  await page.getByText("1 answer came back").waitFor();
  await material(page).getByText("Letter 2.").waitFor();
  await press(page, "Shift+B");
  await page.getByRole("dialog").getByText("Work goes on when a manager resumes it").waitFor();
  await page.getByRole("button", { name: "See what you wrote" }).click();
  await material(page).getByText("Letter 1.").waitFor();
  await page.getByRole("radio", { name: "Harsh", checked: true }).waitFor();

  await api("POST", `/projects/${id}/resume`);
  const arrives = sent(page);
  await press(page, "Control+Enter");
  await arrives;
  expect(await values(id)).toEqual({ tone: "harsh" });
});

test("a paused project says so, and goes on by itself", async () => {
  const id = await project({ name: "Pause", questions: [TONE], tasks: letters(1) });
  await api("POST", `/projects/${id}/pause`);
  const { page } = await annotator(browser);

  await page.goto(page.url().replace(/\/$/, `/projects/${id}/label`));
  await page.getByText("Paused by its manager").waitFor();
});

test("skip, with a reason and a note, makes room; a report and a comment leave the task here", async () => {
  const id = await project({ name: "Ways out", questions: [TONE], tasks: letters(2) });
  const { page } = await annotator(browser);
  await sitDown(page, id);
  await material(page).getByText("Letter 1.").waitFor();

  await press(page, "Shift+R", "1", "Enter");
  await page.getByText("Reported. The task is still yours.").waitFor();
  await press(page, "Shift+M");
  await page.getByLabel("Your comment").fill("Which bill?");
  await press(page, "Control+Enter");
  await page.getByRole("dialog").getByText("Which bill?").first().waitFor();
  await press(page, "Escape", "Shift+S", "2", "Enter");
  await material(page).getByText("Letter 2.").waitFor();

  const { items } = await api<{ items: { id: string }[] }>("GET", `/projects/${id}/tasks`);
  const comments = await api<{ items: { kind: string; text: string }[] }>(
    "GET",
    `/projects/${id}/tasks/${items[0]?.id}/comments`,
  );
  expect(comments.items.map(({ kind }) => kind)).toEqual(["report", "comment"]);
  expect((await api<{ counts: { skipped: number } }>("GET", `/projects/${id}`)).counts).toBeDefined();
});

test("Previous opens one's own answer, and submitting it again is its second version", async () => {
  const id = await project({ name: "Previous", questions: [TONE], tasks: letters(3) });
  const { page } = await annotator(browser);
  await sitDown(page, id);
  let arrives = sent(page);
  await press(page, "1", "Control+Enter");
  await arrives;
  await material(page).getByText("Letter 2.").waitFor();

  await press(page, "Alt+ArrowLeft");
  await page.getByRole("radio", { name: "Kind", checked: true }).waitFor();
  // What is answered can be left as it was, by its own key; Skip is no way out of it.
  await press(page, "Shift+S");
  expect(await page.getByRole("dialog").count()).toBe(0);
  arrives = sent(page);
  await press(page, "2", "Control+Enter");
  await arrives;

  const [task] = await stored(id);
  expect(task?.annotations[0]).toMatchObject({ version: 2, answers: [{ value: "harsh" }] });
});

test("one tab works at a project: the other says so, takes over with the draft, and gives back when it is closed", async () => {
  const id = await project({ name: "Tabs", questions: [TONE], tasks: letters(2) });
  const { page } = await annotator(browser);
  await sitDown(page, id);
  await press(page, "2");

  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByText("You are at work on this in another tab").waitFor();
  expect(await material(other).count()).toBe(0);
  await other.getByRole("button", { name: "Work here instead" }).click();
  await other.getByRole("radio", { name: "Harsh", checked: true }).waitFor();
  await page.getByText("You are at work on this in another tab").waitFor();

  await other.bringToFront();
  await press(other, "1");
  await other.close();
  await page.getByRole("radio", { name: "Kind", checked: true }).waitFor();
});

test("a page without a title of its own leaves no gap in the headings", async () => {
  const { id } = await api<{ id: string }>("POST", "/projects", {
    name: "Headings",
    ontology: {
      format: "evenhand-ontology/1",
      name: "headings",
      language: "en",
      inputs: [{ name: "text", kind: "text" }],
      questions: [TONE, { ...TONE, name: "second", text: "And then?" }],
      pages: [{ questions: ["tone"] }, { title: "The end", questions: ["second"] }],
    },
  });
  await api("POST", `/projects/${id}/tasks`, [{ inputs: letters(1)[0] }]);
  const { page } = await annotator(browser);
  await sitDown(page, id);

  const levels = await page.locator("h1, h2, h3, h4").evaluateAll((all) => all.map(({ tagName }) => tagName));
  expect(levels).toEqual(["H1", "H2", "H2", "H3"]);
});

test("guidelines give the questions back as soon as one is answered, and nothing is answered unseen", async () => {
  const id = await project({
    name: "Guided",
    questions: [TONE],
    tasks: letters(2),
    more: { guideline: "# Tone\n\nHarsh is what hurts." },
  });
  const { page } = await annotator(browser);
  await page.goto(`${page.url().replace(/\/$/, "")}/projects/${id}/label`);
  await page.getByText("Harsh is what hurts.").waitFor();
  await press(page, "Control+Enter");
  await material(page).waitFor();
  const guide = page.getByRole("complementary", { name: "Guidelines" });

  await press(page, "g");
  await guide.waitFor();
  await press(page, "Escape");
  await guide.waitFor({ state: "detached" });

  await press(page, "g");
  await guide.waitFor();
  await press(page, "Control+Enter");
  await guide.waitFor({ state: "detached" });
  await page.locator(".panel:visible").getByText("Answer this question").waitFor();

  await press(page, "g");
  await guide.waitFor();
  await press(page, "1");
  await guide.waitFor({ state: "detached" });
  expect(await page.getByRole("radio", { name: "Kind" }).getAttribute("aria-checked")).toBe("true");
});

test("a report stands among the comments with its reason, also where nothing was written beside it", async () => {
  const id = await project({ name: "Reported", questions: [TONE], tasks: letters(1) });
  const { page } = await annotator(browser);
  await sitDown(page, id);

  await press(page, "Shift+R", "3", "Enter");
  await page.getByText("Reported. The task is still yours.").waitFor();
  await press(page, "Shift+M");

  await page.getByRole("dialog").getByText("private data in it").waitFor();
});

test("a changed guideline is read before the next task, with what changed marked", async () => {
  const id = await project({
    name: "Guideline",
    questions: [TONE],
    tasks: letters(4),
    more: { guideline: "# Tone\n\nHarsh is what hurts.\n\nDoubt is kind." },
  });
  const { page } = await annotator(browser);
  await page.goto(page.url().replace(/\/$/, `/projects/${id}/label`));
  await page.getByText("Harsh is what hurts.").waitFor();
  await press(page, "Control+Enter");
  await material(page).getByText("Letter 1.").waitFor();
  await page.waitForFunction(() => document.querySelectorAll("[data-task]").length === 2);
  await api("PUT", `/projects/${id}/guidelines`, { markdown: "# Tone\n\nHarsh is what insults.\n\nDoubt is kind." });

  for (const letter of ["Letter 1.", "Letter 2."]) {
    await material(page).getByText(letter).waitFor();
    const arrives = sent(page);
    await press(page, "1", "Control+Enter");
    await arrives;
  }

  await page.getByText("1 passage changed since v1, which you read last.").waitFor();
  await page.locator("ins", { hasText: "insults" }).waitFor();
  await page.locator("del", { hasText: "hurts" }).waitFor();
  await press(page, "Control+Enter");
  await material(page).getByText("Letter 3.").waitFor();
});

test("time counts while somebody is at work, not while the task waited its turn", async () => {
  const id = await project({ name: "Time", questions: [TONE], tasks: letters(2) });
  const { page } = await annotator(browser);
  await sitDown(page, id);
  await page.waitForTimeout(1500);
  let arrives = sent(page);
  await press(page, "1", "Control+Enter");
  await arrives;
  await material(page).getByText("Letter 2.").waitFor();
  arrives = sent(page);
  await press(page, "1", "Control+Enter");
  await arrives;

  const times = (await stored(id)).map(({ annotations }) => annotations[0]?.active_ms ?? 0);
  expect(times[0]).toBeGreaterThanOrEqual(1400);
  expect(times[1]).toBeLessThan(times[0] as number);
});

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function violations(page: Page): Promise<string[]> {
  // The page's policy allows no script of another origin; what the browser's own tools run is not bound by it.
  await page
    .evaluate((source) => new Function(source).call(window), axe)
    .catch(() => page.addScriptTag({ content: axe }));
  return page.evaluate(async () => {
    const { run } = (
      window as unknown as {
        axe: { run: (root: Document) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      }
    ).axe;
    const found = (await run(document)).violations;
    return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  });
}

test.each(["light", "dark"] as const)(
  "axe finds nothing in the %s theme, dialogs and guidelines included",
  async (colorScheme) => {
    const id = await project({
      name: `Axe ${colorScheme}`,
      inputs: [
        { name: "chat", kind: "chat" },
        { name: "notes", kind: "markdown" },
      ],
      questions: [
        TONE,
        {
          name: "better",
          kind: "pairwise",
          text: "Which is better?",
          target: { each: "turn", of: "chat" },
          shuffle: true,
          settings: { strength: 2, ties: ["same", "both_bad"] },
          allow: ["cannot_answer"],
          confidence: "optional",
          justification: "required",
        },
        {
          name: "clear",
          kind: "rating",
          text: "Clear?",
          target: { each: "response", of: "chat" },
          settings: { levels: 5 },
        },
        {
          name: "topics",
          kind: "multi_choice",
          text: "Topics?",
          help: "See guideline#tone.",
          settings: { ...options("money", "people"), min: 0 },
        },
      ],
      tasks: [
        {
          chat: { prompt: "Rain?", responses: ["No *rain*.", "Rain."] },
          notes: "# Rules\n\n- one\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        },
      ],
      more: { guideline: "# Tone\n\nHarsh is what hurts." },
    });
    const { page } = await annotator(browser, { colorScheme });
    await page.goto(page.url().replace(/\/$/, `/projects/${id}/label`));
    await page.getByText("Harsh is what hurts.").waitFor();
    expect(await violations(page)).toEqual([]);
    await press(page, "Control+Enter");
    await material(page).waitFor();

    await press(page, "1", "2", "D");
    expect(await violations(page)).toEqual([]);
    await press(page, "G");
    await page.getByRole("complementary", { name: "Guidelines" }).waitFor();
    expect(await violations(page)).toEqual([]);
    for (const key of ["Shift+S", "Shift+M", "?"]) {
      await press(page, key);
      await page.getByRole("dialog").waitFor();
      expect(await violations(page)).toEqual([]);
      await press(page, "Escape");
    }
  },
);

test("at 1280 × 720 and with text twice as large nothing of the bars is cut off", async () => {
  const id = await project({ name: "A project with a rather long name", questions: [TONE], tasks: letters(2) });
  const { page } = await annotator(browser, { width: 1280, height: 720 });
  await sitDown(page, id);
  await press(page, "1");
  await page.getByText("Draft saved").waitFor();

  const overflowing = () =>
    page.evaluate(() =>
      [".work", ".wtop", ".wbot", ".panel"].filter((name) => {
        const element = document.querySelector(name);
        return element !== null && element.scrollWidth > element.clientWidth + 1;
      }),
    );
  expect(await overflowing()).toEqual([]);
  await page.evaluate(() => {
    document.documentElement.style.fontSize = "200%";
  });
  expect(await overflowing()).toEqual([]);
  expect(await page.getByRole("button", { name: /^Submit/ }).isVisible()).toBe(true);
});

/** Words on the page that no translator has touched: texts and names, without keys and ids. */
const untranslatedOn = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const isSeen = (element: Element): boolean => element.checkVisibility() && !element.closest("kbd, .mono, .who");
    const texts: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.parentElement && isSeen(node.parentElement)) texts.push(node.nodeValue ?? "");
    }
    for (const element of document.querySelectorAll("[aria-label], [title]")) {
      if (isSeen(element)) texts.push(element.getAttribute("aria-label") ?? element.getAttribute("title") ?? "");
    }
    return texts.filter((text) => /[A-Za-z]{2}/.test(text) && !/[^\s -~]/.test(text));
  });

test("right to left the panel stands on the left, and in the language of tests no word is left in English", async () => {
  const tone = {
    ...TONE,
    text: "؟",
    settings: {
      options: [
        { value: "a", text: "١" },
        { value: "b", text: "٢" },
      ],
    },
  };
  const id = await project({ name: "٣", questions: [tone], tasks: [{ text: "١٢٣" }], more: { guideline: "٤" } });
  const { page } = await annotator(browser);
  await page.evaluate(async () => {
    const { csrf } = await (await fetch("/api/v1/session")).json();
    const headers = { "content-type": "application/json", "x-csrf-token": csrf };
    await fetch("/api/v1/session/preferences", {
      method: "PATCH",
      headers,
      body: JSON.stringify({ language: "pseudo" }),
    });
  });
  await page.goto(page.url().replace(/\/$/, `/projects/${id}/label`));
  await page.getByText("٤").first().waitFor();
  expect(await untranslatedOn(page)).toEqual([]);
  await press(page, "Control+Enter");
  await material(page).waitFor();
  expect(await untranslatedOn(page)).toEqual([]);

  const left = async () => (await page.locator(".panel:visible").boundingBox())?.x ?? -1;
  expect(await left()).toBeGreaterThan(700);
  await page.evaluate(() => {
    document.documentElement.dir = "rtl";
  });
  expect(await left()).toBeLessThan(10);
});

test("without a keyboard nothing is said about keys, and nothing lies over anything", async () => {
  const labels = [
    { value: "person", text: "Person" },
    { value: "place", text: "Place" },
  ];
  const spans = await project({
    name: "Fingers",
    questions: [{ name: "names", kind: "span", text: "Names?", settings: { labels } }],
    tasks: letters(1),
  });
  const pair = await project({
    name: "Two for fingers",
    inputs: ["left", "right"].map((name) => ({ name, kind: "text" })),
    questions: [
      {
        name: "better",
        kind: "pairwise",
        text: "Which?",
        settings: { compare: "input", ties: ["same", "both_bad"] },
      },
    ],
    tasks: [{ left: "One.", right: "Two." }],
  });
  const { page } = await annotator(browser, { width: 820, height: 1180, hasTouch: true });

  await sitDown(page, spans);
  const label = await page.getByRole("toolbar").getByRole("button", { name: "Place" }).boundingBox();
  expect(label?.height).toBeGreaterThanOrEqual(40);
  expect(await page.getByText("then drag, or").isVisible()).toBe(false);

  await sitDown(page, pair);
  const apart = await page.getByRole("button", { name: "Both unusable" }).boundingBox();
  const scale = await page.getByRole("radio", { name: "B is better" }).boundingBox();
  expect((apart?.y ?? 0) + (apart?.height ?? 0)).toBeLessThanOrEqual(scale?.y ?? 0);
});

test("on a tablet the panel is a sheet at the foot, with targets as large as a finger", async () => {
  const id = await project({ name: "Tablet", questions: [TONE], tasks: letters(1) });
  const { page } = await annotator(browser, { width: 820, height: 1180, hasTouch: true });
  await sitDown(page, id);

  const panel = await page.locator(".panel:visible").boundingBox();
  expect(panel?.x).toBe(0);
  expect(panel?.y).toBeGreaterThan(400);
  const option = await page.getByRole("radio", { name: "Kind" }).boundingBox();
  expect(option?.height).toBeGreaterThanOrEqual(44);
  await page.getByRole("radio", { name: "Kind" }).tap();
  const arrives = sent(page);
  await page.getByRole("button", { name: /^Submit/ }).tap();
  await arrives;
});
