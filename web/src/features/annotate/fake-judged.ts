/** For tests: of every kind of question one task, with what two people answered, and what each answer reads as. */
import type { Answer, Assignment, GivenAnswers, Input, Item, Json, OntologyBody, Question } from "../../api/contract";

interface Case {
  question: Omit<Question, "name" | "kind">;
  target: string;
  values: [Json, Json];
  /** A piece of what each reads as. */
  read: [string, string];
}

const OPTIONS = [
  { value: "a", text: "Apple" },
  { value: "b", text: "Birch" },
];
const RUBRIC = {
  id: "r",
  criteria: [
    {
      id: "c1",
      text: "Names who is sued.",
      levels: [
        { level: 0, score: 0 },
        { level: 1, score: 1 },
      ],
    },
  ],
};
const TREE = [{ value: "tree", text: "Tree", children: OPTIONS }];
const box = (x: number, label: string): Json => ({ regions: [{ id: "k1", label, x, y: 10, w: 30, h: 40 }] });
const marked = (label: string, geometry: Json): Json => ({ regions: [{ id: "k1", label, ...(geometry as object) }] });
const TRIANGLE: Json = [
  [0, 0],
  [60, 0],
  [60, 40],
];
const task = (id: string): Json => ({
  format: "open-task/0.1",
  id,
  version: "1",
  statement: [{ type: "text", text: "Count the words." }],
  files: [{ path: "answer.txt", role: "solution", text: "7" }],
  checker: { command: ["cmp", "answer.txt", "known.txt"] },
});
const span = (start: number, end: number): Json => ({ regions: [{ id: "k1", label: "a", ranges: [[start, end]] }] });

/** Of the letter's text. */
const LETTER_DIGEST = "sha256:c5110bcc47a7884a0d84533ca42a7a758ca35d606b6a0deaa43499df5f7e17e9";

