/** Outlines, lines, ellipses, masks and points on pictures: made by keys and by mouse, and stored as the server counts them. */
import { mkdirSync, readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { serious } from "./axe";
import { annotator, api, material, openBrowser, press, sitDown, values } from "./world";

const PICTURE = readFileSync(new URL("../../docs/images/workspace.png", import.meta.url));
const SIZE = { width: PICTURE.readUInt32BE(16), height: PICTURE.readUInt32BE(20) };
const LABELS = [
  { value: "lake", text: "Lake" },
  { value: "wood", text: "Wood" },
];

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

/** A project of one picture and one question that draws on it; with a question about each region where one is asked for. */
async function pictures(kind: string, settings: Record<string, unknown> = {}, isAsked = false): Promise<string> {
  const about = {
    name: "clear",
    kind: "choice",
    text: "Is its edge clear?",
    target: { each: "region", of: "things" },
    settings: { options: [{ value: "no" }, { value: "yes" }] },
  };
  const drawn = { name: "things", kind, text: "What is there?", settings: { labels: LABELS, ...settings } };
  const ontology = {
    format: "evenhand-ontology/1",
    name: "things",
    language: "en",
    inputs: [{ name: "photo", kind: "image" }],
    questions: isAsked ? [drawn, about] : [drawn],
  };
  const { id } = await api<{ id: string }>("POST", "/projects", { name: `Things: ${kind}`, ontology });
  const { url, key } = inject("place");
  const sent = await fetch(`${url}/api/v1/projects/${id}/images`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "image/png", "x-file-name": "page.png" },
    body: PICTURE,
  });
  if (!sent.ok) throw new Error(await sent.text());
  return id;
}

type Place = (x: number, y: number) => [number, number];

/** An annotator in front of the picture, and where a pixel of it lies on the screen. */
async function seated(id: string): Promise<{ page: Page; at: Place }> {
  const { page } = await annotator(browser, { width: 1280, height: 720 });
  page.setDefaultTimeout(20_000);
  await sitDown(page, id);
  return { page, at: await placeIn(page) };
}

