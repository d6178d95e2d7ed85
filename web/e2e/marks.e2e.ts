/** Passages of texts and boxes on pictures: made by keys and by mouse, and stored as the server counts them. */
import { readFileSync } from "node:fs";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { annotator, api, material, openBrowser, press, project, sitDown, values } from "./world";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

const LABELS = [
  { value: "org", text: "Firm" },
  { value: "person", text: "Person" },
];
const spans = (settings: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => ({
  name: "who",
  kind: "span",
  text: "Who is named?",
  settings: { labels: LABELS, snap: "word", ...settings },
  ...more,
});

async function submit(page: Page): Promise<void> {
  const arrives = page.waitForResponse((answer) => answer.url().endsWith("/annotations"));
  await press(page, "Control+Enter");
  expect((await arrives).ok()).toBe(true);
}

test("by keys: a word is found, widened, marked, corrected, and counted in code points", async () => {
  const id = await project({
    name: "Names",
    questions: [spans()],
    tasks: [{ text: "💩 Acme Corp sued Globex and Zoë Müller." }],
  });
  const { page } = await annotator(browser);
  await sitDown(page, id);

  await press(page, "ArrowRight", "ArrowRight", "Shift+ArrowRight", "1");
  await press(page, "ArrowRight", "ArrowRight", "1", "ArrowRight", "2", "Delete");
  await press(page, "ArrowRight", "Shift+ArrowRight", "2");
  await submit(page);

  const { who } = await values(id);
  const found = (who as { regions: { label: string; ranges: number[][] }[] }).regions;
  const text = [..."💩 Acme Corp sued Globex and Zoë Müller."];
  expect(found.map(({ label, ranges }) => [label, ...ranges.map(([a, b]) => text.slice(a, b).join(""))])).toEqual([
    ["org", "Acme Corp"],
    ["org", "Globex"],
    ["person", "Zoë Müller"],
  ]);
});

/** Selects from the middle of one word to the middle of another, as a hand does. */
async function dragOver(page: Page, from: Locator, to: Locator = from): Promise<void> {
  const [a, b] = [await from.boundingBox(), await to.boundingBox()];
  if (!a || !b) throw new Error("the words are not on the page");
  await page.mouse.move(a.x + 3, a.y + a.height / 2);
  await page.mouse.down();
  await page.mouse.move((a.x + b.x + b.width) / 2, b.y + b.height / 2);
  await page.mouse.move(b.x + b.width - 3, b.y + b.height / 2);
  await page.mouse.up();
}

test("by mouse: in rendered Markdown what is marked are offsets of the source", async () => {
  const source = "The **north pier** closes &amp; the `ferry` waits.";
  const id = await project({
    name: "Piers",
    inputs: [{ name: "notes", kind: "markdown" }],
    questions: [spans()],
    tasks: [{ notes: source }],
  });
  const { page } = await annotator(browser);
  await sitDown(page, id);

  await dragOver(page, material(page).locator("strong"));
  await press(page, "2", "Escape", "Escape", "1");
  await material(page).locator("code").dblclick();
  await submit(page);

  const { who } = await values(id);
  const at = (words: string) => [source.indexOf(words), source.indexOf(words) + words.length];
  expect(who).toEqual({
    regions: [
      { id: "k1", label: "person", ranges: [at("north pier")] },
      { id: "k2", label: "org", ranges: [at("ferry")] },
    ],
  });
});

test("formulas are drawn and marked whole; a picture that lies elsewhere is named, and nobody is asked for it", async () => {
  const source =
    "Energy is $E = mc^2$, as\n\n$$\n\\int_0^1 x\\,dx\n$$\n\n![a map of the port](http://pictures.example/map.png)";
  const id = await project({
    name: "Formulas",
    inputs: [
      { name: "notes", kind: "markdown" },
      { name: "page", kind: "html" },
    ],
    questions: [spans({}, { target: { input: "notes" } })],
    tasks: [{ notes: source, page: '<p>See <img src="http://pictures.example/chart.png" alt="a chart"></p>' }],
  });
  const { page } = await annotator(browser);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  const complaints: string[] = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await sitDown(page, id);

  await material(page).locator(".formula.display .katex-html").waitFor();
  await material(page).getByRole("img", { name: "Picture, not shown: a map of the port" }).waitFor();
  await material(page).getByText("http://pictures.example/map.png").waitFor();
  await material(page).getByRole("img", { name: "Picture, not shown: a chart" }).waitFor();
  await press(page, "1");
  await dragOver(page, material(page).locator(".formula").first());
  await submit(page);

  const { who } = await values(id);
  const [region] = (who as { regions: { ranges: number[][] }[] }).regions;
  expect(region?.ranges).toEqual([[source.indexOf("$E"), source.indexOf("$, as") + 1]]);
  expect(asked.filter((url) => !url.startsWith(new URL(page.url()).origin) && !url.startsWith("blob:"))).toEqual([]);
  expect(complaints).toEqual([]);
});

test("in a conversation a mark names the block that it lies in", async () => {
  const id = await project({
    name: "Replies",
    inputs: [{ name: "chat", kind: "chat" }],
    questions: [spans()],
    tasks: [{ chat: { prompt: "Is Acme safe?", responses: ["Acme is *safe*."] } }],
  });
  const { page } = await annotator(browser);
  await sitDown(page, id);

  await material(page).locator("em").dblclick();
  await submit(page);

  const { who } = await values(id);
  const [region] = (who as { regions: { on: string; ranges: number[][] }[] }).regions;
  expect(region).toMatchObject({ ranges: [[9, 13]] });
  expect(region?.on).toMatch(/^chat\/\w+\/0$/);
});

test("what may not overlap says so, and a question about a mark stands there for the one that is selected", async () => {
  const id = await project({
    name: "Feelings",
    questions: [
      spans({ overlap: "forbid" }),
      { name: "feeling", kind: "rating", text: "How?", target: { each: "region", of: "who" }, settings: { levels: 3 } },
    ],
    tasks: [{ text: "Acme praised Globex." }],
  });
  const { page } = await annotator(browser);
  await sitDown(page, id);
  const rows = page.getByRole("list", { name: "Who is named?" }).getByRole("listitem");

  await press(page, "ArrowRight", "Shift+ArrowRight", "1", "Escape", "Escape", "ArrowRight", "2");
  await page.getByText("Spans may not overlap here").waitFor();
  expect(await rows.count()).toBe(1);
  await press(page, "Escape", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "2");
  expect(await rows.allTextContents()).toEqual(["Acme praisedFirm", "GlobexPerson"]);
  const feeling = page.getByRole("region", { name: "How?" });
  await feeling.getByText("Globex").waitFor();
  await press(page, "N", "3", "[", "N", "1");
  await rows.first().getByRole("button").first().click();
  await feeling.getByText("Acme praised").waitFor();
});

const PICTURE = readFileSync(new URL("../../docs/images/workspace.png", import.meta.url));
const SIZE = { width: PICTURE.readUInt32BE(16), height: PICTURE.readUInt32BE(20) };

/** A project of one picture. */
async function pictures(settings: Record<string, unknown> = {}): Promise<string> {
  const ontology = {
    format: "evenhand-ontology/1",
    name: "things",
    language: "en",
    inputs: [{ name: "photo", kind: "image" }],
    questions: [
      { name: "things", kind: "box", text: "What is there?", settings: { labels: LABELS, ...settings } },
      {
        name: "hidden",
        kind: "choice",
        text: "Is it hidden?",
        target: { each: "region", of: "things" },
        settings: { options: [{ value: "no" }, { value: "partly" }] },
      },
    ],
  };
  const { id } = await api<{ id: string }>("POST", "/projects", { name: "Things", ontology });
  const { url, key } = inject("place");
  const sent = await fetch(`${url}/api/v1/projects/${id}/images`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "image/png", "x-file-name": "page.png" },
    body: PICTURE,
  });
  if (!sent.ok) throw new Error(await sent.text());
  return id;
}

