/** What keys do with marks of any kind in a picture: name, move, copy, hide, remove, and walk through them. */
import { type Command, defineCommand } from "../../commands/command";
import { walkRegions } from "../../editor/spans";
import { type Asked, type Editor, newRegionId, type Region } from "../../editor/store";
import type { Point, Size } from "../../editor/viewport";
import { t } from "../../i18n";
import type { Drawing, Given } from "../kind";
import { chosenLabel } from "./Labels";
import { allowsNone, markNone } from "./none";
import { DIGITS, optionsOf, ownKeys, pickedBy } from "./options";
import { hasRoom, hiddenKey, reveal, selectedOf, take, viewOf } from "./region-tools";

/** What a kind of mark brings so that keys can move and copy it. */
export interface Movable {
  /** The kind's name, which its commands begin with. */
  kind: string;
  envelope: (region: Region) => Point & Size;
  /** Its fields once it is moved, within the image; null where it does not fit in. */
  moved: (asked: Asked, region: Region, by: Point, image: Size) => { [field: string]: unknown } | null;
}

/** What was copied, and the regions of the task before by question; both outlive a task. */
const copied = new Map<string, { region: Region; editor: Editor }>();
const before = new Map<string, Region[]>();

/** Keeps the regions of a task that is left, so that the next one can begin with them. */
export function remember(editor: Editor, { key, question }: Asked): void {
  before.set(question.name, editor.regions(key));
}

/** A label's key: it names the selected region, or the next. */
export function label({ asked, editor }: Drawing, value: string): void {
  const region = selectedOf(editor, asked);
  editor.activate(asked.key);
  editor.chooseLabel(asked.question.name, value);
  if (region) editor.changeRegion(asked, region.id, { label: value });
}

export const isChosen = ({ editor, asked }: Given): boolean => selectedOf(editor, asked) !== undefined;

const WAYS: Record<string, Point> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};
export const ARROWS = Object.keys(WAYS);
/** Where an arrow points, ten times as far with Shift. */
export function way(chord: string): Point {
  const { x, y } = WAYS[chord.split("+").at(-1) as string] as Point;
  const far = chord.includes("Shift+") ? 10 : 1;
  return { x: x * far, y: y * far };
}

export type More = Pick<Command<Given>, "isEnabled" | "inText" | "range" | "keysOfTask">;
export type Maker = (
  id: string,
  title: () => string,
  keys: string[],
  run: Command<Given>["run"],
  more?: More,
) => Command<Given>;

/** Defines commands of one kind's questions. */
export function commandsOf(kind: string): Maker {
  return (id, title, keys, run, more = {}) =>
    defineCommand<Given>({ id: `${kind}.${id}`, title, context: `question:${kind}`, keys, run, ...more });
}

/** The tools that every kind has beside its own. */
export function handTools(command: Maker) {
  return {
    select: command(
      "select",
      () => t("Select regions"),
      ["V"],
      ({ editor, asked }) => take(editor, asked, "select"),
    ),
    hand: command(
      "hand",
      () => t("Move the view"),
      ["H"],
      ({ editor, asked }) => take(editor, asked, "hand"),
    ),
  };
}

/** What a kind leaves out, because these keys mean something of its own there. */
export interface Without {
  nudges?: boolean;
  copies?: boolean;
  walks?: boolean;
  leaves?: boolean;
  labels?: boolean;
  removeKeys?: string[];
}

