/** Recordings: segments by mouse and by keys, heard as they are marked, and stored as the server counts them. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { serious } from "./axe";
import { annotator, api, material, openBrowser, press, sitDown, values } from "./world";

const SHARED = process.env.EVENHAND_SHARED ?? join(import.meta.dirname, "../../../shared");
const SENTENCE = join(SHARED, "data/samples/audio/bobby.wav");
const SAMPLES = 57_342;
const RATE = 48_000;

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

/** A project of one real recording, as a preset asks about it. */
async function recordings(preset: string): Promise<string> {
  const { id } = await api<{ id: string }>("POST", "/projects", { name: `Heard: ${preset}`, preset: { preset } });
  const { url, key } = inject("place");
  const sent = await fetch(`${url}/api/v1/projects/${id}/images`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "audio/wav", "x-file-name": "bobby.wav" },
    body: readFileSync(SENTENCE),
  });
  if (!sent.ok) throw new Error(await sent.text());
  return id;
}

/** An annotator in front of the recording, once its curve is drawn, and where a tick lies on it. */
async function seated(id: string): Promise<{ page: Page; at: (tick: number) => [number, number] }> {
  const { page } = await annotator(browser, { width: 1280, height: 720 });
  page.setDefaultTimeout(20_000);
  await sitDown(page, id);
  const wave = material(page).locator(".wave");
  await wave.waitFor();
  await expect.poll(() => inkOf(page), { timeout: 10_000 }).toBeGreaterThan(1_000);
  const box = await wave.boundingBox();
  if (!box) throw new Error("no curve");
  return { page, at: (tick) => [box.x + (tick / SAMPLES) * box.width, box.y + box.height / 2] };
}

/** How many pixels of the curve are drawn. */
function inkOf(page: Page): Promise<number> {
  return page.locator("canvas.wave-curve").evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    let count = 0;
    for (let at = 3; at < data.length; at += 4) if ((data[at] ?? 0) > 0) count += 1;
    return count;
  });
}

async function drag(page: Page, from: [number, number], to: [number, number]): Promise<void> {
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2);
  await page.mouse.move(...to);
  await page.mouse.up();
}

async function submit(page: Page): Promise<void> {
  const arrives = page.waitForResponse((answer) => answer.url().endsWith("/annotations"));
  await press(page, "Control+Enter");
  const answer = await arrives;
  if (!answer.ok()) throw new Error(await answer.text());
}