async function placeIn(page: Page): Promise<Place> {
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

async function click(page: Page, ...points: [number, number][]): Promise<void> {
  for (const point of points) await page.mouse.click(...point);
}

async function submit(page: Page): Promise<void> {
  const arrives = page.waitForResponse((answer) => answer.url().endsWith("/annotations"));
  await press(page, "Control+Enter");
  const answer = await arrives;
  if (!answer.ok()) throw new Error(await answer.text());
}

/** What is stored, its coordinates to whole pixels. */
async function regions(id: string): Promise<Record<string, unknown>[]> {
  const { things } = await values(id);
  const rounded = JSON.parse(JSON.stringify(things), (_, each) => (typeof each === "number" ? Math.round(each) : each));
  return rounded.regions;
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

/** Where a path begins that is made by keys. */
const MIDDLE = [Math.round(SIZE.width / 2), Math.round(SIZE.height / 2)] as const;

test("an outline by mouse: clicked round, a corner moved, one put in, a hole cut, and asked about", async () => {
  const id = await pictures("polygon", { holes: true }, true);
  const { page, at } = await seated(id);

  await click(page, at(100, 100), at(400, 100), at(400, 400), at(100, 400), at(100, 100));
  await drag(page, at(400, 400), at(450, 420));
  await drag(page, at(250, 100), at(250, 60));
  await press(page, "O");
  await click(page, at(200, 200), at(300, 200), at(300, 300));
  await looks(page, "polygon");
  await press(page, "Enter", "N", "2");
  await submit(page);

  const ring = [
    [100, 100],
    [250, 60],
    [400, 100],
    [450, 420],
    [100, 400],
  ];
  const [first, hole] = ringsOf((await regions(id))[0]);
  expect([...(first ?? []), ...(hole ?? [])].map(near)).toEqual(
    [...ring, [200, 200], [300, 300], [300, 200]].map(near),
  );
  expect((await values(id)).clear).toBe("yes");
});

test("an outline by keys alone: begun in the middle, walked round, a corner held and moved, and one taken back", async () => {
  const id = await pictures("polygon");
  const { page } = await seated(id);
  const [x, y] = MIDDLE;

  await press(page, "B", "Enter", "Shift+ArrowRight", "Enter", "Shift+ArrowDown", "Enter", "ArrowDown", "Enter");
  await press(page, "Backspace", "Shift+ArrowLeft", "Enter", "Enter");
  await press(page, "2", "J", "ArrowLeft", "ArrowUp");
  await submit(page);

  expect(await regions(id)).toEqual([
    {
      id: "k1",
      label: "wood",
      rings: [
        [
          [x - 1, y - 1],
          [x + 10, y],
          [x + 10, y + 10],
          [x, y + 10],
        ],
      ],
    },
  ]);
});

test("an outline whose sides cross is not taken, and where they do is said", async () => {
  const id = await pictures("polygon");
  const { page, at } = await seated(id);

  await click(page, at(100, 100), at(300, 300), at(300, 100), at(100, 300));
  await press(page, "Enter");
  await page.getByText(/^Sides cross at (199|200|201), (199|200|201)\./).waitFor();
  await press(page, "Backspace", "Backspace");
  await click(page, at(100, 300));
  await press(page, "Enter");
  await submit(page);

  expect(ringsOf((await regions(id))[0])[0]?.map(near)).toEqual(
    [
      [100, 100],
      [300, 300],
      [100, 300],
    ].map(near),
  );
});

test("a line by keys and one by mouse, the second brought back to where it began", async () => {
  const id = await pictures("polyline", { closed: "allow", directed: true });
  const { page, at } = await seated(id);
  const [x, y] = MIDDLE;

  await press(page, "B", "Enter", "Shift+ArrowRight", "Enter", "Shift+ArrowUp", "Enter", "Enter");
  await press(page, "2", "Escape");
  await click(page, at(100, 100), at(300, 100), at(300, 300), at(100, 100));
  await looks(page, "polyline");
  await submit(page);

  const [first, second] = await regions(id);
  expect(first).toEqual({
    id: "k1",
    label: "wood",
    points: [
      [x, y],
      [x + 10, y],
      [x + 10, y - 10],
    ],
  });
  expect(second?.closed).toBe(true);
  expect((second?.points as number[][] | undefined)?.map(near)).toEqual(
    [
      [100, 100],
      [300, 100],
      [300, 300],
    ].map(near),
  );
});

test("an ellipse by keys, turned, and one by mouse", async () => {
  const id = await pictures("ellipse", { rotate: true });
  const { page, at } = await seated(id);
  const [x, y] = MIDDLE;
  const side = Math.round(Math.min(SIZE.width, SIZE.height) / 4);

  await press(page, "B", "2", "Control+Shift+ArrowRight", "Control+Shift+ArrowRight", "E", "E", "Escape");
  await drag(page, at(100, 100), at(300, 200));
  await looks(page, "ellipse");
  await submit(page);

  const [turned, drawn] = await regions(id);
  expect(turned).toMatchObject({ label: "wood", ry: Math.round(side / 2), rx: Math.round(side / 2 + 10), rotation: 2 });
  expect(Math.abs((turned?.cx as number) - x - 10)).toBeLessThan(2);
  expect(Math.abs((turned?.cy as number) - y)).toBeLessThan(2);
  expect(drawn?.rotation).toBeUndefined();
  for (const [name, value] of Object.entries({ cx: 200, cy: 150, rx: 100, ry: 50 })) {
    expect(Math.abs((drawn?.[name] as number) - value), name).toBeLessThan(3);
  }
});

const SKELETON = {
  points: [
    { value: "head", text: "Head" },
    { value: "left_hand", text: "Left hand" },
    { value: "right_hand", text: "Right hand" },
  ],
  edges: [
    ["head", "left_hand"],
    ["head", "right_hand"],
  ],
  mirror: [["left_hand", "right_hand"]],
};

test("points of a skeleton by keys alone: set in their order, one hidden, one absent; then one is moved", async () => {
  const id = await pictures("keypoints", { skeleton: SKELETON });
  const { page } = await seated(id);
  const [x, y] = MIDDLE;

  await press(page, "B", "Enter", "O", "Shift+ArrowDown", "Enter", "U");
  await page.getByRole("button", { name: "1 Lake 2 of 3 points" }).waitFor();
  await press(page, "2", "J", "J", "ArrowLeft", "Shift+J", "O", "Escape", "Escape");
  await press(page, "B", "Enter", "Shift+U");
  await submit(page);

  expect(await regions(id)).toEqual([
    {
      id: "k1",
      label: "wood",
      points: { head: [x, y, "visible"], left_hand: [x - 1, y + 10, "visible"], right_hand: null },
    },
    { id: "k2", label: "wood", points: { head: [x, y, "visible"], left_hand: null, right_hand: null } },
  ]);
});

test("points of a skeleton by mouse: clicked by name, one dragged, left taken for right, an absent one set later", async () => {
  const id = await pictures("keypoints", { skeleton: SKELETON });
  const { page, at } = await seated(id);
  const points = page.getByRole("toolbar", { name: "Points" });

  await page.mouse.move(...at(400, 100));
  await click(page, at(400, 100));
  await points.getByRole("button", { name: "Head seen" }).waitFor();
  await click(page, at(300, 300));
  await press(page, "U");
  await drag(page, at(300, 300), at(320, 340));
  await press(page, "X");
  await points.getByRole("button", { name: "Left hand absent" }).click();
  await click(page, at(500, 300));
  await looks(page, "keypoints");
  await submit(page);

  const [thing] = await regions(id);
  const { head = [], left_hand = [], right_hand = [] } = (thing?.points ?? {}) as Record<string, unknown[]>;
  expect([head, left_hand, right_hand].map((each) => each[2])).toEqual(["visible", "visible", "visible"]);
  expect([head, left_hand, right_hand].map((each) => near(each.slice(0, 2) as number[]))).toEqual([
    [400, 100],
    [500, 300],
    [320, 340],
  ]);
});

function ringsOf(region: Record<string, unknown> | undefined): number[][][] {
  return (region?.rings ?? []) as number[][][];
}

/** The pixels of a mask, as [x, y, whether it is covered] can ask for them. */
function coverOf(region: Record<string, unknown> | undefined): (x: number, y: number) => boolean {
  const { size, counts } = (region?.rle ?? { size: [], counts: [] }) as { size: number[]; counts: number[] };
  return (x, y) => {
    let left = x * (size[0] ?? 0) + y;
    for (const [index, count] of counts.entries()) {
      if (left < count) return index % 2 === 1;
      left -= count;
    }
    return false;
  };
}

test("masks by mouse: brushed, the next takes what it paints over, an outline covered, and something erased", async () => {
  const id = await pictures("mask");
  const { page, at } = await seated(id);

  await drag(page, at(200, 200), at(400, 200));
  await press(page, "2");
  await drag(page, at(400, 150), at(400, 260));
  await press(page, "1", "P");
  await click(page, at(600, 300), at(800, 300), at(800, 400), at(600, 400), at(600, 300));
  await press(page, "E", "[", "[");
  await drag(page, at(700, 350), at(720, 350));
  await looks(page, "mask");
  await submit(page);

  const found = await regions(id);
  expect(found.map(({ id: each, label }) => [each, label])).toEqual([
    ["k1", "lake"],
    ["k2", "wood"],
    ["k3", "lake"],
  ]);
  const [lake, wood, pond] = found.map(coverOf);
  expect([lake?.(200, 200), lake?.(300, 200), lake?.(400, 200), lake?.(300, 260)]).toEqual([true, true, false, false]);
  expect([wood?.(400, 200), wood?.(400, 255), wood?.(300, 200)]).toEqual([true, true, false]);
  expect([pond?.(620, 310), pond?.(790, 390), pond?.(710, 350), pond?.(590, 350)]).toEqual([true, true, false, false]);
});

test("masks by keys alone: dabbed at the cross, the rest filled, so that every pixel has a class", async () => {
  const id = await pictures("mask", { complete: true });
  const { page } = await seated(id);
  const [x, y] = MIDDLE;

  await press(page, "]", "Enter", "Shift+ArrowRight", "Enter", "2", "U");
  for (let step = 0; step < 12; step += 1) await press(page, "Shift+ArrowDown");
  await press(page, "Enter");
  await page.getByText("Every pixel has a class").waitFor();
  await submit(page);

  const found = await regions(id);
  const [lake, wood] = found.map(coverOf);
  expect(found.map(({ label }) => label)).toEqual(["lake", "wood"]);
  expect([lake?.(x, y), lake?.(x + 10, y), lake?.(0, 0), wood?.(x, y), wood?.(0, 0)]).toEqual([
    true,
    true,
    false,
    false,
    true,
  ]);
  const covered = found.map(({ rle }) =>
    (rle as { counts: number[] }).counts.reduce((sum, n, i) => sum + (i % 2 ? n : 0), 0),
  );
  expect(covered.reduce((sum, n) => sum + n, 0)).toBe(SIZE.width * SIZE.height);
});

/** Mouse positions are whole pixels of the screen: what is stored may be a pixel or two beside. */
function near(point: number[]): number[] {
  return point.map((each) => Math.round(each / 5) * 5);
}
