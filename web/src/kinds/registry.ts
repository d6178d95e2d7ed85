/** Every kind by name, loaded when a task needs it. To add one: a module here, its like on the server, nothing else. */
import type { InputKind, QuestionKind } from "./kind";

const QUESTIONS: Record<string, () => Promise<{ default: QuestionKind }>> = {
  choice: () => import("./questions/choice"),
  multi_choice: () => import("./questions/multi-choice"),
  rating: () => import("./questions/rating"),
  text: () => import("./questions/text"),
  number: () => import("./questions/number"),
  taxonomy: () => import("./questions/taxonomy"),
  ranking: () => import("./questions/ranking"),
};
const INPUTS: Record<string, () => Promise<{ default: InputKind }>> = {
  text: () => import("./inputs/text"),
};

export const questionNames = Object.keys(QUESTIONS);
export const inputNames = Object.keys(INPUTS);

export interface Kinds {
  questions: Record<string, QuestionKind>;
  inputs: Record<string, InputKind>;
}

const loaded: Kinds = { questions: {}, inputs: {} };

/** Loads the modules of some kinds; a kind this build does not know is left out and shown as such. */
export async function loadKinds(needed: { questions: string[]; inputs: string[] }): Promise<Kinds> {
  await Promise.all([
    ...needed.questions.map(async (name) => {
      const load = QUESTIONS[name];
      if (load) loaded.questions[name] ??= (await load()).default;
    }),
    ...needed.inputs.map(async (name) => {
      const load = INPUTS[name];
      if (load) loaded.inputs[name] ??= (await load()).default;
    }),
  ]);
  return loaded;
}
