/** Suggestions: which of them could be answers to what is asked now, which are the same, and which comes next. */
import { beforeAll, expect, test } from "vitest";
import type { Item, Json, Question, Suggestion } from "../../api/contract";
import { Editor } from "../../editor/store";
import { loadLanguage } from "../../i18n";
import { loadKinds, questionNames } from "../registry";
import { isAccepted, nextProposal, proposalsFor, proposedRegions } from "./proposed";

beforeAll(() => loadLanguage("en"));

const item: Item = {
  inputs: {
    text: { text: "💩 Acme sued Globex." },
    photo: { blob: "b", media: { width: 100, height: 80 } },
    audio: { blob: "a", media: { samples: 16_000, sample_rate: 8_000, channels: 2 } },
    run: { nodes: ["s1", "s2"].map((id) => ({ id, type: "step", actor: "agent" })) },
    chat: {
      json: {
        threads: [
          {
            id: "h1",
            turns: [
              {
                id: "t1",
                messages: [{ id: "m1", role: "user", content: "Rain?" }],
                responses: ["r1", "r2"].map((id) => ({
                  id,
                  messages: [{ id: `${id}m`, role: "assistant", content: "Yes." }],
                })),
              },
            ],
          },
        ],
      },
    },
  },
};
const options = [{ value: "a" }, { value: "b" }, { value: "none", exclusive: true }];
const TASK = {
  format: "open-task/0.1",
  id: "words",
  version: "1",
  statement: [{ type: "text", text: "Count the words." }],
  files: [{ path: "answer.txt", role: "solution", text: "7" }],
  checker: { command: ["cmp", "answer.txt", "known.txt"] },
};
const TURN = { each: "turn", of: "chat" };

type Asking = Pick<Question, "kind" | "settings" | "target" | "allow">;

async function offered(question: Asking, ...suggestions: Suggestion[]) {
  const names: Record<string, string> = { image: "photo", trace: "run" };
  const inputs = ["text", "image", "chat", "audio", "trace"].map((kind) => ({ name: names[kind] ?? kind, kind }));
  const ontology = {
    format: "evenhand-ontology/1" as const,
    name: "o",
    language: "en",
    inputs,
    questions: [{ name: "q", ...question }],
  };
  const { questions } = await loadKinds({ questions: [question.kind], inputs: inputs.map(({ kind }) => kind) });
  const editor = new Editor(ontology, item, [], Date.now, suggestions);
  const [asked] = editor.asked();
  if (!asked) throw new Error("nothing is asked");
  const kind = questions[question.kind];
  if (!kind) throw new Error(`there is no kind ${question.kind}`);
  return { editor, asked, kind, proposals: proposalsFor(editor, asked, kind) };
}

const says = (value: Json, id = "sg1", target?: string): Suggestion => ({
  id,
  model: `model of ${id}`,
  answers: [{ question: "q", value, ...(target === undefined ? {} : { target }) }],
});
const span = (ranges: Json, more: Record<string, Json> = {}) => ({
  regions: [{ id: "k1", label: "a", ranges, ...more }],
});
const box = (sides: Record<string, Json>) => ({
  regions: [{ id: "k1", label: "a", x: 1, y: 1, w: 9, h: 9, ...sides }],
});
const labels = options.slice(0, 2);

/** Of the text of the item. */
const DIGEST = "sha256:cad1f5c25c5aee952166df77fdb9db7ed71cca71a7c5467b42057927dcc39ada";

interface Case {
  question: Asking;
  target?: string;
  good: Json[];
  bad: Json[];
}
const SQUARE = [
  [0, 0],
  [50, 0],
  [50, 50],
  [0, 50],
];

const RUBRIC = {
  id: "r",
  criteria: ["c1", "c2"].map((id) => ({
    id,
    text: id,
    evidence: id === "c2" ? "none" : "optional",
    levels: [0, 1].map((level) => ({ level, score: level })),
  })),
};
const graded = (first: Record<string, Json>, ...more: Json[]): Json => ({
  criteria: [{ id: "c1", level: 1, ...first }, ...more],
});

