/** What keys do with spans: find a word, widen it, mark it, walk, correct and remove. */
import { type Command, defineCommand } from "../../commands/command";
import {
  addPiece,
  inOrder,
  makeSpan,
  moveCursor,
  onOf,
  type Refusal,
  relabel,
  selectedOf,
  settingsOf,
  textsOf,
  walkRegions,
  widen,
} from "../../editor/spans";
import type { Editor, Region } from "../../editor/store";
import { textAt } from "../../editor/texts";
import type { Span } from "../../editor/words";
import { t } from "../../i18n";
import type { Drawing, Given } from "../kind";
import { chosenLabel } from "./Labels";
import { allowsNone, markNone } from "./none";
import { DIGITS, ownKeys, pickedBy } from "./options";

/** While another piece of a span is looked for, its id is what the hand holds. */
const PIECE = "piece ";

/** Says in words why nothing was marked; null when it was. */
export function tell(editor: Editor, refusal: Refusal | null): void {
  if (refusal === "overlap") editor.refuse(t("Spans may not overlap here. Remove or shorten the other one first."));
  if (refusal === "count") editor.refuse(t("No more spans are allowed. Remove one first."));
}

/** What a label's key or button does: it names the selected span, else marks the word at the cursor, else waits for a drag. */
export function label(given: Drawing, value: string): void {
  const { asked, editor, state } = given;
  const region = selectedOf(editor, asked);
  editor.activate(asked.key);
  editor.chooseLabel(asked.question.name, value);
  if (region) tell(editor, relabel(editor, asked, region, value));
  else if (state.cursor && textsOf(editor, asked).includes(state.cursor.on))
    mark(given, state.cursor.on, state.cursor.range, value);
}

/** Marks a range: as another piece of the span that waits for one, else as a span of its own. */
export function mark(given: Drawing, on: string, range: Span, value = chosenLabel(given)?.value): void {
  const { asked, editor } = given;
  const open = openPiece(given);
  const refusal = open ? addPiece(editor, asked, open, on, range) : makeSpan(editor, asked, on, range, value);
  if (open) {
    editor.setTool(null);
    editor.select(asked.key, open.id);
  }
  tell(editor, refusal);
}

function openPiece({ asked, editor, state }: Drawing): Region | undefined {
  const id = state.tool?.startsWith(PIECE) ? state.tool.slice(PIECE.length) : undefined;
  return editor.regions(asked.key).find((region) => region.id === id);
}

export function beginPiece({ asked, editor }: Drawing): void {
  const region = selectedOf(editor, asked);
  if (!region) return;
  moveCursor(editor, asked, 1);
  editor.setTool(PIECE + region.id);
}

/** Says of the selected span that its edges are in doubt, or takes that back. */
export function toggleDoubt({ asked, editor }: Pick<Drawing, "asked" | "editor">): void {
  const region = selectedOf(editor, asked);
  if (region) editor.changeRegion(asked, region.id, { unsure: region.unsure ? undefined : true });
}

/** Right to left texts are walked the way they are read. */
function ahead({ asked, editor }: Drawing, chord: string): 1 | -1 {
  const { cursor } = editor.snapshot();
  const region = selectedOf(editor, asked);
  const on = region ? onOf(asked, region) : (cursor?.on ?? textsOf(editor, asked)[0] ?? "");
  const isRightToLeft = /^[^\p{L}]*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u.test(
    textAt(editor.item, on).text,
  );
  return chord.endsWith("ArrowRight") !== isRightToLeft ? 1 : -1;
}

