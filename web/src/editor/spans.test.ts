/** Spans made, moved and walked by keys, as a person meets them. */
import { beforeAll, beforeEach, expect, test } from "vitest";
import type { OntologyBody } from "../api/contract";
import { loadKinds } from "../kinds/registry";
import {
  addPiece,
  clashes,
  inOrder,
  joined,
  makeSpan,
  moveCursor,
  quoteOf,
  rangesOf,
  relabel,
  selectedOf,
  setRange,
  textsOf,
  walkRegions,
  widen,
} from "./spans";
import { type Asked, Editor, type Region } from "./store";

const TEXT = "💩 Acme Corp raised its guidance. Globex fell by 6 %.";

// A kind says itself what it is about.
beforeAll(async () => void (await loadKinds({ questions: ["span"], inputs: ["chat", "text"] })));

let editor: Editor;
let asked: Asked;

function given(settings: Record<string, unknown>, inputs: Record<string, unknown> = { text: { text: TEXT } }): void {
  const kinds: Record<string, string> = { text: "text", chat: "chat" };
  const ontology: OntologyBody = {
    format: "evenhand-ontology/1",
    name: "news",
    language: "en",
    inputs: Object.keys(inputs).map((name) => ({ name, kind: kinds[name] as string })),
    questions: [
      { name: "entities", kind: "span", settings: { labels: [{ value: "org" }, { value: "person" }], ...settings } },
    ],
  };
  editor = new Editor(ontology, { inputs: inputs as never });
  asked = editor.asked()[0] as Asked;
}
const quotes = (): string[] => inOrder(editor, asked).map((region) => quoteOf(editor, asked, region));
const at = (words: string): [number, number] => {
  const from = [...TEXT.slice(0, TEXT.indexOf(words))].length;
  return [from, from + [...words].length];
};
const mark = (words: string, label = "org") => makeSpan(editor, asked, "text", at(words), label);
const cursorText = (): string => {
  const { cursor } = editor.snapshot();
  return cursor ? editor.pieces(cursor.on).offsets.slice(...cursor.range) : "";
};

beforeEach(() => given({ snap: "word" }));

test("a drag marks whole words and selects what it made", () => {
  makeSpan(editor, asked, "text", [3, 8], "org");

  expect(quotes()).toEqual(["Acme Corp"]);
  expect(selectedOf(editor, asked)).toMatchObject({ label: "org", ranges: [[2, 11]] });
});

test("a span on the question's own text does not name it again", () => {
  mark("Acme");

  expect(editor.regions(asked.key)[0]).toEqual({ id: "k1", label: "org", ranges: [at("Acme")] });
});

test("a question without labels makes spans without one", () => {
  given({ snap: "word", labels: [] });

  makeSpan(editor, asked, "text", at("Acme"), undefined);

  expect(editor.regions(asked.key)).toEqual([{ id: "k1", ranges: [at("Acme")] }]);
});

test("the same words again with another label correct the first, not double it", () => {
  mark("Acme", "org");
  mark("Acme", "person");

  expect(editor.regions(asked.key)).toMatchObject([{ id: "k1", label: "person" }]);
});

test("spaces alone mark nothing", () => {
  expect(makeSpan(editor, asked, "text", [6, 7], "org")).toBe("nothing");
  expect(quotes()).toEqual([]);
});

test("no more spans than the question allows", () => {
  given({ snap: "word", max: 1 });
  mark("Acme");

  expect(mark("Globex")).toBe("count");
});

test("where overlap is forbidden, a span that touches another is refused", () => {
  given({ snap: "word", overlap: "forbid" });
  mark("Acme Corp");

  expect(mark("Corp raised")).toBe("overlap");
  expect(mark("Globex")).toBeNull();
});

test("where nesting is allowed, a span may lie inside another, not across its edge", () => {
  given({ snap: "word", overlap: "nest" });
  mark("Acme Corp raised");

  expect(mark("Acme Corp", "person")).toBeNull();
  expect(mark("raised its")).toBe("overlap");
});

test("among the same label only: another label may overlap", () => {
  given({ snap: "word", overlap: "forbid", overlap_among: "same_label" });
  mark("Acme Corp", "org");

  expect(mark("Corp raised", "person")).toBeNull();
  expect(relabel(editor, asked, editor.regions(asked.key)[1] as Region, "org")).toBe("overlap");
});

test("the word cursor starts at the first word and walks over signs and full stops", () => {
  const seen: string[] = [];
  for (let step = 0; step < 12; step += 1) {
    moveCursor(editor, asked, 1);
    seen.push(cursorText());
  }

  expect(seen).toEqual(["💩", "Acme", "Corp", "raised", "its", "guidance", "Globex", "fell", "by", "6", "%", "%"]);
});

