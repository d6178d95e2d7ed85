/** Boxes in pixels of the upright image: geometry that the server computes alike, and acts as a person meets them. */
import { beforeEach, expect, test } from "vitest";
import type { OntologyBody } from "../api/contract";
import {
  addBox,
  type Box,
  between,
  boxOf,
  boxUnder,
  centerOf,
  contains,
  cornersOf,
  cutInside,
  envelopeOf,
  fromSide,
  grown,
  HANDLES,
  moved,
  onGrid,
  pushedInside,
  putBox,
  resized,
  snapped,
  turned,
  turnOnGrid,
} from "./boxes";
import { type Asked, Editor, type Region } from "./store";

const IMAGE = { width: 640, height: 480 };
let editor: Editor;
let asked: Asked;

function given(settings: Record<string, unknown> = {}): void {
  const ontology: OntologyBody = {
    format: "evenhand-ontology/1",
    name: "cars",
    language: "en",
    inputs: [{ name: "photo", kind: "image" }],
    questions: [{ name: "boxes", kind: "box", settings: { labels: [{ value: "car" }], ...settings } }],
  };
  editor = new Editor(ontology, { inputs: { photo: { blob: "b" } } });
  asked = editor.asked()[0] as Asked;
}
const stored = (): Region[] => editor.regions(asked.key);
const put = (box: Box, isMoved = false) => putBox(editor, asked, stored()[0] as Region, box, IMAGE, { isMoved });
const near = (points: { x: number; y: number }[]) =>
  points.map(({ x, y }) => [expect.closeTo(x, 9), expect.closeTo(y, 9)]);
const flat = (points: { x: number; y: number }[]) => points.map(({ x, y }) => [x, y]);

beforeEach(() => given());

test("coordinates lie on the grid of 1/1024 pixel, halves rounded up", () => {
  expect(onGrid(123.456789)).toBe(123.45703125);
  expect(onGrid(0.5 / 1024)).toBe(1 / 1024);
  expect(onGrid(-0.5 / 1024)).toBe(0);
  expect(Object.is(onGrid(-0.0001), 0)).toBe(true);
});

test("a turn lies in (-180, 180]", () => {
  expect([190, -190, 180, -180, 540, 0, 360].map(turnOnGrid)).toEqual([-170, 170, 180, 180, 180, 0, 0]);
});

test("a box that is not turned has no rotation", () => {
  expect(snapped({ x: 1, y: 2, w: 3, h: 4, rotation: 360 })).toEqual({ x: 1, y: 2, w: 3, h: 4 });
});

test("a turned box keeps its first corner first: 98, 39, 4 by 2, turned 90 degrees begins at 101, 38", () => {
  expect(flat(cornersOf({ x: 98, y: 39, w: 4, h: 2, rotation: 90 }))[0]).toEqual([101, 38]);
});

test("turning keeps the center, and four quarters change nothing", () => {
  const box = { x: 10, y: 20, w: 30, h: 8 };
  const quarters = [1, 2, 3, 4].reduce<Box>((each) => turned(each, 90), box);

  expect(centerOf(turned(box, 33))).toEqual(centerOf(box));
  expect(snapped(quarters)).toEqual(box);
});

test("what lies across a grip stays in its place, also on a turned box", () => {
  const across: Record<string, number[]> = {
    nw: [2],
    n: [2, 3],
    ne: [3],
    e: [0, 3],
    se: [0],
    s: [0, 1],
    sw: [1],
    w: [1, 2],
  };
  const box = { x: 100, y: 80, w: 40, h: 24, rotation: 30 };
  for (const handle of HANDLES) {
    const before = cornersOf(box);
    const after = cornersOf(resized(box, handle, { x: 131, y: 77 }));
    const kept = across[handle] as number[];
    expect(flat(kept.map((index) => after[index] as never))).toEqual(near(kept.map((index) => before[index] as never)));
  }
});

test("a grip dragged past the other side makes an empty box, never a box inside out", () => {
  const { w, h } = resized({ x: 10, y: 10, w: 5, h: 5 }, "se", { x: 0, y: 0 });

  expect([w, h]).toEqual([0, 0]);
});

test("keys make a turned box wider along its own side", () => {
  const box = { x: 100, y: 80, w: 40, h: 24, rotation: 90 };
  const wider = grown(box, 10, 0);

  expect([wider.w, wider.h]).toEqual([50, 24]);
  expect(flat([cornersOf(wider)[0] as never])).toEqual(near([cornersOf(box)[0] as never]));
});

test("a drag in any direction makes the same box; Shift makes it square; Alt grows it from its middle", () => {
  const [a, b] = [{ x: 10, y: 10 }, { x: 4, y: 30 }]; // biome-ignore format: a pair

  expect(between(a, b)).toEqual({ x: 4, y: 10, w: 6, h: 20 });
  expect(between(b, a)).toEqual(between(a, b));
  expect(between(a, b, { isSquare: true })).toEqual({ x: -10, y: 10, w: 20, h: 20 });
  expect(between(a, b, { isCentered: true })).toEqual({ x: 4, y: -10, w: 12, h: 40 });
});

