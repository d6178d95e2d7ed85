/** What keys do with boxes: take a tool, make, move, size, turn, copy and remove. */
import { type Command, defineCommand } from "../../commands/command";
import { addBox, type Box, boxOf, grown, moved, putBox, selectedOf, settingsOf, turned } from "../../editor/boxes";
import { walkRegions } from "../../editor/spans";
import type { Asked, Editor, Region } from "../../editor/store";
import type { Point } from "../../editor/viewport";
import { t } from "../../i18n";
import type { Drawing, Given } from "../kind";
import { hiddenKey, reveal, take, tell, toolOf, viewOf } from "./box-tools";
import { chosenLabel } from "./Labels";
import { allowsNone, markNone } from "./none";
import { DIGITS, optionsOf, ownKeys, pickedBy } from "./options";

/** What was copied, and the boxes of the task before by question; both outlive a task. */
let copied: { box: Box; label: string | undefined; editor: Editor } | null = null;
const before = new Map<string, Region[]>();

/** Keeps the boxes of a task that is left, so that the next one can begin with them. */
export function remember(editor: Editor, { key, question }: Asked): void {
  before.set(question.name, editor.regions(key));
}

/** A label's key: it names the selected box, or the next. */
export function label({ asked, editor }: Drawing, value: string): void {
  const region = selectedOf(editor, asked);
  editor.activate(asked.key);
  editor.chooseLabel(asked.question.name, value);
  if (region) editor.changeRegion(asked, region.id, { label: value });
}

/** A quarter of what is in sight, in its middle: where a box begins that is made by keys. */
function makeInMiddle(given: Drawing): void {
  const { asked, editor } = given;
  const view = viewOf(editor, asked);
  if (!view) return;
  const { x, y, width, height } = view.visible();
  const side = Math.max(1, Math.round(Math.min(width, height) / 4));
  const box = { x: Math.round(x + width / 2 - side / 2), y: Math.round(y + height / 2 - side / 2), w: side, h: side };
  tell(given, addBox(editor, asked, box, view.image, chosenLabel(given)?.value));
}

function change(given: Drawing, to: (box: Box) => Box, how: { isMoved?: boolean; name: string }): void {
  const { asked, editor } = given;
  const region = selectedOf(editor, asked);
  const image = viewOf(editor, asked)?.image;
  if (!region || !image) return;
  const options = { isMoved: how.isMoved ?? false, merge: `${how.name} ${region.id}` };
  tell(given, putBox(editor, asked, region, to(boxOf(region)), image, options));
  reveal(editor, asked);
}

const isChosen = ({ editor, asked }: Given): boolean => selectedOf(editor, asked) !== undefined;
const canTurn = (given: Given): boolean => settingsOf(given.asked).canTurn && isChosen(given);

const WAYS: Record<string, Point> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};
const ARROWS = Object.keys(WAYS);
const way = (chord: string): Point => WAYS[chord.split("+").at(-1) as string] as Point;

/** Commands of this question share their context. */
function command(
  id: string,
  title: () => string,
  keys: string[],
  run: Command<Given>["run"],
  more: Pick<Command<Given>, "isEnabled" | "range" | "keysOfTask"> = {},
): Command<Given> {
  return defineCommand<Given>({ id: `box.${id}`, title, context: "question:box", keys, run, ...more });
}

export const select = command(
  "select",
  () => t("Select boxes"),
  ["V"],
  ({ editor, asked }) => take(editor, asked, "select"),
);
export const draw = command(
  "draw",
  () => t("Draw boxes; again: one in the middle of the view"),
  ["B"],
  (given) => (toolOf(given.state) === "box" ? makeInMiddle(given) : take(given.editor, given.asked, "box")),
);
export const drawTurned = command(
  "turned",
  () => t("Draw a turned box: one side, then its depth"),
  ["O"],
  ({ editor, asked }) => take(editor, asked, "turned"),
  { isEnabled: ({ asked }) => settingsOf(asked).canTurn },
);
export const hand = command(
  "hand",
  () => t("Move the view"),
  ["H"],
  ({ editor, asked }) => take(editor, asked, "hand"),
);
export const measure = command(
  "measure",
  () => t("Measure"),
  ["K"],
  ({ editor, asked }) => take(editor, asked, "measure"),
);
const pickLabel = command(
  "label",
  () => t("Label: name the selected box, or the next"),
  DIGITS,
  (given, chord) => {
    const option = pickedBy(given.options, chord);
    if (option) label(given, option.value);
  },
  { range: "labels", keysOfTask: ({ options }) => ownKeys(options) },
);

