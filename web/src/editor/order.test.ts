/** Which side a reply stands on is drawn by lot, once for an assignment, and everything agrees on it. */
import { beforeAll, expect, test } from "vitest";
import type { OntologyBody } from "../api/contract";
import { loadKinds } from "../kinds/registry";
import { letterAt, letterOf, orderOf, pairedInputs } from "./order";
import { Editor } from "./store";

// A kind says itself what it compares.
beforeAll(async () => void (await loadKinds({ questions: ["pairwise", "ranking"], inputs: ["chat"] })));

const reply = (id: string) => ({ id, messages: [{ id: `m-${id}`, role: "assistant", content: id }] });
const item = {
  inputs: {
    chat: {
      threads: [{ id: "th1", turns: [{ id: "t1", messages: [], responses: [reply("r1"), reply("r2"), reply("r3")] }] }],
    },
  },
};
const target = { each: "turn", of: "chat" };
const ontology = (shuffle: boolean): OntologyBody => ({
  format: "evenhand-ontology/1",
  name: "replies",
  language: "en",
  inputs: [{ name: "chat", kind: "chat" }],
  questions: [
    { name: "better", kind: "pairwise", target, shuffle },
    { name: "order", kind: "ranking", target },
  ],
});
const seeds = Array.from({ length: 600 }, (_, index) => `seed ${index}`);

test("without a lot replies stand as in the document", () => {
  const editor = new Editor(ontology(false), item);

  expect(orderOf(editor, editor.asked()[0]!, "any")).toEqual(["r1", "r2", "r3"]);
  expect(letterOf(editor, "chat/r2", "any")).toBe("B");
});

test("every question about the same replies finds them in the same order", () => {
  const editor = new Editor(ontology(true), item);
  const [better, order] = editor.asked();

  for (const seed of seeds) {
    const shown = orderOf(editor, better!, seed);
    expect(orderOf(editor, order!, seed)).toEqual(shown);
    expect(letterAt(shown.indexOf("r3"))).toBe(letterOf(editor, "chat/r3", seed));
  }
});

test("each reply comes first equally often", () => {
  const editor = new Editor(ontology(true), item);
  const first = new Map<string, number>();

  for (const seed of seeds) {
    const [name = ""] = orderOf(editor, editor.asked()[0]!, seed);
    first.set(name, (first.get(name) ?? 0) + 1);
  }

  // 600 draws of 1/3: 200 expected, standard deviation 11.5; six of them leave room for no more than chance.
  for (const name of ["r1", "r2", "r3"]) expect(Math.abs((first.get(name) ?? 0) - 200)).toBeLessThan(70);
});

test("inputs that a question compares are paired, those it does not name are shown beside", () => {
  const body: OntologyBody = {
    format: "evenhand-ontology/1",
    name: "pair",
    language: "en",
    inputs: ["prompt", "first", "second"].map((name) => ({ name, kind: "text" })),
    questions: [{ name: "easier", kind: "pairwise", settings: { compare: "input", inputs: ["first", "second"] } }],
  };
  const editor = new Editor(body, { inputs: { prompt: { text: "?" }, first: { text: "1" }, second: { text: "2" } } });

  expect(pairedInputs(editor, "any")).toEqual(["first", "second"]);
});

test("letters go on after Z", () => {
  expect([0, 25, 26].map(letterAt)).toEqual(["A", "Z", "A1"]);
});