const heard = (...stretches: [number, number][]): Json => ({
  regions: stretches.map(([start, end], index) => ({ id: `k${index + 1}`, label: "a", start, end })),
});

const written = (...segments: object[]): Json => ({
  segments: segments.map((each, index) => ({ id: `k${index + 1}`, speaker: "a", text: "So.", ...each })) as Json,
});

const steps = (...grades: Json[]): Json =>
  grades.map((grade, index) => ({ step: `s${index + 1}`, grade })) as unknown as Json;

const related = (more: Record<string, Json> = {}): Json => ({
  relations: [{ id: "q1", label: "a", from: "marks:k1", to: "marks:k2", ...more }],
});

const CASES: Record<string, Case> = {
  relation: {
    question: { kind: "relation", settings: { labels, over: ["marks"] } },
    good: [{ relations: [] }],
    bad: [
      related(),
      related({ label: "c" }),
      related({ to: "marks:k1" }),
      related({ to: "others:k1" }),
      related({ to: "k2" }),
      related({ from: 1 }),
      related({ more: 1 }),
      { relations: [null] },
      { relations: "x" },
      null,
    ],
  },
  step_grade: {
    question: { kind: "step_grade", target: { input: "run" }, settings: { stop_at_first_error: true } },
    target: "run",
    good: [{ steps: steps("good", "bad") }, { steps: steps("bad"), first_error: "s1" }],
    bad: [
      { steps: steps("fine", "good") },
      { steps: steps("bad", "good") },
      { steps: steps("good", "bad"), first_error: "s1" },
      { steps: steps("good", "good", "good") },
      { steps: [{ step: "s2", grade: "good" }] },
      { steps: [{ step: "s1", grade: "bad", replacement: "Ask." }] },
      { steps: steps("good", "good"), finish: "done" },
      { steps: "x" },
      null,
    ],
  },
  rubric: {
    question: { kind: "rubric", target: { input: "text" }, settings: { rubric: RUBRIC, evidence: true } },
    target: "text",
    good: [graded({ note: "So.", evidence: [{ ranges: [[2, 6]] }] }, { id: "c2", level: 0 })],
    bad: [
      graded({}),
      graded({ level: 2 }, { id: "c2", level: 0 }),
      graded({}, { id: "c2", na: true }),
      graded({}, { id: "c2", level: 0, evidence: [{ ranges: [[2, 6]] }] }),
      graded({ evidence: [{ ranges: [[2, 99]] }] }, { id: "c2", level: 0 }),
      graded({ evidence: [{ on: "chat", ranges: [[0, 1]] }] }, { id: "c2", level: 0 }),
      graded({}, { id: "c1", level: 0 }),
      graded({}, { id: "c3", level: 0 }),
      { criteria: "x" },
      null,
    ],
  },
  choice: { question: { kind: "choice", settings: { options } }, good: ["a"], bad: ["c", 1, ["a"], null] },
  multi_choice: {
    question: { kind: "multi_choice", settings: { options, max: 2 } },
    good: [["a", "b"], ["none"]],
    bad: [["a", "none"], ["c"], ["a", "a"], [], "a"],
  },
  taxonomy: {
    question: {
      kind: "taxonomy",
      settings: { leaf_only: true, tree: [{ value: "x", children: [{ value: "y" }] }, { value: "z" }] },
    },
    good: [[["x", "y"]], [["z"]]],
    bad: [[["x"]], [["y"]], [["x", "y"], ["z"]], [[["z"]]], [], "z"],
  },
  rating: { question: { kind: "rating", settings: { levels: 5 } }, good: [1, 5], bad: [0, 6, 2.5, "3"] },
  number: {
    question: { kind: "number", settings: { min: 0, max: 10, step: 0.5 } },
    good: [0, 9.5],
    bad: [11, 0.3, "4", null],
  },
  text: {
    question: { kind: "text", settings: { min: 3, max: 8 } },
    good: ["Enough"],
    bad: ["No", "far too long", " ", 4],
  },
  rewrite: {
    question: { kind: "rewrite", target: { input: "text" }, settings: { require_change: true, min_change: 0.25 } },
    good: [{ base: DIGEST, text: "💩 Acme sued Initech." }],
    bad: [
      { base: DIGEST, text: "💩 Acme sued Globex." },
      { base: DIGEST, text: " " },
      {
        base: "sha256:c5110bcc47a7884a0d84533ca42a7a758ca35d606b6a0deaa43499df5f7e17e9",
        text: "💩 Acme sued Initech.",
      },
      { base: DIGEST },
      { base: DIGEST, text: "💩 Acme sued Initech.", diff: [] },
      "💩 Acme sued Initech.",
      null,
    ],
  },
  span: {
    question: { kind: "span", target: { input: "text" }, settings: { labels, overlap: "forbid" } },
    good: [span([[2, 6]]), span([[12, 19]]), { regions: [] }],
    bad: [
      span([[2, 20]]),
      span([[6, 2]]),
      span([
        [2, 6],
        [8, 9],
      ]),
      span([]),
      span("2-6"),
      span([[2, 6]], { label: "gone" }),
      span([[0, 2]], { on: "photo" }),
      {
        regions: [
          { id: "k1", label: "a", ranges: [[2, 6]] },
          { id: "k2", label: "b", ranges: [[4, 8]] },
        ],
      },
      {
        regions: [
          { id: "k1", label: "a", ranges: [[2, 6]] },
          { id: "k1", label: "b", ranges: [[8, 9]] },
        ],
      },
      { regions: ["Acme"] },
      "Acme",
    ],
  },
  box: {
    question: { kind: "box", target: { input: "photo" }, settings: { labels, min_w: 4 } },
    good: [box({}), box({ x: 0, w: 100 }), { regions: [] }],
    bad: [
      box({ w: 3 }),
      box({ x: 95 }),
      box({ rotation: 30 }),
      box({ label: "gone" }),
      box({ x: "1" }),
      { regions: null },
    ],
  },
  polygon: {
    question: { kind: "polygon", settings: { labels } },
    good: [{ regions: [{ id: "k1", label: "a", rings: [SQUARE] }] }, { regions: [] }],
    bad: [
      { regions: [{ id: "k1", label: "a", rings: [SQUARE.slice(2)] }] },
      {
        regions: [
          {
            id: "k1",
            label: "a",
            rings: [
              [
                [0, 0],
                [50, 50],
                [50, 0],
                [0, 50],
              ],
            ],
          },
        ],
      },
      { regions: [{ id: "k1", label: "a", rings: [[...SQUARE.slice(1), [0, 81]]] }] },
      { regions: [{ id: "k1", label: "gone", rings: [SQUARE] }] },
      { regions: [{ id: "k1", label: "a", rings: "x" }] },
    ],
  },
  polyline: {
    question: { kind: "polyline", settings: { labels } },
    good: [{ regions: [{ id: "k1", label: "a", points: SQUARE }] }],
    bad: [
      { regions: [{ id: "k1", label: "a", points: [[0, 0]] }] },
      { regions: [{ id: "k1", label: "a", points: [0, 0] }] },
      { regions: [{ id: "k1", label: "a", points: [...SQUARE, [101, 0]] }] },
    ],
  },
  keypoints: {
    question: { kind: "keypoints", settings: { labels, skeleton: { points: [{ value: "head" }, { value: "tail" }] } } },
    good: [
      { regions: [{ id: "k1", label: "a", points: { head: [100, 80, "visible"], tail: null } }] },
      { regions: [{ id: "k1", label: "a", points: { head: [0, 0, "occluded"], tail: [1, 1, "visible"] } }] },
    ],
    bad: [
      { regions: [{ id: "k1", label: "a", points: { head: [101, 80, "visible"], tail: null } }] },
      { regions: [{ id: "k1", label: "a", points: { head: [1, 1, "visible"] } }] },
      { regions: [{ id: "k1", label: "a", points: { head: null, tail: null } }] },
      { regions: [{ id: "k1", label: "a", points: { head: [1, 1, "gone"], tail: null } }] },
    ],
  },
  ellipse: {
    question: { kind: "ellipse", settings: { labels } },
    good: [{ regions: [{ id: "k1", label: "a", cx: 50, cy: 40, rx: 50, ry: 40 }] }],
    bad: [
      { regions: [{ id: "k1", label: "a", cx: 50, cy: 40, rx: 51, ry: 40 }] },
      { regions: [{ id: "k1", label: "a", cx: 50, cy: 40, rx: 0, ry: 40 }] },
      { regions: [{ id: "k1", label: "a", cx: 50, cy: 40, rx: 5, ry: 5, rotation: 9 }] },
    ],
  },
  mask: {
    question: { kind: "mask", settings: { labels } },
    good: [{ regions: [{ id: "k1", label: "a", rle: { size: [80, 100], counts: [0, 8000] } }] }],
    bad: [
      { regions: [{ id: "k1", label: "a", rle: { size: [100, 80], counts: [0, 8000] } }] },
      { regions: [{ id: "k1", label: "a", rle: { size: [80, 100], counts: [0, 7999] } }] },
      { regions: [{ id: "k1", label: "a", rle: { size: [80, 100], counts: [10, 0, 7990] } }] },
      { regions: [{ id: "k1", label: "a" }] },
    ],
  },
  time_segment: {
    question: { kind: "time_segment", settings: { labels, overlap: "between_labels", min_ms: 10 } },
    good: [heard([0, 16_000]), heard([80, 160], [160, 8_000]), { regions: [] }],
    bad: [
      heard([0, 16_001]),
      heard([0, 79]),
      heard([-1, 800]),
      heard([0.5, 800]),
      heard([800, 0]),
      heard([0, 800], [799, 1_600]),
      { regions: [{ id: "k1", label: "a", start: 0, end: 800, channel: "c0" }] },
      { regions: [{ id: "k1", label: "a", start: 0, end: 800, on: "audio/c0" }] },
      { regions: [{ id: "k1", label: "gone", start: 0, end: 800 }] },
      { regions: [{ id: "k1", label: "a", start: 0 }] },
    ],
  },
  transcript: {
    question: { kind: "transcript", settings: { speakers: labels, conventions: [{ value: "laughs" }] } },
    good: [
      written({ start: 0, end: 16_000, text: "שלום [laughs]." }),
      written({ start: 0, end: 9 }, { start: 5, end: 8 }),
      { segments: [] },
    ],
    bad: [
      written({ start: 0, end: 16_001 }),
      written({ start: 9, end: 9 }),
      written({ start: 0.5, end: 9 }),
      written({ start: 5, end: 8 }, { start: 0, end: 9 }),
      written({ start: 0, end: 9, id: "k2" }, { start: 5, end: 8 }),
      written({ start: 0, end: 9, speaker: "gone" }),
      written({ start: 0, end: 9, text: " " }),
      written({ start: 0, end: 9, text: "[coughs]" }),
      written({ start: 0, end: 9, text: "[laughs" }),
      written({ start: 0, end: 9, label: "a" }),
      { segments: [null] },
      { segments: "So." },
      { regions: [] },
      null,
    ],
  },
  pairwise: {
    question: { kind: "pairwise", target: TURN, settings: { strength: 3, ties: ["same"] } },
    target: "chat/t1",
    good: [{ winner: "r2", strength: 3 }, { winner: "r1" }, { tie: "same" }],
    bad: [{ winner: "r3", strength: 1 }, { winner: "r1", strength: 4 }, { tie: "both_bad" }, "r1", null],
  },
  best_worst: {
    question: { kind: "best_worst", settings: { compare: "option", options } },
    good: [{ best: "a", worst: "none" }],
    bad: [
      { best: "a" },
      { best: "a", worst: "a" },
      { best: "a", worst: "c" },
      { best: "a", worst: "b", second: "none" },
      ["a", "b"],
      "a",
      null,
    ],
  },
  verifiable_task: {
    question: { kind: "verifiable_task", settings: { wrong_solutions: 0 } },
    good: [TASK],
    bad: [{ ...TASK, format: "open-task/0.0" }, { ...TASK, files: "x" }, { ...TASK, checker: {} }, "x", null],
  },
  ranking: {
    question: { kind: "ranking", target: TURN, settings: {} },
    target: "chat/t1",
    good: [{ groups: [["r2"], ["r1"]] }],
    bad: [
      { groups: [["r1", "r2"]] },
      { groups: [["r1"]] },
      { groups: [["r1"]], unranked: ["r2"] },
      { groups: [["r1"], ["r1"]] },
      { groups: [["r1"], ["r2"], []] },
      { groups: "r1" },
      ["r1", "r2"],
    ],
  },
};

