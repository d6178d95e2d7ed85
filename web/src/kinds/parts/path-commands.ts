/** What keys and the hand do with lines and outlines: set points one after another, hold one, move it, take it away. */
import type { Command } from "../../commands/command";
import {
  cleaned,
  isSame,
  type Line,
  movedLines,
  type PathForm,
  type PathRefusal,
  pointOnGrid,
  refusalOf,
  shiftWithin,
  within,
  withPoint,
} from "../../editor/paths";
import { type Asked, type Editor, newRegionId, type Pending, type Region } from "../../editor/store";
import type { Point } from "../../editor/viewport";
import { number, t } from "../../i18n";
import type { Drawing, Given } from "../kind";
import { chosenLabel } from "./Labels";
import { ARROWS, commandsOf, handTools, isChosen, type Movable, regionCommands, way } from "./region-commands";
import { envelopeAround, hasRoom, reveal, selectedOf, take, toolOf, viewOf } from "./region-tools";

export type PathTool = "path" | "select" | "hand" | `into:${string}`;

/** Puts a closed path into a region that is there: its lines then, or why not. */
export interface Way {
  tool: `into:${string}`;
  isOffered: (asked: Asked) => boolean;
  join: (lines: readonly Line[], path: Line) => Line[] | PathRefusal;
}
export interface PathSetup {
  kind: string;
  form: PathForm;
  /** Whether a new path is closed, and its lines as they are stored. */
  begun: (asked: Asked, path: Line, isJoined: boolean) => { lines: Line[]; fields: { [field: string]: unknown } };
  ways: readonly Way[];
}

/** The path that is being set for a question, or the point that is held. */
export function pendingOf({ editor, asked }: Pick<Drawing, "editor" | "asked">): Pending | null {
  const { pending } = editor.snapshot();
  return pending?.key === asked.key ? pending : null;
}
export function isSetting(given: Pick<Drawing, "editor" | "asked">): boolean {
  const pending = pendingOf(given);
  return pending !== null && pending.point === undefined && (pending.points.length > 0 || pending.at !== null);
}

export function tellPath(editor: Editor, refusal: PathRefusal): void {
  const inPixels = (value: number): string => number(value, { maximumFractionDigits: 0, useGrouping: false });
  const words: Record<PathRefusal["why"], () => string> = {
    few: () => t("Set {count} points at least.", { count: "count" in refusal ? refusal.count : 0 }),
    many: () => t("No more than {count} points are allowed.", { count: "count" in refusal ? refusal.count : 0 }),
    crossing: () =>
      "at" in refusal
        ? t("Sides cross at {x}, {y}. Move a corner, or take it back with Backspace.", {
            x: inPixels(refusal.at.x),
            y: inPixels(refusal.at.y),
          })
        : "",
    flat: () => t("It has no area. Set its corners around one."),
    outside: () => t("Keep it inside the picture."),
    beside: () => t("Draw the hole inside the selected outline."),
    overlap: () => t("Draw the part beside the selected outline."),
  };
  editor.refuse(words[refusal.why]());
}

/** Sets the next point of a path; from the first one on nothing else is selected. */
export function setPoint({ editor, asked }: Drawing, point: Point): void {
  const pending = pendingOf({ editor, asked });
  const at = pointOnGrid(point);
  const points = pending?.point === undefined ? (pending?.points ?? []) : [];
  if (isSame(points.at(-1), at)) return;
  editor.activate(asked.key);
  editor.setPending({ key: asked.key, points: [...points, at], at, region: pending?.region });
}

/** Ends the path that is being set: a region, or a ring of one. isJoined: it came back to where it began. */
export function endPath(setup: PathSetup, given: Drawing, isJoined = false): void {
  const { editor, asked } = given;
  const pending = pendingOf(given);
  if (!pending) return;
  const toolNow = editor.snapshot().tool;
  const into = setup.ways.find(({ tool }) => tool === toolNow);
  const host = into && editor.regions(asked.key).find(({ id }) => id === pending.region);
  const { lines, fields } = setup.begun(asked, pending.points, isJoined);
  const refuse = (why: PathRefusal): void => {
    tellPath(editor, why);
  };
  const refusal = refusalOf(setup.form, lines, "closed" in fields ? Boolean(fields.closed) : true, asked);
  if (refusal) {
    refuse(refusal);
    return;
  }
  if (into && host) {
    const joined = into.join(setup.form.linesOf(host), lines[0] ?? []);
    if (!Array.isArray(joined)) {
      refuse(joined);
      return;
    }
    const clash = refusalOf(setup.form, joined, true, asked);
    if (clash) {
      refuse(clash);
      return;
    }
    editor.changeRegion(asked, host.id, setup.form.fieldsOf(joined) as never);
    editor.setPending(null);
    return;
  }
  if (!hasRoom(given)) return;
  const regions = editor.regions(asked.key);
  const label = chosenLabel(given)?.value;
  const named = label === undefined ? {} : { label };
  editor.addRegion(asked, { id: newRegionId(regions), ...named, ...fields } as unknown as Region);
}