/** Label, move, copy, hide, remove, none: the same keys in every kind. */
export function regionCommands(command: Maker, shape: Movable, without: Without = {}): Command<Given>[] {
  const {
    nudges = true,
    copies = true,
    walks = true,
    leaves = true,
    labels = true,
    removeKeys = ["Delete", "Backspace"],
  } = without;
  const { kind } = shape;
  const nudge = (given: Given, chord: string): void => {
    const { asked, editor } = given;
    const region = selectedOf(editor, asked);
    const image = viewOf(editor, asked)?.image;
    if (!region || !image) return;
    const fields = shape.moved(asked, region, way(chord), image);
    if (!fields) return;
    editor.changeRegion(asked, region.id, fields as never, `nudge ${region.id}`);
    reveal(editor, asked, shape.envelope);
  };
  const paste = (given: Given, region: Region, isAside: boolean): void => {
    const { asked, editor } = given;
    const view = viewOf(editor, asked);
    if (!view || !hasRoom(given)) return;
    // On the same picture a copy stands a little aside, so that it can be seen.
    const step = isAside ? Math.max(1, Math.round(16 / view.snapshot().scale)) : 0;
    const fields = shape.moved(asked, region, { x: step, y: step }, view.image);
    if (!fields) {
      editor.refuse(t("Keep it inside the picture."));
      return;
    }
    const named = optionsOf(asked.question).some(({ value }) => value === region.label)
      ? region.label
      : chosenLabel(given)?.value;
    const { label: _, ...rest } = { ...region, ...fields };
    const id = newRegionId(editor.regions(asked.key));
    editor.addRegion(asked, { ...rest, ...(named === undefined ? {} : { label: named }), id } as Region);
  };
  const hasRegions = ({ editor, asked }: Given): boolean => editor.regions(asked.key).length > 0;
  return [
    ...(labels ? [labelCommand(command)] : []),
    ...(nudges
      ? [
          command("nudge", () => t("Move it 1 pixel"), ARROWS, nudge, { isEnabled: isChosen }),
          command(
            "nudge-far",
            () => t("Move it 10 pixels"),
            ARROWS.map((arrow) => `Shift+${arrow}`),
            nudge,
            {
              isEnabled: isChosen,
            },
          ),
        ]
      : []),
    ...(walks ? [walkCommand(command, shape, ["[", "]"])] : []),
    ...(copies
      ? [
          command(
            "copy",
            () => t("Copy the region"),
            ["Mod+C"],
            ({ editor, asked }) => {
              const region = selectedOf(editor, asked);
              if (region) copied.set(kind, { region, editor });
            },
            { isEnabled: isChosen },
          ),
          command(
            "paste",
            () => t("Paste the region"),
            ["Mod+V"],
            (given) => {
              const held = copied.get(kind);
              if (held) paste(given, held.region, held.editor === given.editor);
            },
            { isEnabled: () => copied.has(kind) },
          ),
          command(
            "paste-previous",
            () => t("Paste all regions of the task before"),
            ["Mod+Shift+V"],
            (given) => {
              for (const region of before.get(given.asked.question.name) ?? []) paste(given, region, false);
            },
            { isEnabled: ({ asked }) => (before.get(asked.question.name)?.length ?? 0) > 0 },
          ),
        ]
      : []),
    command(
      "hide",
      () => t("Hide or show all regions"),
      ["Shift+H"],
      ({ editor, asked, state }) => {
        const keys = editor.regions(asked.key).map(({ id }) => hiddenKey(asked, id));
        editor.hide(keys, !keys.some((key) => state.hidden.has(key)));
      },
      { isEnabled: hasRegions },
    ),
    command(
      "remove",
      () => t("Remove the region"),
      removeKeys,
      ({ editor, asked }) => {
        const region = selectedOf(editor, asked);
        if (region) editor.removeRegion(asked, region.id);
      },
      { isEnabled: isChosen },
    ),
    ...(leaves
      ? [
          command(
            "leave",
            () => t("Leave the region"),
            ["Escape"],
            ({ editor }) => editor.select(null, null),
            {
              isEnabled: ({ state }) => state.selected !== null,
            },
          ),
        ]
      : []),
    command(
      "none",
      () => t("Nothing to mark"),
      ["0"],
      ({ editor, asked }) => markNone(editor, asked),
      { isEnabled: ({ editor, asked }) => allowsNone(asked) && editor.regions(asked.key).length === 0 },
    ),
  ];
}

/** keys: for the previous and for the next. */
export function walkCommand(command: Maker, { envelope }: Movable, keys: [string, string]): Command<Given> {
  return command(
    "walk",
    () => t("Previous or next region"),
    keys,
    ({ editor, asked }, chord) => {
      walkRegions(editor, asked, editor.regions(asked.key), chord === keys[1] ? 1 : -1);
      reveal(editor, asked, envelope);
    },
    { isEnabled: ({ editor, asked }) => editor.regions(asked.key).length > 0 },
  );
}

function labelCommand(command: Maker): Command<Given> {
  return command(
    "label",
    () => t("Label: name the selected region, or the next"),
    DIGITS,
    (given, chord) => {
      const option = pickedBy(given.options, chord);
      if (option) label(given, option.value);
    },
    { range: "labels", keysOfTask: ({ options }) => ownKeys(options) },
  );
}
