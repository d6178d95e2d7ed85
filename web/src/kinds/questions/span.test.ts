/** Spans by keys alone, as the commands do it. */
import { beforeAll, beforeEach, expect, test } from "vitest";
import type { OntologyBody } from "../../api/contract";
import { type Asked, Editor } from "../../editor/store";
import { loadLanguage } from "../../i18n";
import type { Given } from "../kind";
import { optionsOf } from "../parts/options";
import kind from "./span";

const TEXT = "Acme Corp raised its guidance. Globex fell.";
let editor: Editor;
let asked: Asked;

function start(settings: Record<string, unknown> = {}): void {
  const ontology: OntologyBody = {
    format: "evenhand-ontology/1",
    name: "news",
    language: "en",
    inputs: [{ name: "text", kind: "text" }],
    questions: [
      {
        name: "who",
        kind: "span",
        settings: { labels: [{ value: "org", text: "Firm" }, { value: "person" }], snap: "word", ...settings },
      },
    ],
  };
  editor = new Editor(ontology, { inputs: { text: { text: TEXT } } });
  asked = editor.asked()[0] as Asked;
}
beforeAll(() => loadLanguage("en"));
beforeEach(() => start());

/** Presses keys, each as the workspace hands it to the first command that has it and is possible. */
function press(...chords: string[]): void {
  for (const chord of chords) {
    const options = optionsOf(asked.question);
    const given = { asked, editor, state: editor.snapshot(), language: "en", seed: "s", options } as unknown as Given;
    const command = kind.commands.find(({ keys, isEnabled }) => keys.includes(chord) && (isEnabled?.(given) ?? true));
    command?.run(given, chord);
  }
}
const marked = () =>
  editor
    .regions(asked.key)
    .map(({ label, ranges }) => [label, ...(ranges as [number, number][]).map(([a, b]) => TEXT.slice(a, b))]);

test("arrows find a word, Shift widens it, a digit marks it", () => {
  press("ArrowRight", "Shift+ArrowRight", "1");
  press("ArrowDown", "2");

  expect(marked()).toEqual([
    ["org", "Acme Corp"],
    ["person", "Globex"],
  ]);
});

test("a digit on a selected span names it anew", () => {
  press("ArrowRight", "1", "2");

  expect(marked()).toEqual([["person", "Acme"]]);
});

test("U says of the selected span that its edge is in doubt, and takes that back; undo knows it", () => {
  press("U");
  press("ArrowRight", "1", "U");
  expect(editor.regions(asked.key)).toMatchObject([{ label: "org", unsure: true }]);

  press("U");
  expect(editor.regions(asked.key)[0]).not.toHaveProperty("unsure");
  editor.undo();
  expect(editor.regions(asked.key)[0]).toHaveProperty("unsure", true);
});

test("Enter marks with the label that was used last", () => {
  press("ArrowRight", "2", "ArrowRight", "Enter");

  expect(marked()).toEqual([
    ["person", "Acme"],
    ["person", "Corp"],
  ]);
});

test("brackets walk the spans, Delete removes one, undo brings it back", () => {
  press("ArrowRight", "1", "ArrowRight", "1", "[", "Delete");
  expect(marked()).toEqual([["org", "Corp"]]);

  editor.undo();
  expect(marked()).toHaveLength(2);
});

test("Esc leaves the span, then the cursor", () => {
  press("ArrowRight", "1", "Escape");
  expect(editor.snapshot()).toMatchObject({ selected: null, cursor: { on: "text", range: [0, 4] } });

  press("Escape");
  expect(editor.snapshot().cursor).toBeNull();
});

test("a span in pieces: A, walk on, mark", () => {
  start({ discontinuous: true });

  press("ArrowRight", "1", "A", "ArrowRight", "ArrowRight", "Enter");

  expect(marked()).toEqual([["org", "Acme", "its"]]);
  expect(editor.snapshot().selected?.region).toBe("k1");
});

test("A does nothing where spans are whole", () => {
  press("ArrowRight", "1", "A", "ArrowRight", "Enter");

  expect(marked()).toEqual([
    ["org", "Acme"],
    ["org", "Corp"],
  ]);
});

test("0 says that there is nothing to mark, and takes it back", () => {
  press("0");
  expect(editor.answer(asked.key)?.value).toEqual({ regions: [] });

  press("0");
  expect(editor.answer(asked.key)).toBeUndefined();
});

test("0 is no answer where at least one is wanted", () => {
  start({ min: 1 });

  press("0");

  expect(editor.answer(asked.key)).toBeUndefined();
  expect(kind.missing?.(asked.question.settings ?? {}, { regions: [] }, asked, editor)).not.toBeNull();
});

test("a refused act says why, until the next one", () => {
  start({ overlap: "forbid" });
  press("ArrowRight", "Shift+ArrowRight", "1", "Escape", "Escape", "ArrowRight", "2");
  expect(marked()).toEqual([["org", "Acme Corp"]]);
  expect(editor.snapshot().refused).toMatch(/overlap/);

  press("ArrowRight");
  expect(editor.snapshot().refused).toBeNull();
});

test("a region is called by its words", () => {
  press("ArrowRight", "Shift+ArrowRight", "1");

  expect(kind.regionWord?.(asked, editor, "k1", "en")).toBe("Acme Corp");
});