test("every kind says what could be an answer", () => {
  expect(Object.keys(CASES).sort()).toEqual([...questionNames].sort());
});

test.each(Object.entries(CASES))("%s: what fits is offered, what does not fit any more is not", async (_, given) => {
  for (const value of given.good) {
    const { proposals } = await offered(given.question, says(value, "sg1", given.target));
    expect(proposals.map((each) => each.value)).toEqual([value]);
  }
  for (const value of given.bad) {
    const { proposals } = await offered(given.question, says(value, "sg1", given.target));
    expect([value, proposals]).toEqual([value, []]);
  }
});

test.each(Object.entries(CASES))("%s: what is accepted is the answer, and undo leaves none", async (_, given) => {
  const { editor, asked, proposals } = await offered(given.question, says(given.good[0] as Json, "sg1", given.target));
  expect(editor.submission()).toEqual([]);

  editor.accept(asked, proposals[0]!);
  expect(editor.submission()).toEqual([{ question: "q", target: asked.part.address, value: given.good[0] }]);
  expect(isAccepted(proposals[0]!, editor.answer(asked.key))).toBe(true);

  editor.undo();
  expect(editor.submission()).toEqual([]);
});

const TONE = { kind: "choice", settings: { options } };

test("models that say the same stand together, in the order in which they came", async () => {
  const { proposals } = await offered(TONE, says("a", "x"), says("b", "y"), says("a", "z"));

  expect(proposals.map(({ value, from }) => [value, from.map(({ id }) => id)])).toEqual([
    ["a", ["x", "z"]],
    ["b", ["y"]],
  ]);
});

