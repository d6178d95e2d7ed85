/** What a drag does with each tool, without a screen. */
import { beforeEach, expect, test } from "vitest";
import type { OntologyBody } from "../api/contract";
import { drag, type Gesture, type Grip, type Hand, press, release, type Tool } from "./box-gestures";
import { BOX, boxOf } from "./boxes";
import { type Asked, Editor, type Region } from "./store";

const ontology: OntologyBody = {
  format: "evenhand-ontology/1",
  name: "cars",
  language: "en",
  inputs: [{ name: "photo", kind: "image" }],
  questions: [{ name: "boxes", kind: "box", settings: { labels: [{ value: "car" }], rotate: true } }],
};
let editor: Editor;
let asked: Asked;
const free = { isEven: false, isCentered: false };
const regions = (): Region[] => editor.regions(asked.key);

function hand(tool: Tool): Hand {
  return { editor, asked, form: BOX, tool, image: { width: 200, height: 100 }, regions: regions(), label: "car" };
}
/** One drag from press to release; the points are [x, y]. */
function dragged(
  tool: Tool,
  points: [number, number][],
  grip?: Grip,
  held = free,
  open: Gesture | null = null,
): Gesture | null {
  const [first, ...rest] = points.map(([x, y]) => ({ x, y }));
  const last = rest.at(-1) ?? first;
  let gesture = press(hand(tool), first as never, grip, open);
  for (const point of rest) gesture = drag(hand(tool), gesture, point, held);
  return release(hand(tool), gesture, last as never, rest.length === 0).gesture;
}

beforeEach(() => {
  editor = new Editor(ontology, { inputs: { photo: { blob: "b" } } });
  asked = editor.asked()[0] as Asked;
});

test("a drag with the box tool makes a box and selects it", () => {
  dragged("box", [[10, 10], [30, 25]]); // biome-ignore format: points

  expect(regions()).toEqual([{ id: "k1", label: "car", x: 10, y: 10, w: 20, h: 15 }]);
  expect(editor.snapshot().selected?.region).toBe("k1");
});

test("a click with the box tool makes nothing: it selects what is under it, or lets go", () => {
  dragged("box", [[10, 10], [30, 25]]); // biome-ignore format: points

  dragged("box", [[100, 50]]);
  expect(editor.snapshot().selected).toBeNull();
  dragged("box", [[20, 20]]);

  expect(regions()).toHaveLength(1);
  expect(editor.snapshot().selected?.region).toBe("k1");
});

test("a drag on the selected box moves it, and stops at the edge of the picture", () => {
  dragged("box", [[10, 10], [30, 25]]); // biome-ignore format: points

  dragged("box", [[20, 20], [15, 20], [0, 20]]); // biome-ignore format: points

  expect(boxOf(regions()[0] as Region)).toEqual({ x: 0, y: 10, w: 20, h: 15 });
});

test("one undo takes a whole drag back", () => {
  dragged("box", [[10, 10], [30, 25]]); // biome-ignore format: points
  dragged("box", [[20, 20], [25, 20], [35, 20], [50, 40]]); // biome-ignore format: points

  editor.undo();

  expect(boxOf(regions()[0] as Region)).toEqual({ x: 10, y: 10, w: 20, h: 15 });
});

test("a drag on a grip sizes the box", () => {
  dragged("box", [[10, 10], [30, 25]]); // biome-ignore format: points

  dragged("box", [[30, 25], [60, 50]], "se"); // biome-ignore format: points

  expect(boxOf(regions()[0] as Region)).toEqual({ x: 10, y: 10, w: 50, h: 40 });
});

test("the turning grip turns about the center; with Shift by steps of 15 degrees", () => {
  dragged("box", [[90, 40], [110, 60]]); // biome-ignore format: points

  dragged("box", [[100, 35], [115, 36]], "turn", { isEven: true, isCentered: false }); // biome-ignore format: points

  expect(regions()[0]).toMatchObject({ rotation: 45, x: 90, y: 40, w: 20, h: 20 });
});

test("with the select tool a drag takes the box under it, and on nothing does nothing", () => {
  dragged("box", [[10, 10], [30, 25]]); // biome-ignore format: points
  dragged("box", [[100, 10], [130, 25]]); // biome-ignore format: points

  dragged("select", [[20, 20], [22, 21]]); // biome-ignore format: points
  dragged("select", [[60, 60], [90, 90]]); // biome-ignore format: points

  expect(regions().map((region) => boxOf(region).x)).toEqual([12, 100]);
});

test("a turned box takes a drag for its side and a click for its depth", () => {
  const open = dragged("turned", [[50, 50], [90, 50]]); // biome-ignore format: points
  expect(open?.kind).toBe("depth");
  expect(regions()).toEqual([]);

  const closing = drag(hand("turned"), open as Gesture, { x: 90, y: 70 }, free);
  release(hand("turned"), press(hand("turned"), { x: 90, y: 70 }, undefined, closing), { x: 90, y: 70 }, true);

  expect(regions()).toEqual([{ id: "k1", label: "car", x: 50, y: 50, w: 40, h: 20 }]);
});

test("measuring makes no box and stays to be read", () => {
  const measured = dragged("measure", [[0, 0], [30, 40]]); // biome-ignore format: points

  expect(measured).toEqual({ kind: "measure", from: { x: 0, y: 0 }, to: { x: 30, y: 40 } });
  expect(regions()).toEqual([]);
});

test("a box of no size is refused with its reason", () => {
  const gesture = drag(hand("box"), press(hand("box"), { x: 10, y: 10 }, undefined, null), { x: 40, y: 10 }, free);

  expect(release(hand("box"), gesture, { x: 40, y: 10 }, false)).toEqual({ gesture: null, refusal: "size" });
});
