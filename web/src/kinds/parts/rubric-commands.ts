/** What keys do with a rubric: walk its criteria, grade, and mark on the text what a grade rests on. */
import { type Command, defineCommand } from "../../commands/command";
import {
  addPassage,
  asksEvidence,
  currentOf,
  gradeAt,
  gradedOf,
  gradesOf,
  isWhole,
  placeOf,
  putPassage,
  rubricOf,
  standAt,
} from "../../editor/rubrics";
import { moveCursor, widen } from "../../editor/spans";
import type { Span } from "../../editor/words";
import { t } from "../../i18n";
import type { Drawing, Given } from "../kind";
import { DIGITS } from "./options";

const gradeOf = ({ editor, asked }: Drawing) => {
  const at = currentOf(editor, asked);
  return gradesOf(editor, asked).find(({ id }) => id === at?.id);
};
const hasEvidence = ({ asked }: Drawing): boolean => Boolean(asked.question.settings?.evidence);

function walkCriteria({ editor, asked }: Drawing, step: 1 | -1): void {
  const all = gradedOf(rubricOf(asked).criteria);
  const at = all.findIndex(({ id }) => id === currentOf(editor, asked)?.id);
  const next = all[Math.max(0, Math.min(all.length - 1, at + step))];
  if (next) standAt(editor, asked, next.id);
}

/** Grades where one stands; then the next criterion that has no grade, unless this one still wants its passage. */
function gradeAndGoOn(given: Drawing, level: number | null): void {
  const { editor, asked } = given;
  const here = currentOf(editor, asked);
  if (!here) return;
  gradeAt(editor, asked, here.id, level);
  const grades = new Map(gradesOf(editor, asked).map((each) => [each.id, each]));
  const all = gradedOf(rubricOf(asked).criteria);
  const after = all.slice(all.findIndex(({ id }) => id === here.id) + 1);
  const next = after.find(({ id }) => !grades.has(id));
  const isDone = isWhole(here, grades.get(here.id), hasEvidence(given));
  standAt(editor, asked, isDone && next ? next.id : here.id);
}

/** A passage becomes what the grade that one stands at rests on. */
export function markPassage(given: Drawing, on: string, range: Span): void {
  const { editor, asked } = given;
  const here = currentOf(editor, asked);
  const grade = gradeOf(given);
  editor.activate(asked.key);
  if (!asksEvidence(asked, here)) editor.refuse(t("No passage is asked for at this criterion."));
  else if (!grade || grade.na) editor.refuse(t("Give the criterion a level first, then mark what it rests on."));
  else {
    const snapped = editor.pieces(on).snap(range, "word");
    if (snapped) addPassage(editor, asked, grade, on, snapped);
  }
}

function removePassage(given: Drawing): void {
  const { editor, asked, state } = given;
  const grade = gradeOf(given);
  const chosen = state.selected?.key === asked.key ? placeOf(state.selected.region).place : undefined;
  if (!grade?.evidence) return;
  putPassage(editor, asked, grade, chosen ?? grade.evidence.length - 1, undefined);
  standAt(editor, asked, grade.id);
}

const walk = defineCommand<Given>({
  id: "rubric.walk",
  title: () => t("Next or previous criterion"),
  context: "question:rubric",
  keys: ["J", "K"],
  run: (given, chord) => walkCriteria(given, chord === "J" ? 1 : -1),
});
const grade = defineCommand<Given>({
  id: "rubric.grade",
  title: () => t("Give the criterion its level, and go on"),
  context: "question:rubric",
  keys: ["0", ...DIGITS],
  range: "levels",
  run: (given, chord) => {
    const level = currentOf(given.editor, given.asked)?.levels.find((each) => String(each.level) === chord);
    if (level) gradeAndGoOn(given, level.level);
  },
});
export const notApplicable = defineCommand<Given>({
  id: "rubric.na",
  title: () => t("The criterion does not apply"),
  context: "question:rubric",
  keys: ["X"],
  isEnabled: ({ asked }) => Boolean(asked.question.settings?.allow_na),
  run: (given) => gradeAndGoOn(given, null),
});
const moveByWord = defineCommand<Given>({
  id: "rubric.move",
  title: () => t("Next or previous word"),
  context: "question:rubric",
  keys: ["ArrowRight", "ArrowLeft"],
  isEnabled: hasEvidence,
  run: ({ editor, asked }, chord) => moveCursor(editor, asked, chord === "ArrowRight" ? 1 : -1),
});
const moveBySentence = defineCommand<Given>({
  id: "rubric.sentence",
  title: () => t("Next or previous sentence"),
  context: "question:rubric",
  keys: ["ArrowDown", "ArrowUp"],
  isEnabled: hasEvidence,
  run: ({ editor, asked }, chord) => moveCursor(editor, asked, chord === "ArrowDown" ? 1 : -1, "sentence"),
});
const widenByWord = defineCommand<Given>({
  id: "rubric.widen",
  title: () => t("End it a word later or earlier"),
  context: "question:rubric",
  keys: ["Shift+ArrowRight", "Shift+ArrowLeft"],
  isEnabled: hasEvidence,
  run: ({ editor, asked }, chord) => widen(editor, asked, chord === "Shift+ArrowRight" ? 1 : -1, "word"),
});
const mark = defineCommand<Given>({
  id: "rubric.mark",
  title: () => t("The grade rests on the words at the cursor"),
  context: "question:rubric",
  keys: ["E"],
  isEnabled: ({ state }) => state.cursor !== null && state.selected === null,
  run: (given) => given.state.cursor && markPassage(given, given.state.cursor.on, given.state.cursor.range),
});
const remove = defineCommand<Given>({
  id: "rubric.remove",
  title: () => t("Remove the passage"),
  context: "question:rubric",
  keys: ["Delete", "Backspace"],
  isEnabled: (given) => (gradeOf(given)?.evidence?.length ?? 0) > 0,
  run: removePassage,
});
const leave = defineCommand<Given>({
  id: "rubric.leave",
  title: () => t("Leave the passage"),
  context: "question:rubric",
  keys: ["Escape"],
  isEnabled: ({ state }) => state.selected !== null || state.cursor !== null,
  run: ({ editor, state }) => {
    if (state.selected) editor.select(null, null);
    else editor.setCursor(null);
  },
});

export const commands: Command<Given>[] = [
  walk,
  grade,
  notApplicable,
  mark,
  moveByWord,
  moveBySentence,
  widenByWord,
  remove,
  leave,
];