const pickLabel = defineCommand<Given>({
  id: "span.label",
  title: () => t("Label: mark the word at the cursor, or name the selected span"),
  context: "question:span",
  keys: DIGITS,
  range: "labels",
  keysOfTask: ({ options }) => ownKeys(options),
  run: (given, chord) => {
    const option = pickedBy(given.options, chord);
    if (option) label(given, option.value);
  },
});
const markHere = defineCommand<Given>({
  id: "span.mark",
  title: () => t("Mark the word at the cursor"),
  context: "question:span",
  keys: ["Enter"],
  isEnabled: ({ state }) => state.cursor !== null && state.selected === null,
  run: (given) => given.state.cursor && mark(given, given.state.cursor.on, given.state.cursor.range),
});
const moveByWord = defineCommand<Given>({
  id: "span.move",
  title: () => t("Next or previous word"),
  context: "question:span",
  keys: ["ArrowRight", "ArrowLeft"],
  run: (given, chord) => moveCursor(given.editor, given.asked, ahead(given, chord)),
});
const moveBySentence = defineCommand<Given>({
  id: "span.sentence",
  title: () => t("Next or previous sentence"),
  context: "question:span",
  keys: ["ArrowDown", "ArrowUp"],
  run: ({ editor, asked }, chord) => moveCursor(editor, asked, chord === "ArrowDown" ? 1 : -1, "sentence"),
});
const widenByWord = defineCommand<Given>({
  id: "span.widen",
  title: () => t("End it a word later or earlier"),
  context: "question:span",
  keys: ["Shift+ArrowRight", "Shift+ArrowLeft"],
  run: (given, chord) => tell(given.editor, widen(given.editor, given.asked, ahead(given, chord), "word")),
});
const widenByCharacter = defineCommand<Given>({
  id: "span.widen-character",
  title: () => t("End it a character later or earlier"),
  context: "question:span",
  keys: ["Mod+Shift+ArrowRight", "Mod+Shift+ArrowLeft"],
  run: (given, chord) => tell(given.editor, widen(given.editor, given.asked, ahead(given, chord), "grapheme")),
});
const widenStart = defineCommand<Given>({
  id: "span.widen-start",
  title: () => t("Begin it a word earlier or later"),
  context: "question:span",
  keys: ["Shift+ArrowUp", "Shift+ArrowDown"],
  run: ({ editor, asked }, chord) => tell(editor, widen(editor, asked, chord.endsWith("Up") ? 1 : -1, "word", "start")),
});
const widenStartByCharacter = defineCommand<Given>({
  id: "span.widen-start-character",
  title: () => t("Begin it a character earlier or later"),
  context: "question:span",
  keys: ["Mod+Shift+ArrowUp", "Mod+Shift+ArrowDown"],
  run: ({ editor, asked }, chord) =>
    tell(editor, widen(editor, asked, chord.endsWith("Up") ? 1 : -1, "grapheme", "start")),
});
const walk = defineCommand<Given>({
  id: "span.walk",
  title: () => t("Previous or next span"),
  context: "question:span",
  keys: ["[", "]"],
  isEnabled: ({ editor, asked }) => editor.regions(asked.key).length > 0,
  run: ({ editor, asked }, chord) => walkRegions(editor, asked, inOrder(editor, asked), chord === "]" ? 1 : -1),
});
export const remove = defineCommand<Given>({
  id: "span.remove",
  title: () => t("Remove the span"),
  context: "question:span",
  keys: ["Delete", "Backspace"],
  isEnabled: ({ editor, asked }) => selectedOf(editor, asked) !== undefined,
  run: ({ editor, asked }) => {
    const region = selectedOf(editor, asked);
    if (region) editor.removeRegion(asked, region.id);
  },
});
export const doubt = defineCommand<Given>({
  id: "span.unsure",
  title: () => t("Unsure of the edge"),
  context: "question:span",
  keys: ["U"],
  isEnabled: ({ editor, asked }) => selectedOf(editor, asked) !== undefined,
  run: toggleDoubt,
});
export const addAPiece = defineCommand<Given>({
  id: "span.piece",
  title: () => t("Add a piece to it"),
  context: "question:span",
  keys: ["A"],
  isEnabled: ({ editor, asked }) => settingsOf(asked).isDiscontinuous && selectedOf(editor, asked) !== undefined,
  run: beginPiece,
});
const leave = defineCommand<Given>({
  id: "span.leave",
  title: () => t("Leave the span"),
  context: "question:span",
  keys: ["Escape"],
  isEnabled: ({ state }) => state.selected !== null || state.cursor !== null,
  run: ({ editor, state }) => {
    editor.setTool(null);
    if (state.selected) editor.select(null, null);
    else editor.setCursor(null);
  },
});
const none = defineCommand<Given>({
  id: "span.none",
  title: () => t("Nothing to mark"),
  context: "question:span",
  keys: ["0"],
  isEnabled: ({ editor, asked }) => allowsNone(asked) && editor.regions(asked.key).length === 0,
  run: ({ editor, asked }) => markNone(editor, asked),
});

export const commands: Command<Given>[] = [
  pickLabel,
  markHere,
  moveByWord,
  moveBySentence,
  widenByWord,
  widenByCharacter,
  widenStart,
  widenStartByCharacter,
  walk,
  remove,
  doubt,
  addAPiece,
  leave,
  none,
];
