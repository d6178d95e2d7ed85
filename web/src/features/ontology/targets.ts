/** What a question can be asked about, given what is shown and what is asked before it: the same rules as the server's check. */
import type { InputFacts, OntologyBody, Question, QuestionFacts, Target } from "../../api/contract";

export interface Facts {
  inputs: Record<string, InputFacts>;
  questions: Record<string, QuestionFacts>;
}
export interface Choice {
  /** The target as one word for a select. */
  id: string;
  target: Target;
  /** The part that is asked about one by one; null for the task or a whole input. */
  each: string | null;
  /** The input, or the question whose regions are meant. */
  of: string | null;
}

/** Every target that a question at a place of the list may have, the coarsest first. */
export function choicesFor(body: OntologyBody, index: number, { inputs, questions }: Facts): Choice[] {
  const question = body.questions[index];
  const kind = question && questions[question.kind];
  if (!kind) return [];
  const fits = (name: string): boolean => !kind.needs || (inputs[name]?.offers.includes(kind.needs) ?? false);
  const fitting = body.inputs.filter((input) => fits(input.kind));
  const found: Choice[] = [];
  const may = (target: string): boolean => kind.targets.includes(target);
  if (may("task")) found.push({ id: "task", target: "task", each: null, of: null });
  for (const { name, kind: inputKind } of fitting) {
    if (may("input")) found.push({ id: `input ${name}`, target: { input: name }, each: null, of: name });
    if (!may("part")) continue;
    for (const each of inputs[inputKind]?.parts ?? []) {
      found.push({ id: `${each} ${name}`, target: { each, of: name }, each, of: name });
    }
  }
  if (!may("region")) return found;
  for (const earlier of body.questions.slice(0, index)) {
    if (!questions[earlier.kind]?.has_regions) continue;
    found.push({
      id: `region ${earlier.name}`,
      target: { each: "region", of: earlier.name },
      each: "region",
      of: earlier.name,
    });
  }
  return found;
}

/** The choice that a question has made; what it leaves out is what the server would take. */
export function chosen(question: Question, choices: readonly Choice[]): Choice | undefined {
  const { target } = question;
  if (!target) return choices[0];
  if (target === "task") return choices.find(({ id }) => id === "task");
  return choices.find(({ id }) => id === ("input" in target ? `input ${target.input}` : `${target.each} ${target.of}`));
}

/** Whether a kind of question can be asked at all about what is shown. */
export function canBeAsked(kind: QuestionFacts, body: OntologyBody, { inputs }: Facts): boolean {
  const needs = kind.needs;
  return !needs || body.inputs.some((input) => inputs[input.kind]?.offers.includes(needs));
}

/** The target that a new question begins with: none is needed where only one thing fits. */
export function firstTarget(kind: QuestionFacts, body: OntologyBody, { inputs }: Facts): Target | undefined {
  if (kind.targets.includes("task")) return undefined;
  const needs = kind.needs;
  const fitting = body.inputs.filter((input) => !needs || inputs[input.kind]?.offers.includes(needs));
  const [first] = fitting;
  return fitting.length > 1 && first ? { input: first.name } : undefined;
}

/** How far in a part lies; a condition may read an answer from further out. The same table as the server's. */
const DEPTHS: Record<string, number> = {
  input: 0,
  thread: 1,
  turn: 2,
  response: 3,
  message: 4,
  block: 5,
  call: 6,
  page: 1,
  step: 1,
  file: 1,
  hunk: 2,
  row: 1,
  cell: 2,
  frame: 1,
  image: 1,
  item: 1,
};

/** Whether an earlier question has one answer for what a later one is asked about: on the same part, or on one around it. */
export function reaches(asking: Question, earlier: Question, body: OntologyBody, facts: Facts): boolean {
  const [here, there] = [askedAbout(asking, body, facts), askedAbout(earlier, body, facts)];
  if (there.of === "" || (here.of === there.of && here.part === there.part)) return true;
  return here.of === there.of && (DEPTHS[there.part] ?? 99) < (DEPTHS[here.part] ?? 0);
}

function askedAbout(
  { target, kind }: Question,
  body: OntologyBody,
  { inputs, questions }: Facts,
): { of: string; part: string } {
  if (typeof target === "object" && target !== null) {
    return "input" in target ? { of: target.input, part: "input" } : { of: target.of, part: target.each };
  }
  const facts = questions[kind];
  if (target || !facts || facts.targets.includes("task")) return { of: "", part: "task" };
  const fitting = body.inputs.find((input) => !facts.needs || inputs[input.kind]?.offers.includes(facts.needs));
  return { of: (fitting ?? body.inputs[0])?.name ?? "", part: "input" };
}
