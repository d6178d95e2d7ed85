/** What keys do with boxes and what is drawn within one: take a tool, make, size and turn. */
import type { Command } from "../../commands/command";
import type { Tool } from "../../editor/box-gestures";
import {
  addBox,
  type Box,
  envelopeOf,
  type Form,
  fitted,
  grown,
  moved,
  putBox,
  type Refusal,
  settingsOf,
  turned,
} from "../../editor/boxes";
import type { EditorState } from "../../editor/store";
import { t } from "../../i18n";
import type { Drawing, Given } from "../kind";
import { chosenLabel } from "./Labels";
import { ARROWS, commandsOf, handTools, isChosen, regionCommands, way } from "./region-commands";
import { reveal, selectedOf, take, toolOf, viewOf } from "./region-tools";

/** The tool that is held; boxes are drawn until another one is taken. */
export function boxTool(state: EditorState): Tool {
  return toolOf(state, ["box", "select", "turned", "hand", "measure"]);
}

/** Says in words why a box was not made or not moved; nothing when it was. */
export function tellBox({ asked, editor }: Pick<Drawing, "asked" | "editor">, refusal: Refusal | null): void {
  const { minW, minH, max } = settingsOf(asked);
  if (refusal === "count") editor.refuse(t("No more than {max} are allowed. Remove one first.", { max: max ?? 0 }));
  if (refusal === "outside") editor.refuse(t("Keep it inside the picture."));
  if (refusal !== "size") return;
  const hasLeast = minW > 0 || minH > 0;
  editor.refuse(
    hasLeast ? t("Make it {width} by {height} pixels at least.", { width: minW, height: minH }) : t("Make it larger."),
  );
}

/** The commands of a kind whose marks are boxes, or drawn within one. */
export function boxCommands(kind: string, form: Form) {
  const command = commandsOf(kind);
  const envelope = (region: Parameters<Form["boxOf"]>[0]) => envelopeOf(form.boxOf(region));

  /** A quarter of what is in sight, in its middle: where a box begins that is made by keys. */
  const makeInMiddle = (given: Drawing): void => {
    const { asked, editor } = given;
    const view = viewOf(editor, asked);
    if (!view) return;
    const { x, y, width, height } = view.visible();
    const side = Math.max(1, Math.round(Math.min(width, height) / 4));
    const box = { x: Math.round(x + width / 2 - side / 2), y: Math.round(y + height / 2 - side / 2), w: side, h: side };
    tellBox(given, addBox(editor, asked, box, view.image, chosenLabel(given)?.value, false, form));
  };
  const change = (given: Drawing, to: (box: Box) => Box, how: { isMoved?: boolean; name: string }): void => {
    const { asked, editor } = given;
    const region = selectedOf(editor, asked);
    const image = viewOf(editor, asked)?.image;
    if (!region || !image) return;
    const options = { isMoved: how.isMoved ?? false, merge: `${how.name} ${region.id}`, form };
    tellBox(given, putBox(editor, asked, region, to(form.boxOf(region)), image, options));
    reveal(editor, asked, envelope);
  };
  const canTurn = (given: Given): boolean => settingsOf(given.asked).canTurn && isChosen(given);
  const size = (given: Given, chord: string): void =>
    change(given, (box) => grown(box, way(chord).x, way(chord).y), { name: "size" });
  const nudge = (given: Given, chord: string): void =>
    change(given, (box) => moved(box, way(chord).x, way(chord).y), { isMoved: true, name: "nudge" });

  const tools = {
    ...handTools(command),
    draw: command(
      "draw",
      () => t("Draw; again: one in the middle of the view"),
      ["B"],
      (given) => (boxTool(given.state) === "box" ? makeInMiddle(given) : take(given.editor, given.asked, "box")),
    ),
    drawTurned: command(
      "turned",
      () => t("Draw a turned one: one side, then its depth"),
      ["O"],
      ({ editor, asked }) => take(editor, asked, "turned"),
      { isEnabled: ({ asked }) => settingsOf(asked).canTurn },
    ),
    measure: command(
      "measure",
      () => t("Measure"),
      ["K"],
      ({ editor, asked }) => take(editor, asked, "measure"),
    ),
  };
  const shape = {
    kind,
    envelope,
    moved: (
      asked: Given["asked"],
      region: Parameters<Form["boxOf"]>[0],
      by: { x: number; y: number },
      image: Parameters<typeof fitted>[1],
    ) => {
      const stored = fitted(moved(form.boxOf(region), by.x, by.y), image, settingsOf(asked), true);
      return typeof stored === "string" ? null : form.fieldsOf(stored);
    },
  };
  const commands: Command<Given>[] = [
    ...Object.values(tools),
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
    command(
      "size",
      () => t("Make it 1 pixel wider, narrower, higher, lower"),
      ARROWS.map((arrow) => `Mod+${arrow}`),
      size,
      { isEnabled: isChosen },
    ),
    command(
      "size-far",
      () => t("The same by 10 pixels"),
      ARROWS.map((arrow) => `Mod+Shift+${arrow}`),
      size,
      {
        isEnabled: isChosen,
      },
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
    ...regionCommands(command, shape, { nudges: false }),
  ];
  return { tools, commands, envelope };
}
