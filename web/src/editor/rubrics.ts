/** Rubrics, open-rubric/0.1: which criteria are graded, where one stands among them, what grades rest on, and the total that follows. */
import type { Json, Words } from "../api/contract";
import type { Asked, Editor } from "./store";
import { textsUnder } from "./texts";
import type { Span } from "./words";

export interface Level {
  level: number;
  score: number;
  anchor?: Words | null;
}
export interface Criterion {
  id: string;
  text: Words;
  weight?: number;
  polarity?: "positive" | "negative";
  gate?: boolean;
  evidence?: "none" | "optional" | "required";
  levels?: Level[];
  children?: Criterion[];
}
export interface Scoring {
  rule?: "weighted_sum" | "all" | "any" | "tree";
  clip?: [number, number];
  gate?: "zero" | { cap: number };
  pass?: number;
}
export interface Rubric {
  format?: string;
  id: string;
  version?: string;
  title?: Words;
  criteria: Criterion[];
  scoring?: Scoring;
}
export interface Passage {
  on?: string;
  ranges: Span[];
}
export interface Grade {
  id: string;
  level?: number;
  na?: boolean;
  note?: string;
  evidence?: Passage[];
}

export function rubricOf({ question }: Pick<Asked, "question">): Rubric {
  return (question.settings?.rubric as Rubric | undefined) ?? { id: "", criteria: [] };
}

/** A criterion that is graded, with what it stands under. */
export interface Graded extends Criterion {
  levels: Level[];
  under: Words[];
}

/** The criteria that are graded, in the rubric's order. */
export function gradedOf(criteria: readonly Criterion[], under: Words[] = []): Graded[] {
  return criteria.flatMap((each) =>
    each.children?.length
      ? gradedOf(each.children, [...under, each.text])
      : [{ ...each, levels: each.levels ?? [], under }],
  );
}

export function gradesIn(value: Json | undefined): Grade[] {
  return ((value as { criteria?: Grade[] } | undefined)?.criteria ?? []) as Grade[];
}

/** Whether a criterion has all it wants: a grade, and a passage where one is required. */
export function isWhole(criterion: Criterion, grade: Grade | undefined, hasEvidence: boolean): boolean {
  const wants = hasEvidence && criterion.evidence === "required" && !grade?.na;
  return grade !== undefined && (!wants || (grade.evidence?.length ?? 0) > 0);
}

/** The total of grades by the rubric's rule, as the server reckons it; null where no positive criterion applies. */
export function totalOf({ criteria, scoring = {} }: Rubric, grades: readonly Grade[]): number | null {
  const levels = new Map(grades.filter(({ na }) => !na).map(({ id, level }) => [id, level]));
  const found = gradedOf(criteria).filter(({ id }) => levels.has(id));
  const scores = new Map(found.map((each) => [each.id, scoreOf(each, levels.get(each.id))]));
  const sum = sumOf(scoring.rule, criteria, found, scores);
  if (sum === null) return null;
  const [low, high] = scoring.clip ?? [0, 1];
  const clipped = Math.min(Math.max(sum, low), high);
  const isShut = found.some(
    ({ id, gate, polarity }) => gate && (scores.get(id) === 0) === ((polarity ?? "positive") === "positive"),
  );
  if (!isShut) return clipped;
  const { gate = "zero" } = scoring;
  return gate === "zero" ? 0 : Math.min(clipped, gate.cap);
}

function scoreOf({ levels }: Graded, level: number | undefined): number {
  return levels.find((each) => each.level === level)?.score ?? 0;
}

function sumOf(
  rule: Scoring["rule"],
  criteria: readonly Criterion[],
  found: readonly Graded[],
  scores: ReadonlyMap<string, number>,
): number | null {
  if (rule !== "all" && rule !== "any") return weighted(criteria, scores);
  const isFull = (each: Graded): boolean => (scores.get(each.id) ?? 0) >= (each.levels.at(-1)?.score ?? 1);
  const positive = found.filter(({ polarity }) => polarity !== "negative");
  const isClean = found.every(({ id, polarity }) => polarity !== "negative" || scores.get(id) === 0);
  if (positive.length === 0) return null;
  return Number(rule === "all" ? positive.every(isFull) && isClean : positive.some(isFull));
}

function weighted(criteria: readonly Criterion[], scores: ReadonlyMap<string, number>): number | null {
  let [reached, possible] = [0, 0];
  for (const { id, weight = 1, polarity, children } of criteria) {
    const score = children?.length ? weighted(children, scores) : (scores.get(id) ?? null);
    if (score === null) continue;
    reached += (polarity === "negative" ? -1 : 1) * weight * score;
    possible += polarity === "negative" ? 0 : weight;
  }
  return possible > 0 ? reached / possible : null;
}

/** Which criterion one stands at, of each question; the tasks that are drawn beside each other do not share it. */
const marks = new WeakMap<Editor, number>();
let count = 0;

function markOf(editor: Editor): number {
  const mark = marks.get(editor) ?? ++count;
  marks.set(editor, mark);
  return mark;
}

export function standAt(editor: Editor, asked: Asked, id: string): void {
  if (editor.snapshot().selected) editor.select(null, null);
  editor.activate(asked.key);
  editor.look({ [`criterion ${asked.key}`]: `${markOf(editor)} ${id}` });
}

