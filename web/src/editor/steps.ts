/** Graded steps: which steps of a trace are graded, where one stands among them, the first error, and what should stand there. */
import type { Json, Option } from "../api/contract";
import type { Part } from "./parts";
import { misfitOf } from "./schema";
import type { Asked, Editor } from "./store";
import { type Call, type Node, type Tool, traceOf } from "./trace";

export interface GradeOption extends Option {
  score: number;
}
export interface Finish extends Option {
  early?: boolean;
}
export interface CorrectedCall {
  name: string;
  arguments: Json;
}
export type Replacement = string | { calls: CorrectedCall[]; content?: string };
export interface StepGrade {
  step: string;
  grade: string;
  note?: string;
  replacement?: Replacement;
}
export interface Grading {
  steps: StepGrade[];
  first_error?: string;
  finish?: string;
}
type Settings = Record<string, unknown> | undefined;

const USUAL: GradeOption[] = [
  { value: "good", score: 1 },
  { value: "neutral", score: 0 },
  { value: "bad", score: -1 },
];

/** The grades that are offered, the best first. */
export function gradesFor(settings: Settings): GradeOption[] {
  const grades = (settings?.grades as GradeOption[] | undefined) ?? USUAL;
  return [...grades].sort((one, two) => two.score - one.score);
}

export function finishesFor(settings: Settings): Finish[] {
  return (settings?.finish as Finish[] | undefined) ?? [];
}

/** Whether a grade is an error: below 0, or the lowest. */
export function isError(settings: Settings, grade: string | undefined): boolean {
  const grades = gradesFor(settings);
  const found = grades.find(({ value }) => value === grade);
  return found !== undefined && (found.score < 0 || found === grades.at(-1));
}

export function gradingIn(value: Json | undefined): Grading {
  const given = value as unknown as Grading | undefined;
  return given && Array.isArray(given.steps) ? given : { steps: [] };
}

export function gradingOf(editor: Editor, asked: Asked): Grading {
  return gradingIn(editor.answer(asked.key)?.value);
}

const orders = new WeakMap<Part, string[]>();

/** The ids of the steps that are graded: the agent's own below the target, in order. */
export function gradableIn(editor: Editor, { part }: Asked): string[] {
  const known = orders.get(part);
  if (known) return known;
  const found: string[] = [];
  const walk = (address: string): void => {
    const each = editor.parts.get(address);
    if (each?.type === "step" && each.facts.by === "agent" && !each.facts.alternative) found.push(idOf(address));
    each?.children.forEach(walk);
  };
  part.children.forEach(walk);
  orders.set(part, found);
  return found;
}

const placesOf = new WeakMap<string[], Map<string, number>>();

/** Where a step stands among those that are graded, from 0; -1 for another. */
export function placeAmong(editor: Editor, asked: Asked, step: string): number {
  const order = gradableIn(editor, asked);
  const known = placesOf.get(order) ?? new Map(order.map((id, index) => [id, index]));
  placesOf.set(order, known);
  return known.get(step) ?? -1;
}

const gradesIn = new WeakMap<object, Map<string, StepGrade>>();

/** What a step was given: of hundreds, each is asked again with every answer. */
export function gradeOf(editor: Editor, asked: Asked, step: string): StepGrade | undefined {
  const value = editor.answer(asked.key)?.value;
  if (typeof value !== "object" || value === null) return undefined;
  const known = gradesIn.get(value) ?? new Map(gradingIn(value).steps.map((each) => [each.step, each]));
  gradesIn.set(value, known);
  return known.get(step);
}

export function idOf(address: string): string {
  return address.slice(address.lastIndexOf("/") + 1);
}

const standing = (asked: Asked): string => `step ${asked.key}`;

/** The step that keys act on: where one stands, else the first. */
export function currentOf(editor: Editor, asked: Asked): string | undefined {
  const at = standingAt.get(editor)?.get(asked.key);
  return at !== undefined && placeAmong(editor, asked, at) >= 0 ? at : gradableIn(editor, asked)[0];
}

/** Where one stands, by question; the tasks that are drawn beside each other do not share it. */
const standingAt = new WeakMap<Editor, Map<string, string>>();

