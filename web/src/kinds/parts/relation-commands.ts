/** What keys do with relations: one end, the label, the other end, each by its number or at the cursor. */
import type { Json } from "../../api/contract";
import { type Command, defineCommand } from "../../commands/command";
import type { Asked, Editor } from "../../editor/store";
import { wordOf } from "../../editor/words-of";
import { t } from "../../i18n";
import type { Drawing, Given } from "../kind";
import { type End, endsFor, joins, leads, type Related, type RelationLabel, relationLabels } from "./ends";
import { DIGITS } from "./options";

export interface Choice {
  value: string;
  word: string;
  note: string;
  color: string;
  /** Why it cannot be chosen now. */
  refusal: string | null;
}
type Held = Pick<Drawing, "asked" | "editor" | "language">;

export function relationsOf(editor: Editor, { key }: Asked): Related[] {
  const value = editor.answer(key)?.value as { relations?: Related[] } | undefined;
  return value?.relations ?? [];
}

/** What is chosen so far: nothing, one end, or one end and the label. Of an end that is gone, nothing. */
export function saidOf({ asked, editor, language }: Held): readonly string[] {
  const { begun } = editor.snapshot();
  if (begun?.key !== asked.key) return [];
  const [from] = begun.said;
  return from && endsFor(editor, asked.question, language).some(({ address }) => address === from) ? begun.said : [];
}

/** What may be chosen next. */
export function choicesOf(given: Held): Choice[] {
  const { asked, editor, language } = given;
  const ends = endsFor(editor, asked.question, language);
  const labels = relationLabels(asked.question);
  const [from, label] = saidOf(given);
  const start = ends.find(({ address }) => address === from);
  if (from !== undefined && label === undefined) {
    return labels.map((each) => ({
      value: each.value,
      word: wordOf(each, language),
      note: each.directed === false ? t("both ways") : "",
      color: "",
      refusal: joins(each, start, undefined)
        ? null
        : t("“{label}” does not begin there.", { label: wordOf(each, language) }),
    }));
  }
  return ends.map((end) => ({
    value: end.address,
    word: end.word,
    note: end.labelWord,
    color: end.color,
    refusal: start === undefined ? startRefusal(labels, end) : endRefusal(given, labels, label ?? "", start, end),
  }));
}

function startRefusal(labels: readonly RelationLabel[], end: End): string | null {
  return labels.some((label) => joins(label, end, undefined)) ? null : t("No relation begins there.");
}

/** Why one thing may not be said beside what is said already; null where it may. */
function endRefusal(
  { asked, editor, language }: Held,
  labels: readonly RelationLabel[],
  value: string,
  from: End,
  to: End,
): string | null {
  const label = labels.find((each) => each.value === value);
  const settings = asked.question.settings ?? {};
  const relations = relationsOf(editor, asked);
  if (!label) return null;
  const word = wordOf(label, language);
  if (from.address === to.address && !settings.self) return t("A mark is not related to itself here.");
  if (!joins(label, from, to)) return t("“{label}” does not lead there.", { label: word });
  const isSaid = relations.some(
    (each) =>
      each.label === value &&
      ((each.from === from.address && each.to === to.address) ||
        (label.directed === false && each.from === to.address && each.to === from.address)),
  );
  if (isSaid) return t("This is said already.");
  if (label.directed === false) return null;
  if ((settings.acyclic || settings.tree) && leads(relations, labels, to.address, from.address))
    return t("This would close a circle.");
  if (settings.tree && relations.some((each) => each.to === to.address)) return t("It has a head already.");
  return null;
}