/** Puts lines in the place of a region's own, or says why not. */
export function putLines(
  form: PathForm,
  editor: Editor,
  asked: Asked,
  region: Region,
  lines: readonly Line[],
  merge: string | null = null,
): boolean {
  const isClosed = form.isClosed(region);
  const kept = lines.map((line) => cleaned(line, isClosed));
  const refusal = refusalOf(form, kept, isClosed, asked);
  if (refusal) {
    tellPath(editor, refusal);
    return false;
  }
  editor.changeRegion(asked, region.id, form.fieldsOf(kept) as never, merge);
  return true;
}

/** "line.place" of a point that is held. */
export function placeOf(point: string): [number, number] {
  const [line = 0, place = 0] = point.split(".").map(Number);
  return [line, place];
}

export function holdPoint(editor: Editor, asked: Asked, region: Region, point: string): void {
  editor.setPending({ key: asked.key, points: [], at: null, region: region.id, point });
}

/** Takes one point of a region away; the last ones stay. */
export function dropPoint(form: PathForm, editor: Editor, asked: Asked, region: Region, point: string): void {
  const [line, place] = placeOf(point);
  const lines = form.linesOf(region);
  const least = form.bounds(asked)[0];
  if ((lines[line]?.length ?? 0) > least) {
    putLines(form, editor, asked, region, withPoint(lines, line, place, null));
  } else if (lines.length > 1) {
    putLines(
      form,
      editor,
      asked,
      region,
      lines.filter((_, index) => index !== line),
    );
  } else {
    tellPath(editor, { why: "few", count: least });
    return;
  }
  editor.setPending(null);
}