/** The picture once it is seen, and where a pixel of it lies on the screen. */
async function stageOf(page: Page): Promise<(x: number, y: number) => [number, number]> {
  const stage = material(page).locator(".picture");
  await stage.locator("img.picture-image").waitFor();
  const box = await stage.boundingBox();
  const [scale, left, top] = await stage.evaluate((element) =>
    ["--scale", "--x", "--y"].map((name) => Number(getComputedStyle(element).getPropertyValue(name))),
  );
  return (x, y) => [(box?.x ?? 0) + (left ?? 0) + x * (scale ?? 1), (box?.y ?? 0) + (top ?? 0) + y * (scale ?? 1)];
}

async function drag(page: Page, from: [number, number], to: [number, number]): Promise<void> {
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2);
  await page.mouse.move(...to);
  await page.mouse.up();
}

test("by keys: a box begins in the middle, is moved and sized by pixels, named, and asked about", async () => {
  const id = await pictures();
  const { page } = await annotator(browser);
  await sitDown(page, id);
  await stageOf(page);

  await press(page, "B", "2", "ArrowRight", "Shift+ArrowUp", "Control+ArrowRight", "Control+Shift+ArrowDown");
  await press(page, "N", "2");
  await submit(page);

  const side = Math.round(Math.min(SIZE.width, SIZE.height) / 4);
  const [x, y] = [Math.round((SIZE.width - side) / 2) + 1, Math.round((SIZE.height - side) / 2) - 10];
  expect(await values(id)).toEqual({
    things: { regions: [{ id: "k1", label: "person", x, y, w: side + 1, h: side + 10 }] },
    hidden: "partly",
  });
});