/** Nothing that axe calls serious; where SHOTS names a folder, what it looks like goes there, light and dark. */
async function looks(page: Page, name: string): Promise<void> {
  const folder = process.env.SHOTS;
  if (folder) mkdirSync(folder, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    if (folder) await page.screenshot({ path: `${folder}/${name}-${colorScheme}.png` });
    expect(await serious(page)).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

interface Segment {
  id: string;
  label: string;
  start: number;
  end: number;
}

async function segments(id: string): Promise<Segment[]> {
  const { events } = await values(id);
  return (events as unknown as { regions: Segment[] }).regions;
}

/** A pixel of the curve is so many ticks wide, at least. */
const NEAR = 150;

test.skipIf(!existsSync(SENTENCE))("segments by mouse: dragged, stretched, moved, and played", async () => {
  const id = await recordings("audio-events");
  const { page, at } = await seated(id);

  await drag(page, at(3_000), at(20_000));
  await press(page, "2");
  await drag(page, at(30_000), at(40_000));
  await press(page, "1");
  const lane = material(page).locator(".lane");
  const grip = await lane.locator(".lane-grip.end").boundingBox();
  const y = (grip?.y ?? 0) + 10;
  await drag(page, [at(40_000)[0] - 2, y], [at(45_000)[0] - 2, y]);
  await looks(page, "time-segment");
  const bar = await lane.locator(".lane-bar").first().boundingBox();
  await drag(page, [at(10_000)[0], (bar?.y ?? 0) + 10], [at(12_000)[0], (bar?.y ?? 0) + 10]);
  await press(page, "Enter");
  await expect.poll(() => page.locator(".sound-clock").textContent(), { timeout: 5_000 }).toContain("0:00.4");
  await submit(page);

  const [music, speech] = await segments(id);
  expect([music?.label, speech?.label]).toEqual(["music", "speech"]);
  for (const [found, wanted] of [
    [music?.start, 5_000],
    [music?.end, 22_000],
    [speech?.start, 30_000],
    [speech?.end, 45_000],
  ] as const) {
    expect(Math.abs((found ?? 0) - wanted)).toBeLessThan(NEAR);
  }
});

test.skipIf(!existsSync(SENTENCE))(
  "segments by keys alone: begun, ended, walked to, moved, heard and removed",
  async () => {
    const id = await recordings("audio-events");
    const { page } = await seated(id);
    const tenth = RATE / 10;

    await press(page, ".", ".", "I", ".", ".", ".", "O", "3");
    await press(page, "ArrowRight", "Shift+ArrowRight", "Escape");
    await press(page, "I", ".", "O", "Delete");
    await press(page, ".", ".", "I", ".", ".", "O", "1", "[", "Z", "W");
    await press(page, "Space");
    await expect.poll(() => page.locator(".sound-clock").textContent(), { timeout: 5_000 }).toContain("0:01.195 /");
    await press(page, "Shift+Space");
    expect(await page.locator(".sound-clock").textContent()).toContain("0:00.000");
    await submit(page);

    expect(await segments(id)).toEqual([
      { id: "k1", label: "alarm", start: 2 * tenth + 5_280, end: 5 * tenth + 5_280 },
      { id: "k2", label: "speech", start: 8 * tenth, end: 10 * tenth },
    ]);
  },
);

test.skipIf(!existsSync(SENTENCE))(
  "a transcript by mouse and by keys: cut, written while it plays, by whom",
  async () => {
    const id = await recordings("transcription");
    const { page, at } = await seated(id);
    const clock = page.locator(".sound-clock");
    const caretIn = (): Promise<string | undefined> =>
      page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.segment);
    await looks(page, "transcript-empty");

    await drag(page, at(3_000), at(20_000));
    await page.keyboard.type("Bobby did");
    await press(page, "Tab");
    await expect.poll(() => clock.textContent(), { timeout: 5_000 }).toContain("0:00.4");
    await press(page, "Shift+Tab");
    expect(await clock.textContent()).toContain("0:00.000");
    await press(page, "Alt+2");
    await page.getByRole("button", { name: "[noise]" }).click();
    expect(await caretIn()).toBe("k1");
    // Out of the field, then out of the segment: letters are keys again.
    await press(page, "Escape", "Escape", ".", ".", ".", ".", ".", "I", ".", ".", ".", ".", ".", "O");
    expect(await caretIn()).toBe("k2");
    await page.keyboard.insertText("مرحبا");
    const field = page.locator("[data-segment=k2]");
    expect(await field.evaluate((element) => getComputedStyle(element).direction)).toBe("rtl");
    // Enter that ends a word of an input method is its own.
    await field.evaluate((element) =>
      element.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true })),
    );
    expect(await caretIn()).toBe("k2");
    await press(page, "Shift+Enter");
    expect(await caretIn()).toBe("k1");
    await page.keyboard.type(" it.");
    await press(page, "Enter", "Alt+1");
    expect(await caretIn()).toBe("k2");
    await looks(page, "transcript");
    await page.getByRole("radio", { name: "Clean" }).click();
    await submit(page);

    const { words, noise } = (await values(id)) as unknown as { words: { segments: Segment[] }; noise: string };
    const [first, second] = words.segments;
    expect({ ...first, start: 0, end: 0 }).toEqual({
      id: "k1",
      start: 0,
      end: 0,
      speaker: "B",
      text: "Bobby did [noise] it.",
    });
    expect(Math.abs((first?.start ?? 0) - 3_000)).toBeLessThan(NEAR);
    expect(Math.abs((first?.end ?? 0) - 20_000)).toBeLessThan(NEAR);
    expect(second).toEqual({ id: "k2", start: RATE / 2, end: RATE, speaker: "A", text: "مرحبا" });
    expect(noise).toBe("clean");
  },
);
