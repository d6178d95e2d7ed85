/** What keys do with masks: tools, the size of the brush, and painting by a cross that arrows move. */
import type { Command } from "../../commands/command";
import { isSame, within } from "../../editor/paths";
import type { Point } from "../../editor/viewport";
import { t } from "../../i18n";
import type { Given } from "../kind";
import {
  envelopeOf,
  type MaskTool,
  maskTool,
  paintArea,
  paintFlood,
  paintStroke,
  pickLabel,
  resizeBrush,
} from "./mask-tools";
import { DIGITS, ownKeys, pickedBy } from "./options";
import { isSetting, pendingOf, setPoint } from "./path-commands";
import { ARROWS, commandsOf, handTools, isChosen, regionCommands, walkCommand, way } from "./region-commands";
import { take, viewOf } from "./region-tools";

const command = commandsOf("mask");
const shape = { kind: "mask", envelope: envelopeOf, moved: () => null };

const taking =
  (tool: MaskTool): Command<Given>["run"] =>
  ({ editor, asked }) =>
    take(editor, asked, tool);

export const tools = {
  brush: command("brush", () => t("Brush"), ["B"], taking("brush")),
  eraser: command("eraser", () => t("Eraser"), ["E"], taking("eraser")),
  area: command("area", () => t("Cover an outline, point by point"), ["P"], taking("area")),
  fill: command("fill", () => t("Fill what has no class yet"), ["U"], taking("fill")),
  ...handTools(command),
};

function aimOf(given: Given): Point | null {
  const view = viewOf(given.editor, given.asked)?.visible();
  const middle = view && { x: Math.round(view.x + view.width / 2), y: Math.round(view.y + view.height / 2) };
  return pendingOf(given)?.at ?? middle ?? null;
}

const move: Command<Given>["run"] = (given, chord) => {
  const { editor, asked } = given;
  const view = viewOf(editor, asked);
  const from = aimOf(given);
  if (!view || !from) return;
  const by = way(chord);
  const at = within({ x: from.x + by.x, y: from.y + by.y }, view.image);
  const points = pendingOf(given)?.points ?? [];
  editor.setPending({ key: asked.key, points, at });
  view.reveal({ ...at, width: 0, height: 0 });
};

/** Does at the cross what a click does there. */
const act: Command<Given>["run"] = (given) => {
  const { editor, asked } = given;
  const at = aimOf(given);
  const tool = maskTool(given);
  if (!at) return;
  const keep = (): void => editor.setPending({ key: asked.key, points: [], at });
  if (tool === "area") {
    const points = pendingOf(given)?.points ?? [];
    if (isSame(at, points.at(-1))) {
      paintArea(given, points);
      keep();
    } else setPoint(given, at);
    return;
  }
  if (tool === "fill") paintFlood(given, at);
  if (tool === "brush" || tool === "eraser") paintStroke(given, [at], tool === "brush");
  keep();
};

const back: Command<Given>["run"] = (given) => {
  const { editor, asked } = given;
  const pending = pendingOf(given);
  if (pending && pending.points.length > 0) {
    const points = pending.points.slice(0, -1);
    editor.setPending({ ...pending, points, at: points.at(-1) ?? pending.at });
    return;
  }
  const { selected } = editor.snapshot();
  if (selected?.key === asked.key) editor.removeRegion(asked, selected.region);
};

export const commands: Command<Given>[] = [
  ...Object.values(tools),
  command(
    "size",
    () => t("Smaller or larger brush"),
    ["[", "]"],
    (given, chord) => resizeBrush(given, chord === "]"),
  ),
  command("aim", () => t("Move the cross 1 pixel"), ARROWS, move),
  command(
    "aim-far",
    () => t("Move the cross 10 pixels"),
    ARROWS.map((arrow) => `Shift+${arrow}`),
    move,
  ),
  command(
    "act",
    () => t("Paint, erase, fill or set a point at the cross; on the last one: cover the outline"),
    ["Enter"],
    act,
  ),
  command("back", () => t("Take back the last point, or remove the mask"), ["Backspace"], back, {
    isEnabled: (given) => isSetting(given) || isChosen(given),
  }),
  command(
    "new",
    () => t("Begin a new mask"),
    ["I"],
    ({ editor, asked }) => {
      editor.activate(asked.key);
      editor.select(null, null);
    },
  ),
  command(
    "leave",
    () => t("Call off the outline, put the cross away, leave the mask"),
    ["Escape"],
    (given) => {
      if (isSetting(given)) given.editor.setPending(null);
      else given.editor.select(null, null);
    },
    { isEnabled: (given) => isSetting(given) || isChosen(given) },
  ),
  walkCommand(command, shape, ["Shift+J", "J"]),
  command(
    "label",
    () => t("Label: what is painted next"),
    DIGITS,
    (given, chord) => {
      const option = pickedBy(given.options, chord);
      if (option) pickLabel(given, option.value);
    },
    { range: "labels", keysOfTask: ({ options }) => ownKeys(options) },
  ),
  ...regionCommands(command, shape, {
    nudges: false,
    copies: false,
    walks: false,
    leaves: false,
    labels: false,
    removeKeys: ["Delete"],
  }),
];