test("by mouse: a box is drawn, moved, sized by a grip, and kept in pixels of the picture at any zoom", async () => {
  const id = await pictures();
  const { page } = await annotator(browser);
  await sitDown(page, id);
  let at = await stageOf(page);

  await drag(page, at(100, 100), at(300, 250));
  await drag(page, at(200, 200), at(240, 220));
  await page.mouse.move(...at(340, 270));
  for (let turn = 0; turn < 3; turn += 1) await page.mouse.wheel(0, -300);
  at = await stageOf(page);
  await drag(page, at(340, 270), at(360, 300));
  await press(page, "N", "1");
  await submit(page);

  const { things } = await values(id);
  const [box] = (things as { regions: Record<string, number>[] }).regions;
  for (const [side, value] of Object.entries({ x: 140, y: 120, w: 220, h: 180 })) {
    expect(Math.abs((box?.[side] ?? 0) - value), side).toBeLessThan(3);
  }
});

test("a turned box, undo, and nothing to mark", async () => {
  const id = await pictures({ rotate: true });
  const { page } = await annotator(browser);
  await sitDown(page, id);
  const at = await stageOf(page);
  const rows = page.getByRole("list", { name: "Boxes" }).getByRole("listitem");

  await press(page, "O");
  await drag(page, at(400, 300), at(600, 400));
  await page.mouse.move(...at(560, 480));
  await page.mouse.down();
  await page.mouse.up();
  expect(await rows.count()).toBe(1);
  await press(page, "Control+z");
  expect(await rows.count()).toBe(0);
  await press(page, "0");
  await submit(page);

  expect(await values(id)).toEqual({ things: { regions: [] } });
});

test.each(["light", "dark"] as const)(
  "in the %s theme a text with marks and a picture with boxes have no barrier",
  async (theme) => {
    const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
    const barriers = async (page: Page): Promise<unknown[]> => {
      await page.evaluate(axe);
      return page.evaluate(async () => {
        const run = (
          globalThis as unknown as { axe: { run: () => Promise<{ violations: { impact: string; id: string }[] }> } }
        ).axe.run;
        return (await run()).violations
          .filter(({ impact }) => ["serious", "critical"].includes(impact))
          .map(({ id }) => id);
      });
    };
    const text = await project({ name: "Names", questions: [spans()], tasks: [{ text: "Acme Corp sued Globex." }] });
    const { page } = await annotator(browser, { colorScheme: theme });
    await sitDown(page, text);
    await press(page, "ArrowRight", "Shift+ArrowRight", "1");
    expect(await barriers(page)).toEqual([]);

    await sitDown(page, await pictures());
    await stageOf(page);
    await press(page, "B", "C");
    expect(await barriers(page)).toEqual([]);
  },
);