export function standAt(editor: Editor, asked: Asked, step: string): void {
  const known = standingAt.get(editor) ?? new Map<string, string>();
  standingAt.set(editor, known.set(asked.key, step));
  editor.activate(asked.key);
  editor.look({ [standing(asked)]: step });
}

/** Puts the answer in order: steps as the trace has them, the first error named, what says nothing gone. */
function put(editor: Editor, asked: Asked, steps: StepGrade[], finish: string | undefined, merge: string | null): void {
  const order = gradableIn(editor, asked);
  const by = new Map(steps.map((each) => [each.step, each]));
  const kept = order.flatMap((id) => by.get(id) ?? []);
  const bad = kept.find(({ grade }) => isError(asked.question.settings, grade));
  const value = { steps: kept, ...(bad && { first_error: bad.step }), ...(finish && { finish }) };
  const isEmpty = kept.length === 0 && !finish;
  editor.setValue(asked, isEmpty ? undefined : (value as unknown as Json), "grade", merge);
}

/** Gives a step its grade; the same again takes it back. Where one stops at the first error, what comes after it goes. */
export function gradeAt(editor: Editor, asked: Asked, step: string, grade: string | undefined): void {
  const { settings } = asked.question;
  const { steps, finish } = gradingOf(editor, asked);
  const before = steps.find((each) => each.step === step);
  const others = steps.filter((each) => each.step !== step);
  if (grade === undefined || before?.grade === grade) {
    put(editor, asked, others, finish, null);
    return;
  }
  const { replacement, ...kept } = before ?? { step };
  const stays = isError(settings, grade) && replacement !== undefined ? { replacement } : {};
  const order = gradableIn(editor, asked);
  const place = order.indexOf(step);
  const firsts = others.filter((each) => isError(settings, each.grade)).map((each) => order.indexOf(each.step));
  const end = settings?.stop_at_first_error && isError(settings, grade) ? place : Number.POSITIVE_INFINITY;
  const first = Math.min(...firsts, Number.POSITIVE_INFINITY);
  if (settings?.stop_at_first_error && place > first) {
    editor.refuse("");
    return;
  }
  const within = others.filter((each) => order.indexOf(each.step) <= end);
  put(editor, asked, [...within, { ...kept, step, grade, ...stays }], finish, null);
}

/** Changes what is said of a graded step. */
export function sayOf(
  editor: Editor,
  asked: Asked,
  step: string,
  change: Partial<Pick<StepGrade, "note" | "replacement">>,
  merge: string | null,
): void {
  const { steps, finish } = gradingOf(editor, asked);
  const changed = steps.map((each) => (each.step === step ? without({ ...each, ...change }) : each));
  put(editor, asked, changed, finish, merge);
}

function without(step: StepGrade): StepGrade {
  const { note, replacement, ...kept } = step;
  return { ...kept, ...(note && { note }), ...(replacement && { replacement }) };
}

export function finishAs(editor: Editor, asked: Asked, finish: string): void {
  const { steps, finish: before } = gradingOf(editor, asked);
  put(editor, asked, steps, before === finish ? undefined : finish, null);
}

/** Whether nothing is left to grade: every step, or all up to an error that one stops at, or an end that leaves steps out. */
export function isGraded(settings: Settings, { steps, finish }: Grading, count: number): boolean {
  const stops = Boolean(settings?.stop_at_first_error) && steps.some(({ grade }) => isError(settings, grade));
  return steps.length >= count || stops || finishesFor(settings).some((each) => each.early && each.value === finish);
}

/** The first step before the last graded one that has no grade. */
export function gapIn(order: readonly string[], { steps }: Grading): string | undefined {
  return steps.some(({ step }, index) => order[index] !== step)
    ? order.find((id) => !steps.some(({ step }) => step === id))
    : undefined;
}

// ------------------------------------------------------------------------------------------------------- corrections --
export function nodeOf(editor: Editor, asked: Asked, step: string): Node | undefined {
  return traceOf(editor.item.inputs[asked.part.input]).nodes.find(({ id }) => id === step);
}

export function toolsOf(editor: Editor, asked: Asked): Tool[] {
  return traceOf(editor.item.inputs[asked.part.input]).tools ?? [];
}