export const CASES: Record<string, Case> = {
  choice: { question: { settings: { options: OPTIONS } }, target: "", values: ["a", "b"], read: ["Apple", "Birch"] },
  multi_choice: {
    question: { settings: { options: OPTIONS, min: 0 } },
    target: "",
    values: [["a", "b"], []],
    read: ["Apple, Birch", "none of them"],
  },
  number: { question: { settings: { min: 0, max: 99 } }, target: "", values: [41, 42], read: ["41", "42"] },
  rating: {
    question: {
      settings: {
        levels: [
          { value: 1, text: "Poor" },
          { value: 2, text: "Good" },
        ],
      },
    },
    target: "",
    values: [1, 2],
    read: ["Poor", "Good"],
  },
  text: { question: {}, target: "", values: ["We pay.", "We do not."], read: ["We pay.", "We do not."] },
  taxonomy: {
    question: { settings: { tree: TREE } },
    target: "",
    values: [[["tree", "a"]], [["tree", "b"]]],
    read: ["Apple", "Birch"],
  },
  ranking: {
    question: { settings: { compare: "option", options: OPTIONS } },
    target: "",
    values: [{ groups: [["a"], ["b"]] }, { groups: [["b"], ["a"]] }],
    read: ["Apple › Birch", "Birch › Apple"],
  },
  best_worst: {
    question: { settings: { compare: "option", options: [...OPTIONS, { value: "c", text: "Cedar" }] } },
    target: "",
    values: [
      { best: "a", worst: "b" },
      { best: "b", worst: "c" },
    ],
    read: ["Best Apple", "Best Birch"],
  },
  pairwise: {
    question: { settings: { compare: "option", options: OPTIONS, strength: 1, ties: ["same"] } },
    target: "",
    values: [{ winner: "a", strength: 1 }, { tie: "same" }],
    read: ["A is better", "No difference"],
  },
  rubric: {
    question: { target: { input: "letter" }, settings: { rubric: RUBRIC, evidence: true } },
    target: "letter",
    values: [
      { criteria: [{ id: "c1", level: 1, note: "Both.", evidence: [{ ranges: [[10, 16]] }] }] },
      { criteria: [{ id: "c1", level: 0 }] },
    ],
    read: ["Total 100%", "Total 0%"],
  },
  step_grade: {
    question: { target: { input: "run" }, settings: { replacement: true } },
    target: "run",
    values: [
      { steps: [{ step: "s1", grade: "good" }] },
      { steps: [{ step: "s1", grade: "bad", replacement: "Ask first." }], first_error: "s1" },
    ],
    read: ["No error", "First error: step 1"],
  },
  rewrite: {
    question: {},
    target: "letter",
    values: [
      { base: LETTER_DIGEST, text: "Acme sued Initech." },
      { base: LETTER_DIGEST, text: "Acme sued Globex." },
    ],
    read: ["GlobexInitech", "left as it is"],
  },
  span: {
    question: { settings: { labels: OPTIONS } },
    target: "letter",
    values: [span(0, 4), span(10, 16)],
    read: ["Acme", "Globex"],
  },
  box: {
    question: { settings: { labels: OPTIONS } },
    target: "photo",
    values: [box(10, "a"), box(20, "b")],
    read: ["Apple", "Birch"],
  },
  polygon: {
    question: { settings: { labels: OPTIONS } },
    target: "photo",
    values: [marked("a", { rings: [TRIANGLE] }), marked("b", { rings: [TRIANGLE] })],
    read: ["Apple", "Birch"],
  },
  polyline: {
    question: { settings: { labels: OPTIONS } },
    target: "photo",
    values: [marked("a", { points: TRIANGLE }), marked("b", { points: TRIANGLE })],
    read: ["Apple", "Birch"],
  },
  keypoints: {
    question: { settings: { labels: OPTIONS, skeleton: { points: [{ value: "head" }, { value: "tail" }] } } },
    target: "photo",
    values: [
      marked("a", { points: { head: [30, 30, "visible"], tail: null } }),
      marked("b", { points: { head: [30, 30, "visible"], tail: null } }),
    ],
    read: ["Apple", "Birch"],
  },
  ellipse: {
    question: { settings: { labels: OPTIONS } },
    target: "photo",
    values: [marked("a", { cx: 30, cy: 30, rx: 20, ry: 10 }), marked("b", { cx: 30, cy: 30, rx: 20, ry: 10 })],
    read: ["Apple", "Birch"],
  },
  mask: {
    question: { settings: { labels: OPTIONS } },
    target: "photo",
    values: ["a", "b"].map((label) => marked(label, { rle: { size: [60, 90], counts: [60, 120, 5220] } })) as [
      Json,
      Json,
    ],
    read: ["Apple", "Birch"],
  },
  time_segment: {
    question: { settings: { labels: OPTIONS } },
    target: "call",
    values: [marked("a", { start: 0, end: 8_000 }), marked("b", { start: 0, end: 8_000 })],
    read: ["Apple", "Birch"],
  },
  transcript: {
    question: { settings: { speakers: OPTIONS } },
    target: "call",
    values: [
      { segments: [{ id: "k1", start: 0, end: 8_000, speaker: "a", text: "We pay." }] },
      { segments: [{ id: "k1", start: 0, end: 8_000, speaker: "b", text: "We pray." }] },
    ],
    read: ["We pay.", "Birch"],
  },
  relation: {
    question: { settings: { labels: OPTIONS } },
    target: "",
    values: [
      { relations: [{ id: "q1", label: "a", from: "marks:k1", to: "marks:k2" }] },
      { relations: [{ id: "q1", label: "b", from: "marks:k2", to: "marks:k1" }] },
    ],
    read: ["k1 → Apple → k2", "k2 → Birch → k1"],
  },
  verifiable_task: {
    question: {},
    target: "",
    values: [task("words"), task("letters")],
    read: ["words", "letters"],
  },
};

const PHOTO = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='90' height='60'/%3E";
const INPUTS: Record<string, Input> = {
  photo: { name: "photo", kind: "image" },
  call: { name: "call", kind: "audio" },
  run: { name: "run", kind: "trace" },
};
const CONTENTS: Record<string, Item["inputs"]> = {
  photo: { photo: { url: PHOTO, media: { width: 90, height: 60 } } },
  call: { call: { url: "data:audio/wav,", media: { samples: 16_000, sample_rate: 8_000, channels: 1 } } },
  run: { run: { nodes: [{ id: "s1", type: "step", actor: "agent", content: [{ type: "text", text: "Sued." }] }] } },
};

export function judged(kind: string): { ontology: OntologyBody; item: Item; assignment: Assignment } {
  const { question, target, values } = CASES[kind] as Case;
  const ontology: OntologyBody = {
    format: "evenhand-ontology/1",
    name: "every kind",
    language: "en",
    inputs: [INPUTS[target] ?? { name: "letter", kind: "text" }],
    questions: [{ name: "asked", kind, ...question } as Question],
  };
  const item: Item = {
    inputs: CONTENTS[target] ?? { letter: { text: "Acme sued Globex." } },
  };
  const answers = values.map(
    (value, index): GivenAnswers => ({
      annotation_id: `a${index + 1}`,
      label: `Answer ${index + 1}`,
      answers: [{ question: "asked", target, value } as Answer],
      revision: 1,
      ontology_version: 1,
    }),
  );
  const assignment = {
    task_id: "t1",
    seed: "seed",
    ontology_version: 1,
    item,
    answers,
    consensus: [],
    verdicts: [],
  } as unknown as Assignment;
  return { ontology, item, assignment };
}