export function pathCommands(setup: PathSetup) {
  const { kind, form } = setup;
  const command = commandsOf(kind);
  const envelope = (region: Region) => envelopeAround(form.linesOf(region).flat());
  const tools = ["path", "select", "hand", ...setup.ways.map(({ tool }) => tool)] as [PathTool, ...PathTool[]];
  const toolNow = (given: Pick<Drawing, "state">): PathTool => toolOf(given.state, tools);
  const middle = ({ editor, asked }: Drawing): Point | null => {
    const view = viewOf(editor, asked)?.visible();
    return view ? { x: Math.round(view.x + view.width / 2), y: Math.round(view.y + view.height / 2) } : null;
  };
  const heldPoint = (given: Given): { region: Region; point: string } | null => {
    const pending = pendingOf(given);
    const region = selectedOf(given.editor, given.asked);
    return region && pending?.point !== undefined && region.id === pending.region
      ? { region, point: pending.point }
      : null;
  };
  const isBusy = (given: Given): boolean => isSetting(given) || isChosen(given);
  const takeTool = (given: Given, tool: string): void => {
    const region = selectedOf(given.editor, given.asked);
    take(given.editor, given.asked, tool);
    if (tool.startsWith("into:") && region) {
      given.editor.setPending({ key: given.asked.key, points: [], at: null, region: region.id });
    }
  };
  const begin = (given: Given): void => {
    const pending = pendingOf(given);
    given.editor.activate(given.asked.key);
    given.editor.setPending({ key: given.asked.key, points: [], at: middle(given), region: pending?.region });
  };

  const move = (given: Given, chord: string): void => {
    const { editor, asked } = given;
    const image = viewOf(editor, asked)?.image;
    const pending = pendingOf(given);
    const by = way(chord);
    if (!image) return;
    if (pending && isSetting(given)) {
      const from = pending.at ?? pending.points.at(-1);
      if (!from) return;
      const at = within({ x: from.x + by.x, y: from.y + by.y }, image);
      editor.setPending({ ...pending, at });
      viewOf(editor, asked)?.reveal({ ...at, width: 0, height: 0 });
      return;
    }
    const held = heldPoint(given);
    const region = held?.region ?? selectedOf(editor, asked);
    if (!region) return;
    const lines = form.linesOf(region);
    if (held) {
      const [line, place] = placeOf(held.point);
      const from = lines[line]?.[place];
      if (!from) return;
      const to = within({ x: from.x + by.x, y: from.y + by.y }, image);
      const merge = `point ${region.id} ${held.point}`;
      if (putLines(form, editor, asked, region, withPoint(lines, line, place, to), merge)) {
        holdPoint(editor, asked, region, held.point);
      }
      return;
    }
    const shift = shiftWithin(lines, by, image);
    if (!shift) return;
    editor.changeRegion(asked, region.id, form.fieldsOf(movedLines(lines, shift)) as never, `nudge ${region.id}`);
    reveal(editor, asked, envelope);
  };
  const enter = (given: Given): void => {
    const { editor, asked } = given;
    const pending = pendingOf(given);
    if (pending && isSetting(given)) {
      const { at, points } = pending;
      if (at && !isSame(at, points.at(-1))) {
        if (points.length > 2 && isSame(at, points[0])) endPath(setup, given, true);
        else setPoint(given, at);
      } else endPath(setup, given);
      return;
    }
    const held = heldPoint(given);
    if (!held) {
      begin(given);
      return;
    }
    const [line, place] = placeOf(held.point);
    const lines = form.linesOf(held.region);
    const run = lines[line] ?? [];
    const [a, b] = [run[place], run[place + 1] ?? run[form.isClosed(held.region) ? 0 : place - 1]];
    if (!a || !b) return;
    const half = pointOnGrid({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
    const isLastOfOpen = run[place + 1] === undefined && !form.isClosed(held.region);
    const to = isLastOfOpen ? place : place + 1;
    if (putLines(form, editor, asked, held.region, withPoint(lines, line, to, half, true))) {
      holdPoint(editor, asked, held.region, `${line}.${to}`);
    }
  };
  const back = (given: Given): void => {
    const { editor, asked } = given;
    const pending = pendingOf(given);
    if (pending && isSetting(given)) {
      const points = pending.points.slice(0, -1);
      const at = points.at(-1) ?? null;
      editor.setPending(at || pending.region ? { ...pending, points, at } : null);
      return;
    }
    const held = heldPoint(given);
    if (held) dropPoint(form, editor, asked, held.region, held.point);
    else {
      const region = selectedOf(editor, asked);
      if (region) editor.removeRegion(asked, region.id);
    }
  };
  const walk = (given: Given, chord: string): void => {
    const { editor, asked } = given;
    const region = selectedOf(editor, asked);
    if (!region) return;
    const every = form.linesOf(region).flatMap((line, index) => line.map((_, place) => `${index}.${place}`));
    const at = every.indexOf(heldPoint(given)?.point ?? "");
    const step = chord.startsWith("Shift") ? -1 : 1;
    const next = at < 0 ? (step === 1 ? 0 : every.length - 1) : (at + step + every.length) % every.length;
    holdPoint(editor, asked, region, every[next] as string);
  };

  const shape: Movable = {
    kind,
    envelope,
    moved: (_, region, by, image) => {
      const lines = form.linesOf(region);
      const shift = shiftWithin(lines, by, image);
      return shift && form.fieldsOf(movedLines(lines, shift));
    },
  };
  const hands = handTools(command);
  const drawing = {
    path: command(
      "draw",
      () => t("Draw; again: begin in the middle of the view"),
      ["B"],
      (given) => (toolNow(given) === "path" ? begin(given) : takeTool(given, "path")),
    ),
  };
  const commands: Command<Given>[] = [
    ...Object.values(hands),
    ...Object.values(drawing),
    command("point", () => t("Set a point; on the last one: end the line"), ["Enter"], enter),
    command("move", () => t("Move the point or the region 1 pixel"), ARROWS, move, { isEnabled: isBusy }),
    command(
      "move-far",
      () => t("Move it 10 pixels"),
      ARROWS.map((arrow) => `Shift+${arrow}`),
      move,
      {
        isEnabled: isBusy,
      },
    ),
    command("back", () => t("Take back the last point, or remove the point or the region"), ["Backspace"], back, {
      isEnabled: isBusy,
    }),
    command("corner", () => t("Hold the next or the previous point"), ["J", "Shift+J"], walk, { isEnabled: isChosen }),
    command(
      "leave",
      () => t("Call off the line, let the point go, leave the region"),
      ["Escape"],
      (given) => {
        if (isSetting(given) || heldPoint(given)) given.editor.setPending(null);
        else given.editor.select(null, null);
      },
      { isEnabled: isBusy },
    ),
    ...regionCommands(command, shape, { nudges: false, leaves: false, removeKeys: ["Delete"] }),
  ];
  return { hands, drawing, commands, command, envelope, toolNow, takeTool };
}
