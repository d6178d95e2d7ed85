/** Keys are named where they act: on the question that is active. */
import { act } from "react";
import { createRoot } from "react-dom/client";
import { beforeAll, expect, test } from "vitest";
import type { OntologyBody } from "../../api/contract";
import { Editor } from "../../editor/store";
import { loadLanguage } from "../../i18n";
import { loadKinds } from "../registry";

beforeAll(async () => {
  (globalThis as Record<string, unknown>).IS_REACT_ACT_ENVIRONMENT = true;
  await loadLanguage("en");
});

const options = [{ value: "person" }, { value: "place" }, { value: "thing" }];
const letter = { name: "letter", kind: "text" };
const NAMES = {
  question: { name: "names", kind: "span", settings: { labels: options }, target: { input: "letter" } },
  answer: {
    question: "names",
    target: "letter",
    value: { regions: [0, 2].map((start) => ({ id: `k${start}`, label: "thing", ranges: [[start, start + 1]] })) },
  },
};
interface Setting {
  settings: object;
  target?: object;
  inputs?: object[];
  before?: typeof NAMES;
}
const SETTINGS: Record<string, Setting> = {
  relation: { settings: { labels: options }, before: NAMES },
  choice: { settings: { options } },
  multi_choice: { settings: { options, min: 0 } },
  ranking: { settings: { compare: "option", options } },
  best_worst: { settings: { compare: "option", options } },
  pairwise: { settings: { compare: "option", options: options.slice(1), ties: ["same", "both_bad"] } },
  span: { settings: { labels: options }, target: { input: "letter" } },
  rubric: {
    settings: {
      allow_na: true,
      rubric: {
        id: "r",
        criteria: [
          {
            id: "c1",
            text: "Is right.",
            levels: [
              { level: 0, score: 0, anchor: "No." },
              { level: 1, score: 1, anchor: "Yes." },
            ],
          },
        ],
      },
    },
    target: { input: "letter" },
  },
  step_grade: {
    settings: { finish: options },
    target: { input: "run" },
    inputs: [{ name: "run", kind: "trace" }],
  },
  box: {
    settings: { labels: options },
    target: { input: "photo" },
    inputs: [{ name: "photo", kind: "image" }],
  },
  polygon: {
    settings: { labels: options },
    target: { input: "photo" },
    inputs: [{ name: "photo", kind: "image" }],
  },
  polyline: {
    settings: { labels: options },
    target: { input: "photo" },
    inputs: [{ name: "photo", kind: "image" }],
  },
  keypoints: {
    settings: { labels: options, skeleton: { points: [{ value: "head" }] } },
    target: { input: "photo" },
    inputs: [{ name: "photo", kind: "image" }],
  },
  ellipse: {
    settings: { labels: options },
    target: { input: "photo" },
    inputs: [{ name: "photo", kind: "image" }],
  },
  time_segment: {
    settings: { labels: options },
    target: { input: "call" },
    inputs: [{ name: "call", kind: "audio" }],
  },
  transcript: {
    settings: { speakers: options },
    target: { input: "call" },
    inputs: [{ name: "call", kind: "audio" }],
  },
  mask: {
    settings: { labels: options },
    target: { input: "photo" },
    inputs: [{ name: "photo", kind: "image" }],
  },
};

const run = { nodes: [{ id: "s1", type: "step", actor: "agent" }] } as never;

/** What a question of a kind says of keys: those on its options, and the line below it. */
async function keysOf(kind: string, isActive: boolean): Promise<string> {
  const { settings, target, inputs = [letter], before } = SETTINGS[kind] ?? { settings: {} };
  const questions = [...(before ? [before.question] : []), { name: "asked", kind, settings, target }];
  const ontology = { inputs, questions } as unknown as OntologyBody;
  const kinds = await loadKinds({ questions: [kind, "span"], inputs: ["trace"] });
  const item = { inputs: { letter: { text: "A letter." }, photo: { blob: "b" }, call: { blob: "c" }, run } };
  const editor = new Editor(ontology, item, before ? [before.answer as never] : []);
  const asked = editor.asked().at(-1);
  const Kind = kinds.questions[kind];
  if (!asked || !Kind) throw new Error("nothing is asked");
  const box = document.createElement("div");
  const given = { asked, editor, state: editor.snapshot(), language: "en", seed: "s", onPicked: () => undefined };
  await act(async () => createRoot(box).render(<Kind.Editor {...given} isActive={isActive} />));
  return [...box.querySelectorAll("kbd, .n, .regions-hint")].map(({ textContent }) => textContent).join("");
}

test.each(Object.keys(SETTINGS))("a question of the kind %s names its keys while it is active", async (kind) => {
  expect(await keysOf(kind, true)).toContain("1");
});

test.each(Object.keys(SETTINGS))("a question of the kind %s that is not active names none", async (kind) => {
  expect(await keysOf(kind, false)).toBe("");
});
