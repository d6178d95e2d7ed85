/** Every kind by name, loaded when a task needs it. To add one: a module here, its like on the server, nothing else. */
import type { InputKind, QuestionKind } from "./kind";

type Modules<Kind> = Record<string, () => Promise<{ default: Kind }>>;

const QUESTIONS = byName(import.meta.glob<{ default: QuestionKind }>(["./questions/*.tsx", "!**/*.test.tsx"]));
const INPUTS = byName(import.meta.glob<{ default: InputKind }>(["./inputs/*.tsx", "!**/*.test.tsx"]));

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

/** "./questions/multi-choice.tsx" is the kind multi_choice. */
function byName<Kind>(modules: Modules<Kind>): Modules<Kind> {
  const nameOf = (path: string): string => (path.split("/").at(-1) ?? "").replace(".tsx", "").replaceAll("-", "_");
  return Object.fromEntries(Object.entries(modules).map(([path, load]) => [nameOf(path), load]));
}