/** Chooses the next: after the last of the three the relation stands. */
export function choose(given: Held, choice: Choice | undefined): void {
  const { asked, editor } = given;
  if (!choice) return;
  editor.activate(asked.key);
  if (choice.refusal) {
    editor.refuse(choice.refusal);
    return;
  }
  const [from, label] = saidOf(given);
  if (from === undefined) {
    if (isFull(editor, asked)) {
      editor.refuse(t("No more relations are allowed. Remove one first."));
      return;
    }
    editor.select(null, null);
    const fitting = relationLabels(asked.question).length === 1 ? relationLabels(asked.question)[0] : undefined;
    editor.setBegun({ key: asked.key, said: fitting ? [choice.value, fitting.value] : [choice.value], at: -1 });
  } else if (label === undefined) {
    editor.setBegun({ key: asked.key, said: [from, choice.value], at: -1 });
  } else {
    const relations = relationsOf(editor, asked);
    const id = newId(relations);
    put(editor, asked, [...relations, { id, label, from, to: choice.value }]);
    editor.setBegun(null);
    editor.select(asked.key, id);
  }
}

function isFull(editor: Editor, asked: Asked): boolean {
  const max = asked.question.settings?.max as number | null | undefined;
  return typeof max === "number" && relationsOf(editor, asked).length >= max;
}

function newId(relations: readonly Related[]): string {
  for (let index = 1; ; index += 1) if (!relations.some(({ id }) => id === `q${index}`)) return `q${index}`;
}

/** Without any, nothing is said: that there are none is said by itself. */
export function put(editor: Editor, asked: Asked, relations: readonly Related[]): void {
  editor.activate(asked.key);
  editor.setValue(asked, relations.length ? ({ relations } as unknown as Json) : undefined, "relate");
}

export function removeRelation(editor: Editor, asked: Asked, id: string): void {
  put(
    editor,
    asked,
    relationsOf(editor, asked).filter((each) => each.id !== id),
  );
  editor.select(null, null);
}

/** Says that there are none, or takes that back. */
export function sayNone(editor: Editor, asked: Asked): void {
  const isSaid = editor.answer(asked.key)?.value !== undefined;
  editor.activate(asked.key);
  editor.setValue(asked, isSaid ? undefined : { relations: [] }, "none");
}

export function allowsNone({ question }: Asked): boolean {
  return ((question.settings?.min as number | undefined) ?? 0) === 0;
}

export function selectedRelation(editor: Editor, asked: Asked): Related | undefined {
  const { selected } = editor.snapshot();
  return selected?.key === asked.key ? relationsOf(editor, asked).find(({ id }) => id === selected.region) : undefined;
}

/** One step back: the label, then the end, then what is selected. */
export function back(given: Held): void {
  const { asked, editor } = given;
  const said = saidOf(given);
  const isLabelGiven = relationLabels(asked.question).length === 1;
  const left = isLabelGiven ? [] : said.slice(0, -1);
  if (said.length > 0) editor.setBegun(left.length ? { key: asked.key, said: left, at: -1 } : null);
  else {
    editor.setBegun(null);
    editor.select(null, null);
  }
}