test("a turned box is drawn by one side and its depth, on either hand of the side", () => {
  const right = fromSide({ x: 0, y: 0 }, { x: 30, y: 40 }, { x: 30 - 8, y: 40 + 6 });
  const left = fromSide({ x: 0, y: 0 }, { x: 30, y: 40 }, { x: 8, y: -6 });

  expect([right.w, right.h, left.w, left.h]).toEqual([50, 10, 50, 10].map((each) => expect.closeTo(each, 9)));
  expect(flat(cornersOf(right))).toEqual(near([{ x: 0, y: 0 }, { x: 30, y: 40 }, { x: 22, y: 46 }, { x: -8, y: 6 }])); // biome-ignore format: four corners
  expect(flat(cornersOf(left)).slice(2)).toEqual(near([{ x: 30, y: 40 }, { x: 0, y: 0 }])); // biome-ignore format: two corners
});

test("a point is inside a turned box where its pixels are", () => {
  const box = { x: 0, y: 0, w: 100, h: 10, rotation: 90 };

  expect(contains(box, { x: 50, y: 50 })).toBe(true);
  expect(contains(box, { x: 5, y: 5 })).toBe(false);
});

test("the smallest of nested boxes is hit", () => {
  const regions = [
    { id: "outer", label: "car", x: 0, y: 0, w: 100, h: 100 },
    { id: "inner", label: "car", x: 10, y: 10, w: 10, h: 10 },
  ];

  expect(boxUnder(regions, { x: 15, y: 15 })?.id).toBe("inner");
  expect(boxUnder(regions, { x: 50, y: 50 })?.id).toBe("outer");
  expect(boxUnder(regions, { x: 500, y: 50 })).toBeUndefined();
});

test("what is drawn beyond the edge is cut off there; what is moved is pushed back whole", () => {
  const box = { x: -5, y: 470, w: 20, h: 20 };

  expect(cutInside(box, IMAGE)).toEqual({ x: 0, y: 470, w: 15, h: 10 });
  expect(pushedInside(box, IMAGE)).toEqual({ x: 0, y: 460, w: 20, h: 20 });
  expect(cutInside({ x: 700, y: 0, w: 5, h: 5 }, IMAGE)).toBeNull();
});

test("a turned box is pushed back by its corners and refused when it cannot fit", () => {
  const aslant = pushedInside({ x: -10, y: 0, w: 40, h: 10, rotation: 45 }, IMAGE) as Box;
  const { x, y } = envelopeOf(aslant);

  expect([x, y]).toEqual([expect.closeTo(0, 9), expect.closeTo(0, 9)]);
  expect(pushedInside({ x: 0, y: 0, w: 640, h: 480, rotation: 45 }, IMAGE)).toBeNull();
});

test("a new box gets the label, an id and the selection", () => {
  addBox(editor, asked, { x: 10.0001, y: 20, w: 30, h: 40 }, IMAGE, "car");

  expect(stored()).toEqual([{ id: "k1", label: "car", x: 10, y: 20, w: 30, h: 40 }]);
  expect(editor.snapshot().selected).toEqual({ key: asked.key, region: "k1" });
});

test("boxes that are too many, too small or outside are refused, and nothing changes", () => {
  given({ max: 1, min_w: 8, min_h: 8 });

  expect(addBox(editor, asked, { x: 0, y: 0, w: 7, h: 9 }, IMAGE, "car")).toBe("size");
  expect(addBox(editor, asked, { x: 700, y: 0, w: 9, h: 9 }, IMAGE, "car")).toBe("outside");
  expect(stored()).toEqual([]);
  expect(addBox(editor, asked, { x: 0, y: 0, w: 9, h: 9 }, IMAGE, "car")).toBeNull();
  expect(addBox(editor, asked, { x: 0, y: 0, w: 9, h: 9 }, IMAGE, "car")).toBe("count");
});

test("where whole pixels are asked for, every side is whole", () => {
  given({ integer: true });
  addBox(editor, asked, { x: 10.4, y: 20.5, w: 30.2, h: 40.9 }, IMAGE, "car");

  expect(boxOf(stored()[0] as Region)).toEqual({ x: 10, y: 21, w: 31, h: 40 });
});

test("a box may leave the picture only by leave", () => {
  addBox(editor, asked, { x: 0, y: 0, w: 10, h: 10 }, IMAGE, "car");
  put(moved(boxOf(stored()[0] as Region), -3, 0), true);
  expect(stored()[0]).toMatchObject({ x: 0 });

  given({ outside: true });
  addBox(editor, asked, { x: 0, y: 0, w: 10, h: 10 }, IMAGE, "car");
  put(moved(boxOf(stored()[0] as Region), -3, 0), true);
  expect(stored()[0]).toMatchObject({ x: -3 });
});

test("a box that is turned back to upright loses its rotation", () => {
  given({ rotate: true });
  addBox(editor, asked, { x: 100, y: 100, w: 10, h: 10, rotation: 15 }, IMAGE, "car");

  put(turned(boxOf(stored()[0] as Region), -15), true);

  expect(stored()).toEqual([{ id: "k1", label: "car", x: 100, y: 100, w: 10, h: 10 }]);
});

test("a move that ends where it began leaves nothing to undo", () => {
  addBox(editor, asked, { x: 0, y: 0, w: 10, h: 10 }, IMAGE, "car");
  put({ x: 0, y: 0, w: 10, h: 10 }, true);

  editor.undo();

  expect(stored()).toEqual([]);
});
