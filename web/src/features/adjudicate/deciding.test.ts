/** An adjudication: what is settled stands already, what is open is decided by one key, and nothing is sent before. */
import { afterEach, beforeAll, expect, test } from "vitest";
import type { Answer, Assignment, GivenAnswers, OntologyBody, StageConsensus } from "../../api/contract";
import { Editor } from "../../editor/store";
import { loadKinds } from "../../kinds/registry";
import type { Held } from "../annotate/sitting";
import { Deciding, settle } from "./deciding";

// A kind says itself what it is about.
beforeAll(async () => void (await loadKinds({ questions: ["span"], inputs: [] })));

const ontology: OntologyBody = {
  format: "evenhand-ontology/1",
  name: "letters",
  language: "en",
  inputs: [{ name: "letter", kind: "text" }],
  questions: [
    { name: "tone", kind: "choice", settings: { options: [{ value: "kind" }, { value: "harsh" }] } },
    { name: "why", kind: "text", required: false, show_if: { question: "tone", is: "harsh" } },
    { name: "who", kind: "span", settings: { labels: [{ value: "org" }] } },
    { name: "sure", kind: "choice", target: { each: "region", of: "who" }, settings: { options: [{ value: "yes" }] } },
  ],
};
const item = { inputs: { letter: { text: "Acme sued Globex." } } };
const span = (id: string, start: number, end: number): Answer => ({
  question: "who",
  target: "letter",
  value: { regions: [{ id, label: "org", ranges: [[start, end]] }] },
});
const tone = (value: string): Answer => ({ question: "tone", target: "", value });
const sure = (region: string): Answer => ({ question: "sure", target: `who:${region}`, value: "yes" });

function deciding(
  given: Answer[][],
  { consensus = [], least = null }: { consensus?: Partial<StageConsensus>[]; least?: number | null } = {},
): Deciding {
  const answers = given.map(
    (each, index): GivenAnswers => ({
      annotation_id: `a${index}`,
      label: `Answer ${index + 1}`,
      answers: each,
      revision: 1,
      ontology_version: 4,
    }),
  );
  const editor = new Editor(ontology, item);
  settle(editor, { answers, consensus: consensus as StageConsensus[] }, least);
  const assignment = { answers, ontology_version: 4 } as Partial<Assignment>;
  return new Deciding({ assignment, editor, margin } as unknown as Held);
}

/** What this device keeps of what is written beside the answers. */
const margin: Held["margin"] = {
  kept: null,
  keep: (written) => {
    margin.kept = { ...written, at: 0 };
  },
};
afterEach(() => {
  margin.kept = null;
});

const decided = (on: Deciding): unknown => on.adjudication("decide").answers;

test("what all say is decided already, and the first that differs is where one begins", () => {
  const on = deciding([
    [tone("kind"), span("k1", 0, 4)],
    [tone("harsh"), span("z9", 0, 4)],
  ]);

  expect(decided(on)).toEqual([span("k1", 0, 4)]);
  expect(on.current?.asked.question.name).toBe("tone");
  expect(on.open().map(({ asked }) => asked.question.name)).toEqual(["tone"]);
});

test("a value is taken by its place, the leading one first, and the next open question follows", () => {
  const on = deciding([
    [tone("kind"), span("k1", 0, 4)],
    [tone("harsh"), span("k1", 10, 16)],
    [tone("harsh"), span("k1", 0, 4)],
  ]);
  const [harsh] = on.current!.values;
  expect(harsh?.from).toEqual([1, 2]);

  on.take(harsh!);

  expect(on.current?.asked.question.name).toBe("who");
  on.take(on.current!.values[1]!);
  expect(decided(on)).toEqual([tone("harsh"), span("k1", 10, 16)]);
  expect(on.open()).toEqual([]);
});

test("a value as probable as the project asks for is settled, a tied one never", () => {
  const consensus = [
    { question: "tone", target: "", value: "harsh", probability: 0.97, status: "resolved" as const },
    { question: "who", target: "letter", probability: 0.99, status: "tied" as const },
  ];
  const given = [
    [tone("kind"), span("k1", 0, 4)],
    [tone("harsh"), span("k1", 10, 16)],
    [tone("harsh"), span("k1", 0, 4)],
  ];

  expect(
    deciding(given, { consensus, least: 0.9 })
      .open()
      .map(({ asked }) => asked.question.name),
  ).toEqual(["who"]);
  expect(deciding(given, { consensus, least: 0.98 }).open()).toHaveLength(2);
  expect(deciding(given, { consensus }).open()).toHaveLength(2);
});