const pick = defineCommand<Given>({
  id: "relation.pick",
  title: () => t("Choose a mark, the relation, the other mark"),
  context: "question:relation",
  keys: DIGITS,
  range: "labels",
  run: (given, chord) => choose(given, choicesOf(given)[Number(chord) - 1]),
});
const move = defineCommand<Given>({
  id: "relation.move",
  title: () => t("Next or previous choice"),
  context: "question:relation",
  keys: ["ArrowDown", "ArrowUp"],
  run: (given, chord) => {
    const { asked, editor } = given;
    const { length } = choicesOf(given);
    const { begun } = editor.snapshot();
    const at = begun?.key === asked.key ? begun.at : -1;
    const next = chord === "ArrowDown" ? Math.min(length - 1, at + 1) : Math.max(0, at - 1);
    if (length > 0) editor.setBegun({ key: asked.key, said: saidOf(given), at: next });
  },
});
const pickHere = defineCommand<Given>({
  id: "relation.pick-here",
  title: () => t("Choose what is at the cursor"),
  context: "question:relation",
  keys: ["Enter"],
  isEnabled: ({ asked, state }) => state.begun?.key === asked.key && state.begun.at >= 0,
  run: (given) => choose(given, choicesOf(given)[given.editor.snapshot().begun?.at ?? -1]),
});
const walk = defineCommand<Given>({
  id: "relation.walk",
  title: () => t("Previous or next relation"),
  context: "question:relation",
  keys: ["[", "]"],
  isEnabled: ({ editor, asked }) => relationsOf(editor, asked).length > 0,
  run: ({ editor, asked }, chord) => {
    const relations = relationsOf(editor, asked);
    const at = relations.findIndex(({ id }) => id === selectedRelation(editor, asked)?.id);
    const next = at < 0 ? (chord === "]" ? 0 : relations.length - 1) : at + (chord === "]" ? 1 : -1);
    const to = relations[Math.max(0, Math.min(relations.length - 1, next))];
    if (to) editor.select(asked.key, to.id);
  },
});
const turn = defineCommand<Given>({
  id: "relation.turn",
  title: () => t("Turn the relation round"),
  context: "question:relation",
  keys: ["="],
  isEnabled: ({ editor, asked }) => selectedRelation(editor, asked) !== undefined,
  run: (given) => turnRound(given),
});
export const remove = defineCommand<Given>({
  id: "relation.remove",
  title: () => t("Remove the relation"),
  context: "question:relation",
  keys: ["Delete", "Backspace"],
  isEnabled: ({ editor, asked }) => selectedRelation(editor, asked) !== undefined,
  run: ({ editor, asked }) => {
    const selected = selectedRelation(editor, asked);
    if (selected) removeRelation(editor, asked, selected.id);
  },
});
const leave = defineCommand<Given>({
  id: "relation.leave",
  title: () => t("One step back"),
  context: "question:relation",
  keys: ["Escape"],
  isEnabled: (given) => saidOf(given).length > 0 || given.state.begun !== null || given.state.selected !== null,
  run: back,
});
const none = defineCommand<Given>({
  id: "relation.none",
  title: () => t("Nothing to relate"),
  context: "question:relation",
  keys: ["0"],
  isEnabled: ({ editor, asked }) => allowsNone(asked) && relationsOf(editor, asked).length === 0,
  run: ({ editor, asked }) => sayNone(editor, asked),
});

/** The selected one the other way, where that may be said. */
function turnRound(given: Held): void {
  const { asked, editor, language } = given;
  const selected = selectedRelation(editor, asked);
  const ends = endsFor(editor, asked.question, language);
  const [from, to] = [selected?.to, selected?.from].map((end) => ends.find(({ address }) => address === end));
  if (!selected || !from || !to) return;
  const others = relationsOf(editor, asked).filter(({ id }) => id !== selected.id);
  const labels = relationLabels(asked.question);
  const label = labels.find(({ value }) => value === selected.label);
  if (!label || label.directed === false) return;
  const { acyclic, tree } = asked.question.settings ?? {};
  const isSaid = others.some(
    (each) => each.label === label.value && each.from === from.address && each.to === to.address,
  );
  if (isSaid) editor.refuse(t("This is said already."));
  else if (!joins(label, from, to))
    editor.refuse(t("“{label}” does not lead there.", { label: wordOf(label, language) }));
  else if ((acyclic || tree) && leads(others, labels, to.address, from.address))
    editor.refuse(t("This would close a circle."));
  else if (tree && others.some((each) => each.to === to.address)) editor.refuse(t("It has a head already."));
  else {
    const turned = { ...selected, from: from.address, to: to.address };
    put(
      editor,
      asked,
      relationsOf(editor, asked).map((each) => (each.id === selected.id ? turned : each)),
    );
    editor.select(asked.key, selected.id);
  }
}

export const commands: Command<Given>[] = [pick, move, pickHere, walk, turn, remove, leave, none];
