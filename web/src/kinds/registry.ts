/** Every kind by name, loaded when a task needs it. To add one: a module here, its like on the server, nothing else. */
import { declare, declareInput } from "../editor/declared";
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

/** Keeps a module as a property of its own, whatever its name: an assignment would reach what every object inherits. */
function keep<Kind>(into: Record<string, Kind>, name: string, value: Kind): void {
  if (!Object.hasOwn(into, name)) Object.defineProperty(into, name, { value, enumerable: true, configurable: true });
}

/** Loads the modules of some kinds; a kind this build does not know is left out and shown as such. */
export async function loadKinds(needed: { questions: string[]; inputs: string[] }): Promise<Kinds> {
  await Promise.all([
    ...needed.questions.map(async (name) => {
      const load = Object.hasOwn(QUESTIONS, name) ? QUESTIONS[name] : undefined;
      if (!load) return;
      const { default: kind } = await load();
      declare(name, kind);
      keep(loaded.questions, name, kind);
    }),
    ...needed.inputs.map(async (name) => {
      const load = Object.hasOwn(INPUTS, name) ? INPUTS[name] : undefined;
      if (!load) return;
      const { default: kind } = await load();
      declareInput(name, kind);
      keep(loaded.inputs, name, kind);
    }),
  ]);
  return loaded;
}

/** "./questions/multi-choice.tsx" is the kind multi_choice. */
function byName<Kind>(modules: Modules<Kind>): Modules<Kind> {
  const nameOf = (path: string): string => (path.split("/").at(-1) ?? "").replace(".tsx", "").replaceAll("-", "_");
  return Object.fromEntries(Object.entries(modules).map(([path, load]) => [nameOf(path), load]));
}