export const commands: Command<Given>[] = [
  pickLabel,
  draw,
  select,
  drawTurned,
  hand,
  measure,
  command(
    "nudge",
    () => t("Move it 1 pixel"),
    ARROWS,
    (given, chord) => change(given, (box) => moved(box, way(chord).x, way(chord).y), { isMoved: true, name: "nudge" }),
    { isEnabled: isChosen },
  ),
  command(
    "nudge-far",
    () => t("Move it 10 pixels"),
    ARROWS.map((arrow) => `Shift+${arrow}`),
    (given, chord) =>
      change(given, (box) => moved(box, 10 * way(chord).x, 10 * way(chord).y), { isMoved: true, name: "nudge" }),
    { isEnabled: isChosen },
  ),
  command(
    "size",
    () => t("Make it 1 pixel wider, narrower, higher, lower"),
    ARROWS.map((arrow) => `Mod+${arrow}`),
    (given, chord) => change(given, (box) => grown(box, way(chord).x, way(chord).y), { name: "size" }),
    { isEnabled: isChosen },
  ),
  command(
    "size-far",
    () => t("The same by 10 pixels"),
    ARROWS.map((arrow) => `Mod+Shift+${arrow}`),
    (given, chord) => change(given, (box) => grown(box, 10 * way(chord).x, 10 * way(chord).y), { name: "size" }),
    { isEnabled: isChosen },
  ),
  command(
    "turn",
    () => t("Turn it 1 degree"),
    ["Q", "E"],
    (given, chord) => change(given, (box) => turned(box, chord === "E" ? 1 : -1), { isMoved: true, name: "turn" }),
    { isEnabled: canTurn },
  ),
  command(
    "turn-far",
    () => t("Turn it 15 degrees"),
    ["Shift+Q", "Shift+E"],
    (given, chord) =>
      change(given, (box) => turned(box, chord.endsWith("E") ? 15 : -15), { isMoved: true, name: "turn" }),
    { isEnabled: canTurn },
  ),
  command(
    "walk",
    () => t("Previous or next box"),
    ["[", "]"],
    ({ editor, asked }, chord) => {
      walkRegions(editor, asked, editor.regions(asked.key), chord === "]" ? 1 : -1);
      reveal(editor, asked);
    },
    { isEnabled: ({ editor, asked }) => editor.regions(asked.key).length > 0 },
  ),
  command(
    "copy",
    () => t("Copy the box"),
    ["Mod+C"],
    ({ editor, asked }) => {
      const region = selectedOf(editor, asked);
      if (region) copied = { box: boxOf(region), label: region.label, editor };
    },
    { isEnabled: isChosen },
  ),
  command(
    "paste",
    () => t("Paste the box"),
    ["Mod+V"],
    (given) => copied && paste(given, copied.box, copied.label, copied.editor === given.editor),
    { isEnabled: () => copied !== null },
  ),
  command(
    "paste-previous",
    () => t("Paste all boxes of the task before"),
    ["Mod+Shift+V"],
    (given) => {
      for (const region of before.get(given.asked.question.name) ?? [])
        paste(given, boxOf(region), region.label, false);
    },
    { isEnabled: ({ asked }) => (before.get(asked.question.name)?.length ?? 0) > 0 },
  ),
  command(
    "hide",
    () => t("Hide or show all boxes"),
    ["Shift+H"],
    ({ editor, asked, state }) => {
      const keys = editor.regions(asked.key).map(({ id }) => hiddenKey(asked, id));
      editor.hide(keys, !keys.some((key) => state.hidden.has(key)));
    },
    { isEnabled: ({ editor, asked }) => editor.regions(asked.key).length > 0 },
  ),
  command(
    "remove",
    () => t("Remove the box"),
    ["Delete", "Backspace"],
    ({ editor, asked }) => {
      const region = selectedOf(editor, asked);
      if (region) editor.removeRegion(asked, region.id);
    },
    { isEnabled: isChosen },
  ),
  command(
    "leave",
    () => t("Leave the box"),
    ["Escape"],
    ({ editor }) => editor.select(null, null),
    {
      isEnabled: ({ state }) => state.selected !== null,
    },
  ),
  command(
    "none",
    () => t("Nothing to mark"),
    ["0"],
    ({ editor, asked }) => markNone(editor, asked),
    { isEnabled: ({ editor, asked }) => allowsNone(asked) && editor.regions(asked.key).length === 0 },
  ),
];

/** On the same picture a copy stands a little aside, so that it can be seen. */
function paste(given: Drawing, box: Box, value: string | undefined, isAside: boolean): void {
  const { asked, editor } = given;
  const view = viewOf(editor, asked);
  if (!view) return;
  const step = isAside ? Math.max(1, Math.round(16 / view.snapshot().scale)) : 0;
  const labels = optionsOf(asked.question);
  const kept = labels.some((option) => option.value === value) ? value : chosenLabel(given)?.value;
  tell(given, addBox(editor, asked, moved(box, step, step), view.image, kept, true));
}
