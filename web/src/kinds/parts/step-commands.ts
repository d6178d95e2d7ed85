/** What keys do with the steps of a trace: walk them, grade them, say how it ended. */
import { type Command, defineCommand } from "../../commands/command";
import {
  currentOf,
  finishAs,
  finishesFor,
  type GradeOption,
  gradableIn,
  gradeAt,
  gradesFor,
  gradingOf,
  isError,
  placeAmong,
  standAt,
} from "../../editor/steps";
import { t } from "../../i18n";
import type { Drawing, Given } from "../kind";
import { DIGITS } from "./options";

type At = Pick<Drawing, "editor" | "asked">;

/** The grade that + − and 0 give: the best, the worst, and of those between that are no errors the one nearest to 0. */
export function gradeOn(settings: Record<string, unknown> | undefined, chord: string): GradeOption | undefined {
  const grades = gradesFor(settings);
  if (chord === "+" || chord === "=") return grades[0];
  if (chord === "-") return grades.at(-1);
  const between = grades.slice(1, -1).filter(({ value }) => !isError(settings, value));
  return between.sort((one, two) => Math.abs(one.score) - Math.abs(two.score))[0];
}

/** The key printed on a grade. */
export function keyOn(settings: Record<string, unknown> | undefined, grade: string): string | undefined {
  return ["+", "0", "-"].find((chord) => gradeOn(settings, chord)?.value === grade);
}

export function walkSteps({ editor, asked }: At, by: number): void {
  const order = gradableIn(editor, asked);
  const at = order.indexOf(currentOf(editor, asked) ?? "");
  const next = order[Math.max(0, Math.min(order.length - 1, at + by))];
  if (next !== undefined) standAt(editor, asked, next);
}

/** Whether a step lies behind the first error of a question that stops there. */
export function isBeyond({ editor, asked }: At, step: string): boolean {
  const { settings } = asked.question;
  const { first_error: first } = gradingOf(editor, asked);
  if (!settings?.stop_at_first_error || first === undefined) return false;
  return placeAmong(editor, asked, step) > placeAmong(editor, asked, first);
}

/** Grades a step; goes on to the next one, unless it is an error that something is to be said about. */
export function give(given: At, step: string, grade: string): void {
  const { editor, asked } = given;
  if (isBeyond(given, step)) {
    standAt(editor, asked, step);
    editor.refuse(t("Nothing is graded after the first error. Change the grade of that step first."));
    return;
  }
  const before = gradingOf(editor, asked).steps.find((each) => each.step === step)?.grade;
  gradeAt(editor, asked, step, grade);
  standAt(editor, asked, step);
  if (before !== grade && !isError(asked.question.settings, grade)) walkSteps(given, 1);
}

const here = (given: Given): string | undefined => currentOf(given.editor, given.asked);

const walk = defineCommand<Given>({
  id: "step-grade.walk",
  title: () => t("Next or previous step"),
  context: "question:step_grade",
  keys: ["J", "K"],
  run: (given, chord) => walkSteps(given, chord === "J" ? 1 : -1),
});
const grade = defineCommand<Given>({
  id: "step-grade.grade",
  title: () => t("The step is good, neutral or bad"),
  context: "question:step_grade",
  keys: ["+", "=", "0", "-"],
  run: (given, chord) => {
    const [step, option] = [here(given), gradeOn(given.asked.question.settings, chord)];
    if (step !== undefined && option) give(given, step, option.value);
  },
});
const shift = defineCommand<Given>({
  id: "step-grade.shift",
  title: () => t("A better or a worse grade"),
  context: "question:step_grade",
  keys: ["ArrowRight", "ArrowLeft"],
  run: (given, chord) => {
    const { editor, asked } = given;
    const [step, grades] = [here(given), gradesFor(asked.question.settings)];
    const { steps } = gradingOf(editor, asked);
    const at = grades.findIndex(({ value }) => value === steps.find((each) => each.step === step)?.grade);
    const next = at < 0 ? grades[0] : grades[at + (chord === "ArrowRight" ? -1 : 1)];
    if (step === undefined || !next) return;
    if (isBeyond(given, step)) give(given, step, next.value);
    else gradeAt(editor, asked, step, next.value);
  },
});
const clear = defineCommand<Given>({
  id: "step-grade.clear",
  title: () => t("Take the grade of the step back"),
  context: "question:step_grade",
  keys: ["Delete", "Backspace"],
  isEnabled: (given) => gradingOf(given.editor, given.asked).steps.some(({ step }) => step === here(given)),
  run: (given) => gradeAt(given.editor, given.asked, here(given) ?? "", undefined),
});
const finish = defineCommand<Given>({
  id: "step-grade.finish",
  title: () => t("How it ended"),
  context: "question:step_grade",
  keys: DIGITS,
  range: "options",
  isEnabled: ({ asked }) => finishesFor(asked.question.settings).length > 0,
  run: ({ editor, asked }, chord) => {
    const option = finishesFor(asked.question.settings)[DIGITS.indexOf(chord)];
    if (option) finishAs(editor, asked, option.value);
  },
});

export const commands: Command<Given>[] = [walk, grade, shift, clear, finish];