test("the same key accepts one after the other", async () => {
  const { editor, asked, proposals } = await offered(TONE, says("a", "x"), says("b", "y"));
  const pressed = () => {
    const next = nextProposal(proposals, editor.answer(asked.key))!;
    editor.accept(asked, next);
    return next.value;
  };

  expect([pressed(), pressed(), pressed()]).toEqual(["a", "b", "a"]);
});

test("an abstention can be suggested where the question allows it", async () => {
  const abstains: Suggestion = { id: "x", answers: [{ question: "q", abstained: "cannot_answer" }] };

  const refused = await offered(TONE, abstains);
  const { editor, asked, proposals } = await offered({ ...TONE, allow: ["cannot_answer"] }, abstains);
  editor.accept(asked, proposals[0]!);

  expect(refused.proposals).toEqual([]);
  expect(editor.submission()).toEqual([{ question: "q", target: "", abstained: "cannot_answer" }]);
});

test("a suggestion about another part, or another question, is not this one's", async () => {
  const { question } = CASES.pairwise!;
  const { proposals } = await offered(question, says({ winner: "r1" }, "x"), says({ winner: "r1" }, "y", "chat/t9"), {
    id: "z",
    answers: [{ question: "other", target: "chat/t1", value: { winner: "r1" } }],
  });

  expect(proposals).toEqual([]);
});

test("marks of a suggestion stand on the material until there is an answer", async () => {
  const { question, good } = CASES.span!;
  const { editor, asked, kind } = await offered(question, says(good[0]!));
  expect(proposedRegions(editor, asked, kind)).toHaveLength(1);

  editor.setValue(asked, { regions: [] });

  expect(proposedRegions(editor, asked, kind)).toEqual([]);
});