/** The criterion that keys act on: that of the selected passage, else where one stands, else the first. */
export function currentOf(editor: Editor, asked: Asked): Graded | undefined {
  const all = gradedOf(rubricOf(asked).criteria);
  const { selected, view } = editor.snapshot();
  const of = selected?.key === asked.key ? placeOf(selected.region).id : null;
  const [mark, at] = String(view[`criterion ${asked.key}`] ?? "").split(" ");
  const wanted = of ?? (mark === String(markOf(editor)) ? at : undefined);
  return all.find(({ id }) => id === wanted) ?? all[0];
}

export function gradesOf(editor: Editor, asked: Asked): Grade[] {
  return gradesIn(editor.answer(asked.key)?.value);
}

/** Puts a grade in place of the one of its criterion, in the rubric's order; undefined takes it away. */
export function setGrade(
  editor: Editor,
  asked: Asked,
  id: string,
  grade: Grade | undefined,
  merge: string | null = null,
): void {
  const by = new Map(gradesOf(editor, asked).map((each) => [each.id, each]));
  if (grade) by.set(id, grade);
  else by.delete(id);
  const kept = gradedOf(rubricOf(asked).criteria).flatMap((each) => by.get(each.id) ?? []);
  editor.setValue(asked, kept.length ? ({ criteria: kept } as unknown as Json) : undefined, "grade", merge);
}

/** Gives a level, or null that the criterion does not apply; the same again takes the grade back. */
export function gradeAt(editor: Editor, asked: Asked, id: string, level: number | null): void {
  const before = gradesOf(editor, asked).find((each) => each.id === id);
  const isSame = before !== undefined && (level === null ? before.na === true : before.level === level);
  const { note, evidence } = before ?? {};
  const kept = { ...(note && { note }), ...(evidence && level !== null && { evidence }) };
  const grade = level === null ? { id, na: true, ...kept } : { id, level, ...kept };
  setGrade(editor, asked, id, isSame ? undefined : grade);
}

export function asksEvidence({ question }: Asked, criterion: Criterion | undefined): boolean {
  return Boolean(question.settings?.evidence) && criterion !== undefined && criterion.evidence !== "none";
}

/** A passage of a grade on the material is called by its criterion and its place. */
export function nameOf(id: string, place: number): string {
  return `${id} ${place}`;
}

export function placeOf(name: string): { id: string; place: number } {
  const [id = "", place = "0"] = name.split(" ");
  return { id, place: Number(place) };
}

export function addPassage(editor: Editor, asked: Asked, grade: Grade, on: string, range: Span): void {
  const passage: Passage = { ...(on === asked.part.address ? {} : { on }), ranges: [range] };
  const known = grade.evidence ?? [];
  if (known.some((each) => JSON.stringify(each) === JSON.stringify(passage))) return;
  setGrade(editor, asked, grade.id, { ...grade, evidence: [...known, passage] });
}

/** Changes one passage of a grade; undefined takes it away. */
export function putPassage(
  editor: Editor,
  asked: Asked,
  grade: Grade,
  place: number,
  passage: Passage | undefined,
): void {
  const evidence = (grade.evidence ?? []).flatMap((each, at) => (at === place ? (passage ?? []) : each));
  const { evidence: _, ...bare } = grade;
  const merge = passage ? `move ${grade.id} ${place}` : null;
  setGrade(editor, asked, grade.id, evidence.length ? { ...bare, evidence } : bare, merge);
}

/** Whether a value could be the grades of what is asked: known criteria, their levels, passages within the texts. */
export function isGrading(asked: Asked, editor: Editor, value: Json): boolean {
  if (!value || typeof value !== "object" || Array.isArray(value)) return false;
  const { criteria, ...more } = value;
  if (!Array.isArray(criteria) || criteria.length === 0 || Object.keys(more).length > 0) return false;
  const known = new Map(gradedOf(rubricOf(asked).criteria).map((each) => [each.id, each]));
  const isOne = (given: Json): boolean => {
    if (!given || typeof given !== "object" || Array.isArray(given)) return false;
    const { id, level, na, note, evidence, ...other } = given as unknown as Grade;
    const criterion = known.get(id);
    known.delete(id);
    const isSaid = na === true ? level === undefined && Boolean(asked.question.settings?.allow_na) : na === undefined;
    const isLevel = na === true || criterion?.levels.some((each) => each.level === level);
    const isNote = note === undefined || typeof note === "string";
    const isBacked =
      evidence === undefined || (asksEvidence(asked, criterion) && arePassages(asked, editor, evidence as never));
    return Boolean(criterion && isSaid && isLevel && isNote && isBacked) && Object.keys(other).length === 0;
  };
  return criteria.every(isOne);
}

function arePassages(asked: Asked, editor: Editor, evidence: Json): boolean {
  const texts = textsUnder(asked.part, editor.parts);
  const isOne = (given: Json): boolean => {
    const { on = asked.part.address, ranges } = (given ?? {}) as unknown as Passage;
    if (!texts.includes(on) || !Array.isArray(ranges) || ranges.length === 0) return false;
    const { length } = editor.pieces(on).offsets;
    return ranges.every((range, at) => {
      if (!Array.isArray(range) || range.length !== 2 || !range.every(Number.isInteger)) return false;
      const [start, end] = range;
      return start > (ranges[at - 1]?.[1] ?? -1) && end > start && end <= length;
    });
  };
  return Array.isArray(evidence) && evidence.every(isOne);
}
