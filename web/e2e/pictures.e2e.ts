/** Pictures in messages: in their place before they are there, enlarged by keys, and drawn wherever the conversation is read. */
import { readFileSync } from "node:fs";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { somebody, wellBehaved } from "./managers";
import { annotator, api, material, openBrowser, press, project, sitDown, TONE, values } from "./world";

const PICTURE = readFileSync(new URL("../../docs/images/workspace.png", import.meta.url));
const SIZE = { width: PICTURE.readUInt32BE(16), height: PICTURE.readUInt32BE(20) };
const ADDRESS = `data:image/png;base64,${PICTURE.toString("base64")}`;
const AXE = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

/** A project of one conversation: a question about a picture, and a tool that gives one back. */
function talk(): Promise<string> {
  const asked = [
    { type: "text", text: "What does this screen show?" },
    { type: "image", url: ADDRESS, alt: "A screen with a letter" },
  ];
  const call = { type: "tool_call", id: "c1", name: "crop", arguments: { part: "left" } };
  const result = { type: "tool_result", call: "c1", content: [{ type: "image", data: ADDRESS, alt: "Its left part" }] };
  return project({
    name: "Screens",
    inputs: [{ name: "chat", kind: "chat" }],
    questions: [TONE],
    tasks: [
      {
        chat: [
          { role: "user", content: asked },
          { role: "assistant", content: [call, result, { type: "text", text: "A letter, and two buttons." }] },
        ],
      },
    ],
  });
}

const enlarging = (where: Page | Locator, name: string) => where.getByRole("button", { name: `Enlarge: ${name}` });

test("a picture's place is kept before it is there, and nothing moves when it comes", async () => {
  const id = await talk();
  const { page } = await annotator(browser);
  let release = (): void => undefined;
  const held = new Promise<void>((done) => {
    release = done;
  });
  const asked: string[] = [];
  await page.route("**/media/**", async (route) => {
    asked.push(new URL(route.request().url()).pathname);
    await held;
    await route.continue();
  });
  await sitDown(page, id);
  const button = enlarging(material(page), "A screen with a letter");
  const below = material(page).getByText("A letter, and two buttons.");
  await button.waitFor();
  const before = [await button.boundingBox(), await below.boundingBox()];
  expect(await button.locator("img").count()).toBe(0);

  release();
  await button.locator("img").waitFor();
  await enlarging(material(page), "Its left part").locator("img").waitFor();

  expect([await button.boundingBox(), await below.boundingBox()]).toEqual(before);
  const [box] = before;
  expect((box?.width ?? 0) / (box?.height ?? 1)).toBeCloseTo(SIZE.width / SIZE.height, 1);
  expect(new Set(asked.map((path) => path.split("/").at(-1)))).toEqual(new Set(["chat"]));
});

test("by keys: a picture is opened, enlarged, fitted and closed, and the task answered", async () => {
  const id = await talk();
  const { page } = await annotator(browser);
  await sitDown(page, id);
  const button = enlarging(material(page), "A screen with a letter");
  await button.locator("img").waitFor();

  await button.focus();
  await press(page, "Enter");
  const dialog = page.getByRole("dialog", { name: "A screen with a letter" });
  const scale = async (): Promise<number> =>
    Number.parseFloat((await dialog.locator(".picture-scale").textContent()) ?? "");
  await dialog.locator("img.picture-image").waitFor();
  const fitted = await scale();
  const [seen, stage] = [
    await dialog.locator("img.picture-image").boundingBox(),
    await dialog.locator(".picture").boundingBox(),
  ];
  expect(seen && stage && seen.x >= stage.x && seen.x + seen.width <= stage.x + stage.width).toBe(true);
  await press(page, "+", "+");
  const enlarged = await scale();
  await press(page, "f");
  const again = await scale();
  await press(page, "Escape");
  await dialog.waitFor({ state: "detached" });

  expect(enlarged).toBeGreaterThan(fitted * 1.5);
  expect(again).toBe(fitted);
  expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
  const arrives = page.waitForResponse((answer) => answer.url().endsWith("/annotations"));
  await press(page, "1", "Control+Enter");
  expect((await arrives).ok()).toBe(true);
  expect(await values(id)).toEqual({ tone: "kind" });
});

test.each(["light", "dark"] as const)("in the %s theme nothing about it is a barrier, open or not", async (theme) => {
  const id = await talk();
  const { page } = await annotator(browser, { colorScheme: theme });
  const serious = async (): Promise<string[]> => {
    await page.evaluate(AXE);
    return page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run: () => Promise<{ violations: { impact: string; id: string }[] }> };
      };
      const { violations } = await axe.run();
      return violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).map((each) => each.id);
    });
  };
  await sitDown(page, id);
  const button = enlarging(material(page), "A screen with a letter");
  await button.locator("img").waitFor();
  expect(await serious()).toEqual([]);

  await button.click();
  await page.getByRole("dialog").locator("img.picture-image").waitFor();

  expect(await serious()).toEqual([]);
});

test("whoever reads the task sees its pictures, and so does whoever tries the questions on it", async () => {
  const id = await talk();
  const page = await somebody(browser, "owner");
  const { items } = await api<{ items: { id: string }[] }>("GET", `/projects/${id}/tasks`);

  await page.goto(`${inject("place").url}/projects/${id}/tasks?task=${items[0]?.id}`);
  await enlarging(page, "A screen with a letter").locator("img").waitFor();
  await enlarging(page, "Its left part").locator("img").waitFor();
  await page.goto(`${inject("place").url}/projects/${id}/questions`);
  await page.getByRole("button", { name: "Try on a real task" }).click();
  await enlarging(page, "A screen with a letter").locator("img").waitFor();

  wellBehaved(page);
});
