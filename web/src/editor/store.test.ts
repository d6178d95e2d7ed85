/** The editor: what one person's acts do to the answers of a task, and what undo takes back. */
import { beforeEach, expect, test } from "vitest";
import type { OntologyBody } from "../api/contract";
import { Editor } from "./store";

const ontology: OntologyBody = {
  format: "evenhand-ontology/1",
  name: "letters",
  language: "en",
  inputs: [{ name: "letter", kind: "text" }],
  questions: [
    { name: "tone", kind: "choice", settings: { options: [{ value: "kind" }, { value: "harsh" }] } },
    { name: "why", kind: "text", show_if: { question: "tone", is: "harsh" } },
    { name: "parts", kind: "span", settings: { labels: [{ value: "claim" }] } },
    { name: "weight", kind: "rating", target: { each: "region", of: "parts" } },
  ],
};
const item = { inputs: { letter: { text: "The bill is wrong, and you know it." } } };

let now = 0;
let editor: Editor;
const asked = (name: string, part = "") =>
  editor.asked().find((each) => each.question.name === name && (part === "" || each.part.address === part))!;
const value = (name: string) => editor.answer(asked(name).key)?.value;

beforeEach(() => {
  now = 0;
  editor = new Editor(ontology, item, [], () => now);
});

test("undo takes back the last act, and redo does it again", () => {
  editor.setValue(asked("tone"), "kind");
  editor.setValue(asked("tone"), "harsh");

  editor.undo();
  expect(value("tone")).toBe("kind");

  editor.redo();
  expect(value("tone")).toBe("harsh");
});

test("a new act after an undo leaves nothing to redo", () => {
  editor.setValue(asked("tone"), "kind");
  editor.undo();

  editor.setValue(asked("tone"), "harsh");

  expect(editor.snapshot().canRedo).toBe(false);
});

test("undo never takes back what a draft put in place", () => {
  editor.restore([{ question: "tone", target: "", value: "kind" }], "draft");

  expect(editor.undo()).toBe(false);
  expect(value("tone")).toBe("kind");
});

test("undo skips over a draft to the person's own act before it", () => {
  editor.setValue(asked("tone"), "harsh");
  editor.restore([{ question: "why", target: "", value: "It accuses." }], "draft");

  editor.undo();

  expect(editor.answer("tone ")).toBeUndefined();
  expect(editor.answer("why ")?.value).toBe("It accuses.");
});

test("keystrokes within a second are one step, later ones another", () => {
  editor.setValue(asked("tone"), "harsh");
  for (const text of ["I", "It", "It a"]) editor.setValue(asked("why"), text, "write", "write why");
  now += 5000;
  editor.setValue(asked("why"), "It accuses.", "write", "write why");

  editor.undo();
  expect(value("why")).toBe("It a");

  editor.undo();
  expect(value("why")).toBeUndefined();
});

test("a question appears when its condition holds, and its answer is not sent when it no longer does", () => {
  expect(asked("why")).toBeUndefined();
  editor.setValue(asked("tone"), "harsh");
  editor.setValue(asked("why"), "It accuses.");

  editor.setValue(asked("tone"), "kind");

  expect(editor.submission().map(({ question }) => question)).toEqual(["tone"]);
});

test("an answer that comes back with its question was never lost", () => {
  editor.setValue(asked("tone"), "harsh");
  editor.setValue(asked("why"), "It accuses.");
  editor.setValue(asked("tone"), "kind");

  editor.setValue(asked("tone"), "harsh");

  expect(value("why")).toBe("It accuses.");
});

test("a removed region takes the answers about it along, and undo brings all of them back", () => {
  editor.addRegion(asked("parts"), { id: "k1", label: "claim", ranges: [[4, 8]] });
  editor.setValue(asked("weight", "parts:k1"), 4);

  editor.removeRegion(asked("parts"), "k1");
  expect(editor.submission().map(({ question }) => question)).not.toContain("weight");

  editor.undo();
  expect(editor.regions(asked("parts").key)).toHaveLength(1);
  expect(editor.answer("weight parts:k1")?.value).toBe(4);
});

test("abstaining replaces the value, and a value replaces the abstention", () => {
  editor.setValue(asked("tone"), "kind");
  editor.abstain(asked("tone"), "cannot_answer");
  expect(editor.answer("tone ")).toEqual({ question: "tone", target: "", abstained: "cannot_answer" });

  editor.setValue(asked("tone"), "harsh");
  expect(editor.answer("tone ")).toEqual({ question: "tone", target: "", value: "harsh" });
});

test("walking stops at the last question and at the first", () => {
  editor.walk(1);
  editor.walk(1);
  editor.walk(1);
  expect(editor.snapshot().active).toBe(asked("parts").key);

  editor.walk(-1);
  editor.walk(-1);
  expect(editor.snapshot().active).toBe(asked("tone").key);
});

test("an accepted suggestion is the person's own act: it can be changed, and undo takes it back", () => {
  editor.setValue(asked("tone"), "kind");

  editor.accept(asked("tone"), { value: "harsh" });
  expect(value("tone")).toBe("harsh");

  editor.undo();
  expect(value("tone")).toBe("kind");
});

test("an answer says which suggestion it came from, also when it was changed; what is given anew came from none", () => {
  editor.accept(asked("tone"), { value: "harsh", suggestion: "sg1" });
  editor.setValue(asked("tone"), "kind");
  expect(editor.answer("tone ")).toMatchObject({ value: "kind", suggestion: "sg1" });

  editor.setValue(asked("tone"), undefined);
  editor.setValue(asked("tone"), "kind");
  expect(editor.answer("tone ")).not.toHaveProperty("suggestion");

  editor.accept(asked("tone"), { value: "harsh", suggestion: "sg1" });
  editor.abstain(asked("tone"), "cannot_answer");
  expect(editor.answer("tone ")).not.toHaveProperty("suggestion");
});

test("a draft from before suggestions were hidden names none", () => {
  const draft = [{ question: "tone", target: "", value: "harsh", suggestion: "sg1" }];
  const shown = new Editor(editor.ontology, editor.item, [], () => 0, [{ id: "sg1", answers: [] }]);

  shown.restore(draft, "draft");
  editor.restore(draft, "draft");

  expect(shown.answer("tone ")?.suggestion).toBe("sg1");
  expect(editor.answer("tone ")).toEqual({ question: "tone", target: "", value: "harsh" });
});

test("regions that a suggestion replaces take along what was answered about them, and undo brings all of it back", () => {
  editor.addRegion(asked("parts"), { id: "k1", label: "claim", ranges: [[0, 3]] });
  editor.setValue(asked("weight", "parts:k1"), 5);
  const before = editor.submission();

  editor.accept(asked("parts"), { value: { regions: [{ id: "k1", label: "claim", ranges: [[4, 8]] }] } });
  expect(editor.regions(asked("parts").key)).toMatchObject([{ ranges: [[4, 8]] }]);
  expect(editor.submission().map(({ question }) => question)).toEqual(["parts"]);

  editor.undo();
  expect(editor.submission()).toEqual(before);
});
