/** Boxes by keys alone, as the commands do it. */
import { beforeAll, beforeEach, expect, test } from "vitest";
import type { OntologyBody } from "../../api/contract";
import { type Asked, Editor } from "../../editor/store";
import { viewportOf } from "../../editor/viewport";
import { loadLanguage } from "../../i18n";
import type { Given } from "../kind";
import { optionsOf } from "../parts/options";
import { loadKinds } from "../registry";
import kind from "./box";

let editor: Editor;
let asked: Asked;

function start(settings: Record<string, unknown> = {}): void {
  const ontology: OntologyBody = {
    format: "evenhand-ontology/1",
    name: "cars",
    language: "en",
    inputs: [{ name: "photo", kind: "image" }],
    questions: [
      {
        name: "boxes",
        kind: "box",
        settings: { labels: [{ value: "car" }, { value: "person", text: "Person" }], ...settings },
      },
    ],
  };
  editor = new Editor(ontology, { inputs: { photo: { blob: "b" } } });
  asked = editor.asked()[0] as Asked;
  viewportOf(editor, "photo", { width: 400, height: 200 })?.resize({ width: 800, height: 448 });
}
beforeAll(async () => {
  await loadLanguage("en");
  // A kind says itself what it is about.
  await loadKinds({ questions: ["box"], inputs: [] });
});
beforeEach(() => start());

function press(...chords: string[]): void {
  for (const chord of chords) {
    const options = optionsOf(asked.question);
    const given = { asked, editor, state: editor.snapshot(), language: "en", seed: "s", options } as unknown as Given;
    const command = kind.commands.find(({ keys, isEnabled }) => keys.includes(chord) && (isEnabled?.(given) ?? true));
    command?.run(given, chord);
  }
}
const boxes = () => editor.regions(asked.key);
const [middle] = [{ id: "k1", label: "car", x: 175, y: 75, w: 50, h: 50 }];

test("B makes a box in the middle of what is in sight", () => {
  press("B");

  expect(boxes()).toEqual([middle]);
});

test("B takes the tool first when another one is held", () => {
  press("V", "B");
  expect(boxes()).toEqual([]);

  press("B");
  expect(boxes()).toHaveLength(1);
});

test("arrows move by 1, with Shift by 10, and stop at the edge", () => {
  press("B", "ArrowRight", "Shift+ArrowDown");
  expect(boxes()[0]).toMatchObject({ x: 176, y: 85 });

  press(...Array.from({ length: 20 }, () => "Shift+ArrowUp"));
  expect(boxes()[0]).toMatchObject({ x: 176, y: 0 });
});

test("with Ctrl the arrows size it, down to a pixel and no further", () => {
  press("B", "Mod+ArrowRight", "Mod+Shift+ArrowDown");
  expect(boxes()[0]).toMatchObject({ x: 175, y: 75, w: 51, h: 60 });

  press(...Array.from({ length: 70 }, () => "Mod+ArrowLeft"));
  expect(boxes()[0]).toMatchObject({ w: 1 });
  expect(editor.snapshot().refused).not.toBeNull();
});

test("a digit names the selected box; without one it is for the next", () => {
  press("B", "2", "Escape", "1", "B");

  expect(boxes().map(({ label }) => label)).toEqual(["person", "car"]);
});

test("a copy stands a little aside on the same picture, and in its place on another", () => {
  press("B", "2", "Mod+C", "Mod+V");
  expect(boxes()[1]).toMatchObject({ label: "person", x: 184, y: 84, w: 50, h: 50 });

  start();
  press("Mod+V");
  expect(boxes()).toEqual([{ ...middle, label: "person" }]);
});

test("boxes turn only where they may, and lose the turn when they are upright again", () => {
  press("B", "E");
  expect(boxes()[0]).not.toHaveProperty("rotation");

  start({ rotate: true });
  press("B", "Shift+E", "Q");
  expect(boxes()[0]).toMatchObject({ rotation: 14 });
  press("E", "Shift+Q");
  expect(boxes()).toEqual([middle]);
});

test("brackets walk in the order of making, Delete removes, Esc lets go", () => {
  press("B", "ArrowRight", "B", "B", "]");
  expect(editor.snapshot().selected?.region).toBe("k1");

  press("[", "Delete");
  expect(boxes().map(({ id }) => id)).toEqual(["k1", "k2"]);
  press("]", "Escape");
  expect(editor.snapshot().selected).toBeNull();
});

test("all boxes can be hidden to see the picture, and come back", () => {
  press("B", "B", "Shift+H");
  expect(editor.snapshot().hidden.size).toBe(2);

  press("Shift+H");
  expect(editor.snapshot().hidden.size).toBe(0);
  expect(boxes()).toHaveLength(2);
});

test("0 says that there is nothing to mark", () => {
  press("0");

  expect(editor.answer(asked.key)?.value).toEqual({ regions: [] });
});

test("a region is called by its number and label", () => {
  press("B", "2");

  expect(kind.regionWord?.(asked, editor, "k1", "en")).toBe("1 Person");
});
