/** Relations: chosen by number or by a click on a mark, refused where they may not stand, gone with their marks. */
import { beforeAll, beforeEach, expect, test } from "vitest";
import type { Answer, Json, OntologyBody } from "../../api/contract";
import { Editor } from "../../editor/store";
import { loadLanguage } from "../../i18n";
import type { Given, QuestionKind } from "../kind";
import { proposalsFor } from "../parts/proposed";
import { loadKinds } from "../registry";

const ontology = {
  inputs: [{ name: "text", kind: "text" }],
  questions: [
    {
      name: "names",
      kind: "span",
      target: { input: "text" },
      settings: { labels: [{ value: "PER" }, { value: "ORG" }] },
    },
    {
      name: "links",
      kind: "relation",
      settings: {
        labels: [
          { value: "works_for", from: ["PER"], to: ["ORG"] },
          { value: "part_of" },
          { value: "near", directed: false },
        ],
        over: ["names"],
        acyclic: true,
      },
    },
  ],
} as unknown as OntologyBody;
const region = (id: string, label: string, start: number, end: number): Json => ({ id, label, ranges: [[start, end]] });
const MARKS: Answer = {
  question: "names",
  target: "text",
  value: { regions: [region("k2", "ORG", 14, 18), region("k1", "PER", 0, 3), region("k3", "ORG", 22, 29)] },
};
let kind: QuestionKind;
let editor: Editor;

beforeAll(async () => {
  await loadLanguage("en");
  const kinds = await loadKinds({ questions: ["span", "relation"], inputs: ["text"] });
  kind = kinds.questions.relation as QuestionKind;
});
beforeEach(() => {
  editor = new Editor(ontology, { inputs: { text: { text: "Ada works for Acme or Initech." } } }, [MARKS]);
  editor.activate(links().key);
});

function links() {
  const asked = editor.asked().at(-1);
  if (!asked) throw new Error("nothing is asked");
  return asked;
}
function press(...chords: string[]): void {
  for (const chord of chords) {
    const state = editor.snapshot();
    const given: Given = {
      asked: links(),
      editor,
      state,
      language: "en",
      seed: "s",
      onPicked: () => undefined,
      options: [],
    };
    const command = kind.commands.find(({ keys, isEnabled }) => keys.includes(chord) && (isEnabled?.(given) ?? true));
    command?.run(given, chord);
  }
}
function said(): string[] {
  const value = editor.answer(links().key)?.value as { relations: Record<string, string>[] } | undefined;
  return (value?.relations ?? []).map(({ id, from, label, to }) => `${id} ${from} ${label} ${to}`);
}

test("three numbers make a relation, in the order in which marks are read", () => {
  press("1", "1", "2");
  expect(said()).toEqual(["q1 names:k1 works_for names:k2"]);
  press("2", "2", "3");
  expect(said()).toEqual(["q1 names:k1 works_for names:k2", "q2 names:k2 part_of names:k3"]);
});

test("arrows and Enter do as numbers do, and Escape goes one step back", () => {
  press("ArrowDown", "Enter", "ArrowDown", "ArrowDown", "Enter", "Escape");
  expect(editor.snapshot().begun?.said).toEqual(["names:k1"]);
  press("1", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "Enter");
  expect(said()).toEqual(["q1 names:k1 works_for names:k2"]);
});

test("a click on a mark chooses it while the relation is asked, and selects it else", () => {
  const marks = editor.asked()[0]?.key ?? "";
  editor.select(marks, "k1");
  expect(editor.snapshot()).toMatchObject({ active: links().key, selected: null, begun: { said: ["names:k1"] } });
  press("1");
  editor.select(marks, "k3");
  expect(said()).toEqual(["q1 names:k1 works_for names:k3"]);
  editor.activate(marks);
  editor.select(marks, "k1");
  expect(editor.snapshot().selected).toEqual({ key: marks, region: "k1" });
});

test.each([
  [["1", "1", "2"], ["1", "1", "2"], "This is said already."],
  [["1", "3", "2"], ["2", "3", "1"], "This is said already."],
  [["1", "2", "2"], ["2", "2", "1"], "This would close a circle."],
  [[], ["2", "1"], "“works_for” does not begin there."],
  [[], ["1", "2", "1"], "A mark is not related to itself here."],
])("what may not stand beside %j is refused: %j", (before, chords, refusal) => {
  press(...before);
  const stood = said();
  press(...chords);
  expect(editor.snapshot().refused).toBe(refusal);
  expect(said()).toEqual(stood);
});

test("the selected one is turned round where it may be, walked to and removed, and comes back by undo", () => {
  press("2", "2", "3", "1", "1", "2");
  press("[", "[", "=");
  expect(said()[0]).toBe("q1 names:k3 part_of names:k2");
  press("]", "=");
  expect(editor.snapshot().refused).toBe("“works_for” does not lead there.");
  press("Delete");
  expect(said()).toEqual(["q1 names:k3 part_of names:k2"]);
  editor.undo();
  expect(said()).toHaveLength(2);
});

test("a relation goes with its mark, and both come back together", () => {
  press("1", "1", "2", "2", "2", "3");
  const [marks] = editor.asked();
  if (marks) editor.removeRegion(marks, "k1");
  expect(said()).toEqual(["q2 names:k2 part_of names:k3"]);
  editor.undo();
  expect(said()).toHaveLength(2);
});

test("a mark with another label is said not to fit", () => {
  press("1", "1", "2");
  const [marks] = editor.asked();
  if (marks) editor.changeRegion(marks, "k1", { label: "ORG" });
  const value = editor.answer(links().key)?.value as Json;
  expect(kind.missing?.(links().question.settings ?? {}, value, links(), editor)).toBe(
    "1 relation does not fit its marks",
  );
});

test("that there is nothing to relate is an answer", () => {
  press("0");
  expect(editor.answer(links().key)?.value).toEqual({ relations: [] });
  press("0");
  expect(editor.answer(links().key)).toBeUndefined();
});

test("of a model is accepted what it relates together with what it marks", () => {
  const relations = [{ id: "q1", label: "works_for", from: "names:k1", to: "names:k2" }];
  const suggestion = {
    id: "sg1",
    answers: [
      { ...MARKS, target: undefined },
      { question: "links", value: { relations } },
    ],
  };
  const bare = { id: "sg2", answers: [{ question: "links", value: { relations } }] };
  const { item } = editor;
  editor = new Editor(ontology, item, [], Date.now, [suggestion, bare] as never);
  const [proposal, none] = proposalsFor(editor, links(), kind);
  expect(proposal?.from.map(({ id }) => id)).toEqual(["sg1"]);
  expect(none).toBeUndefined();
  editor.accept(links(), { value: proposal?.value, abstained: undefined, suggestion: "sg1" });
  expect(said()).toEqual(["q1 names:k1 works_for names:k2"]);
  expect(editor.answer(editor.asked()[0]?.key ?? "")).toMatchObject({ target: "text", value: MARKS.value });
});