test("the model's leading value leads, also against the count of answers", () => {
  const consensus = [{ question: "tone", target: "", value: "kind", probability: 0.6, status: "resolved" as const }];

  const { values, cells } = deciding([[tone("kind")], [tone("harsh")], [tone("harsh")]], { consensus }).rows[0]!;

  expect(values.map(({ answer }) => answer.value)).toEqual(["kind", "harsh"]);
  expect(cells.map(({ differs }) => differs)).toEqual([false, true, true]);
});

test("with the regions of a person goes what that person said about them", () => {
  const on = deciding([
    [tone("kind"), span("k1", 0, 4), sure("k1")],
    [tone("kind"), span("k1", 10, 16)],
  ]);
  expect(on.rows.map(({ asked }) => asked.question.name)).toEqual(["tone", "who"]);

  on.take(on.current!.values[0]!);
  expect(decided(on)).toEqual([tone("kind"), span("k1", 0, 4), sure("k1")]);
  on.go("who letter");
  on.take(on.current!.values[1]!);

  expect(decided(on)).toEqual([tone("kind"), span("k1", 10, 16)]);
});

test("a decision is taken back by undo, and only the person's own", () => {
  const on = deciding([
    [tone("kind"), span("k1", 0, 4)],
    [tone("harsh"), span("k1", 0, 4)],
  ]);
  on.take(on.current!.values[1]!);

  expect(on.held.editor.undo()).toBe(true);
  expect(decided(on)).toEqual([span("k1", 0, 4)]);
  expect(on.held.editor.undo()).toBe(false);
});

test("another value begins with what stands, and is sent as it was changed", () => {
  const on = deciding([
    [tone("kind"), span("k1", 0, 4)],
    [tone("kind"), span("k1", 10, 16)],
  ]);

  on.beginOther();
  on.held.editor.changeRegion(on.current!.asked, "k1", { ranges: [[0, 16]] });

  expect(on.snapshot().isOther).toBe(true);
  expect(decided(on)).toEqual([tone("kind"), span("k1", 0, 16)]);
});

test("a question that only some were asked has its row, and is asked for only under the decision that asks it", () => {
  const why: Answer = { question: "why", target: "", value: "It threatens." };
  const on = deciding([[tone("kind")], [tone("harsh"), why]]);
  expect(on.rows.map(({ asked }) => asked.question.name)).toEqual(["tone", "why", "who"]);

  on.take(on.current!.values.find(({ answer }) => answer.value === "kind")!);
  expect(on.open()).toEqual([]);
  on.go("tone ");
  on.take(on.current!.values.find(({ answer }) => answer.value === "harsh")!);

  expect(on.open().map(({ asked }) => asked.question.name)).toEqual(["why"]);
});

test("how sure a person was does not go along with their value", () => {
  const on = deciding([[{ ...tone("kind"), confidence: 0.5, justification: "It thanks." }], [tone("harsh")]]);

  on.take(on.current!.values[0]!);

  expect(decided(on)).toEqual([tone("kind")]);
});

test("answers are shown on the material one after another, and then the decision again", () => {
  const on = deciding([[span("k1", 0, 4)], [span("k1", 10, 16)]]);

  const shown = [0, 1, 2].map(() => {
    on.show(1);
    return on.snapshot().shown;
  });

  expect(shown).toEqual([0, 1, null]);
  on.show(-1);
  expect(on.reader.regions("who letter")[0]?.ranges).toEqual([[10, 16]]);
});

test("a note and a reason go along, blanks do not, and only a decision has answers", () => {
  const on = deciding([[tone("kind")], [tone("harsh")]]);
  on.say({ reason: "guideline-silent", note: " Ask for a rule. " });

  expect(on.adjudication("send-back")).toEqual({
    action: "send-back",
    ontology_version: 4,
    reason: "guideline-silent",
    note: "Ask for a rule.",
  });
  expect(on.adjudication("more", { reason: null, note: " " })).toEqual({ action: "more", ontology_version: 4 });
});

test("a reason and a note are there again after the page was closed", () => {
  const given = [[tone("kind")], [tone("harsh")]];
  deciding(given).say({ reason: "slip", note: "Half a sen" });

  expect(deciding(given).snapshot()).toMatchObject({ reason: "slip", note: "Half a sen" });
});