test("by sentence the cursor goes to the first word of the next, and back", () => {
  moveCursor(editor, asked, 1);
  moveCursor(editor, asked, 1, "sentence");
  expect(cursorText()).toBe("Globex");

  moveCursor(editor, asked, -1, "sentence");
  expect(cursorText()).toBe("💩");
});

test("the cursor widens by words and characters before anything is marked", () => {
  moveCursor(editor, asked, 1);
  moveCursor(editor, asked, 1);
  widen(editor, asked, 1, "word");
  expect(cursorText()).toBe("Acme Corp");

  widen(editor, asked, -1, "grapheme");
  expect(cursorText()).toBe("Acme Cor");
});

test("the selected span widens and narrows at its end and at its start", () => {
  mark("Corp");

  widen(editor, asked, 1, "word");
  expect(quotes()).toEqual(["Corp raised"]);
  widen(editor, asked, 1, "word", "start");
  expect(quotes()).toEqual(["Acme Corp raised"]);
  widen(editor, asked, -1, "word", "start");
  widen(editor, asked, -1, "word");
  expect(quotes()).toEqual(["Corp"]);
  expect(widen(editor, asked, -1, "word")).toBe("nothing");
});

test("steps of one widening are undone together", () => {
  mark("Acme");
  widen(editor, asked, 1, "word");
  widen(editor, asked, 1, "word");

  editor.undo();

  expect(quotes()).toEqual(["Acme"]);
});

test("moving on from a selected span goes to the word behind it", () => {
  mark("Acme Corp");

  moveCursor(editor, asked, 1);

  expect(cursorText()).toBe("raised");
  expect(selectedOf(editor, asked)).toBeUndefined();
});

test("pieces of one span are kept sorted, and those that touch become one", () => {
  given({ snap: "word", discontinuous: true });
  mark("its");
  const region = () => editor.regions(asked.key)[0] as Region;

  addPiece(editor, asked, region(), "text", at("Acme"));
  addPiece(editor, asked, region(), "text", at("guidance"));

  expect(quotes()).toEqual(["Acme … its … guidance"]);
  expect(joined([[4, 6], [0, 2], [2, 4]])).toEqual([[0, 6]]); // biome-ignore format: short
});

test("one piece of a span can be put elsewhere", () => {
  given({ snap: "word", discontinuous: true });
  mark("Acme");
  addPiece(editor, asked, editor.regions(asked.key)[0] as Region, "text", at("Globex"));

  setRange(editor, asked, editor.regions(asked.key)[0] as Region, 1, at("Globex fell"), null);

  expect(rangesOf(editor.regions(asked.key)[0] as Region)).toEqual([at("Acme"), at("Globex fell")]);
});

test("walking goes round in reading order, whatever the order of making", () => {
  mark("Globex");
  mark("Acme");
  const seen: string[] = [];
  editor.select(null, null);

  for (let step = 0; step < 3; step += 1) {
    walkRegions(editor, asked, inOrder(editor, asked), 1);
    seen.push(quoteOf(editor, asked, selectedOf(editor, asked) as Region));
  }

  expect(seen).toEqual(["Acme", "Globex", "Acme"]);
});

const chat = {
  threads: [
    {
      id: "t",
      turns: [
        {
          id: "u",
          messages: [{ id: "m1", role: "user", content: [{ type: "text", text: "Is Acme safe?" }, { type: "image" }] }],
          responses: [
            { id: "r1", messages: [{ id: "m2", role: "assistant", content: [{ type: "text", text: "It is." }] }] },
          ],
        },
      ],
    },
  ],
};

test("in a chat a span names the block that it lies in, and the cursor walks from block to block", () => {
  given({ snap: "word" }, { chat: { json: chat } });

  expect(textsOf(editor, asked)).toEqual(["chat/m1/0", "chat/m2/0"]);
  makeSpan(editor, asked, "chat/m2/0", [0, 2], "org");
  expect(editor.regions(asked.key)[0]).toMatchObject({ on: "chat/m2/0", ranges: [[0, 2]] });

  editor.select(null, null);
  editor.setCursor({ on: "chat/m1/0", range: [8, 12] });
  moveCursor(editor, asked, 1);
  expect(editor.snapshot().cursor?.on).toBe("chat/m2/0");
  expect(cursorText()).toBe("It");
});

test("spans of different texts never overlap", () => {
  given({ snap: "word", overlap: "forbid" }, { chat: { json: chat } });
  makeSpan(editor, asked, "chat/m1/0", [0, 2], "org");

  expect(clashes(editor, asked, { id: "k9", label: "org", ranges: [[0, 2]], on: "chat/m2/0" } as never)).toBe(false);
});