/** A call as one begins to correct it: the call that was made. */
export function asMade({ name, arguments: given }: Call): CorrectedCall {
  const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
  return { name, arguments: isObject ? (given as Json) : {} };
}

/** Arguments as they are typed, by question, step and call: while they are none yet they must not be lost, nor sent. */
const typing = new WeakMap<Editor, Map<string, { text: string; isBad: boolean }>>();

export function placeOf(asked: Asked, step: string, call: number): string {
  return `${asked.key} ${step} ${call}`;
}

/** The text of a call's arguments: as it was typed, while that is what is kept or cannot be kept yet. */
export function textOfArguments(editor: Editor, place: string, kept: Json): string {
  const typed = typing.get(editor)?.get(place);
  const isKept = (text: string): boolean => JSON.stringify(JSON.parse(text)) === JSON.stringify(kept);
  if (typed && (typed.isBad || isKept(typed.text))) return typed.text;
  return JSON.stringify(kept, null, 2);
}

export function keepTyped(editor: Editor, place: string, typed: { text: string; isBad: boolean } | undefined): void {
  const known = typing.get(editor) ?? new Map<string, { text: string; isBad: boolean }>();
  typing.set(editor, known);
  if (typed) known.set(place, typed);
  else known.delete(place);
}

/** Whether a corrected call has arguments that cannot be kept. */
export function hasBadCall(editor: Editor, asked: Asked): boolean {
  const known = typing.get(editor);
  return gradingOf(editor, asked).steps.some(
    ({ step, replacement }) =>
      typeof replacement === "object" &&
      replacement.calls.some((_, index) => known?.get(placeOf(asked, step, index))?.isBad),
  );
}

export type Fault =
  | { kind: "json"; said: string }
  | { kind: "object" }
  | { kind: "tool"; said: string }
  | { kind: "schema"; at: string; what: "missing" | "unknown" | "type" | "value"; said: string };

/** The arguments of a call as they were typed, or what is wrong with them. */
export function readArguments(text: string, name: string, tools: readonly Tool[]): { value: Json } | { fault: Fault } {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    return { fault: { kind: "json", said: (error as Error).message } };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { fault: { kind: "object" } };
  const tool = tools.find((each) => each.name === name);
  if (tools.length > 0 && !tool) return { fault: { kind: "tool", said: name } };
  const misfit = misfitOf(tool?.parameters, value);
  return misfit ? { fault: { kind: "schema", ...misfit } } : { value };
}

// --------------------------------------------------------------------------------------------------------- the answer --
/** Whether a value could be the grades of what is asked: known steps in order, known grades, nothing that is not asked. */
export function isGrading(asked: Asked, editor: Editor, value: Json): boolean {
  if (!value || typeof value !== "object" || Array.isArray(value)) return false;
  const { settings } = asked.question;
  const { steps, first_error, finish, ...more } = value as unknown as Grading;
  if (!Array.isArray(steps) || Object.keys(more).length > 0) return false;
  const order = gradableIn(editor, asked);
  const known = new Set(gradesFor(settings).map((each) => each.value));
  const isOne = (each: StepGrade, index: number): boolean => {
    if (!each || typeof each !== "object") return false;
    const { step, grade, note, replacement, ...other } = each;
    const isSaid = note === undefined || typeof note === "string";
    const isFit = replacement === undefined || (Boolean(settings?.replacement) && isReplacement(replacement));
    return step === order[index] && known.has(grade) && isSaid && isFit && Object.keys(other).length === 0;
  };
  if (!steps.every(isOne)) return false;
  const bad = steps.findIndex(({ grade }) => isError(settings, grade));
  if (first_error !== undefined && first_error !== null && first_error !== steps[bad]?.step) return false;
  if (settings?.stop_at_first_error && bad >= 0 && bad < steps.length - 1) return false;
  return finish === undefined || finish === null || finishesFor(settings).some((each) => each.value === finish);
}

function isReplacement(value: unknown): value is Replacement {
  if (typeof value === "string") return true;
  const calls = (value as { calls?: unknown } | null)?.calls;
  return (
    Array.isArray(calls) &&
    calls.length > 0 &&
    calls.every((each) => typeof (each as { name?: unknown } | null)?.name === "string")
  );
}
