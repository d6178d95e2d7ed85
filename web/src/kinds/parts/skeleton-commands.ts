/** What keys and the hand do with named points: set them in the skeleton's order, hold one, move, hide or leave it out. */
import type { Command } from "../../commands/command";
import { pointOnGrid, shiftWithin, within } from "../../editor/paths";
import {
  at as atOf,
  mayHide,
  mirrored,
  movedPoints,
  type Placed,
  type Points,
  placedAt,
  pointsIn,
  present,
  type Seen,
  skeletonOf,
  withPlaced,
} from "../../editor/skeletons";
import { type Asked, newRegionId, type Region } from "../../editor/store";
import type { Point } from "../../editor/viewport";
import { t } from "../../i18n";
import type { Drawing, Given } from "../kind";
import { chosenLabel } from "./Labels";
import { isSetting, pendingOf } from "./path-commands";
import { ARROWS, commandsOf, handTools, isChosen, type Movable, regionCommands, way } from "./region-commands";
import { envelopeAround, hasRoom, reveal, selectedOf, take, toolOf, viewOf } from "./region-tools";

type At = Pick<Drawing, "editor" | "asked">;
const ABSENT = "absent";

export function skeletonTool({ state }: Pick<Drawing, "state">): "path" | "select" | "hand" {
  return toolOf(state, ["path", "select", "hand"]);
}

/** What is set so far of a thing, in the order of the skeleton. */
export function settledOf(given: At): [string, Placed][] {
  const pending = isSetting(given) ? pendingOf(given) : null;
  return (pending?.points ?? []).map((point, index) => {
    const name = skeletonOf(given.asked).points[index]?.value ?? "";
    const mark = pending?.marks?.[index];
    return [name, mark === ABSENT ? null : placedAt(point, mark as Seen)];
  });
}

/** The name of the point that is set next; undefined while nothing is being set. */
export function nextName(given: At): string | undefined {
  return isSetting(given) ? skeletonOf(given.asked).points[settledOf(given).length]?.value : undefined;
}

/** The point of the selected thing that is held. */
export function heldName(given: At): string | undefined {
  const region = selectedOf(given.editor, given.asked);
  const pending = pendingOf(given);
  return region && pending?.region === region.id ? pending.point : undefined;
}

export function hold({ editor, asked }: At, region: Region, name: string): void {
  editor.setPending({ key: asked.key, points: [], at: null, region: region.id, point: name });
}

export function putPoints({ editor, asked }: At, region: Region, points: Points, merge: string | null = null): boolean {
  if (present(skeletonOf(asked), points).length === 0) {
    editor.refuse(t("One point at least is there. Remove the whole thing with Delete."));
    return false;
  }
  editor.changeRegion(asked, region.id, { points } as never, merge);
  return true;
}

/** Sets the next point; after the last one the thing is whole. null: it is absent. */
export function setNext(given: Drawing, point: Point | null, seen: Seen = "visible"): void {
  const { editor, asked } = given;
  const pending = isSetting(given) ? pendingOf(given) : null;
  if (!pending && !hasRoom(given)) return;
  const place = point ? pointOnGrid(point) : (pending?.at ?? { x: 0, y: 0 });
  const points = [...(pending?.points ?? []), place];
  const marks = [...(pending?.marks ?? []), point ? seen : ABSENT];
  editor.activate(asked.key);
  if (!pending) editor.select(asked.key, null);
  editor.setPending({ key: asked.key, points, marks, at: pending?.at ? place : (point ?? null) });
  if (points.length === skeletonOf(asked).points.length) finish(given);
}

/** Every point that is not set yet is absent. */
export function leaveRest(given: Drawing): void {
  while (isSetting(given) && nextName(given) !== undefined) setNext(given, null);
}

function finish(given: Drawing): void {
  const { editor, asked } = given;
  const points = Object.fromEntries(settledOf(given));
  if (present(skeletonOf(asked), points).length === 0) {
    editor.setPending(null);
    editor.refuse(t("No point was set. Set one at least."));
    return;
  }
  const regions = editor.regions(asked.key);
  const label = chosenLabel(given)?.value;
  const id = newRegionId(regions);
  editor.addRegion(asked, { id, ...(label === undefined ? {} : { label }), points } as unknown as Region);
}

/** The last point that was set, with another mark. */
function remark(given: At, to: (mark: string) => string): void {
  const pending = pendingOf(given);
  const marks = [...(pending?.marks ?? [])];
  const last = marks.pop();
  if (!pending || last === undefined) return;
  given.editor.setPending({ ...pending, marks: [...marks, to(last)] });
}

const turned = (seen: string): Seen => (seen === "occluded" ? "visible" : "occluded");

export function skeletonCommands(kind: string) {
  const command = commandsOf(kind);
  const envelope = (region: Region) =>
    envelopeAround(Object.values(pointsIn(region)).flatMap((each) => atOf(each) ?? []));
  const isBusy = (given: Given): boolean => isSetting(given) || isChosen(given);
  const heldPlaced = (given: Given): { region: Region; name: string; placed: Placed } | null => {
    const region = selectedOf(given.editor, given.asked);
    const name = heldName(given);
    return region && name !== undefined ? { region, name, placed: pointsIn(region)[name] ?? null } : null;
  };
  const begin = ({ editor, asked }: Given): void => {
    const view = viewOf(editor, asked);
    if (!view) return;
    const { x, y, width, height } = view.visible();
    take(editor, asked, "path");
    editor.select(asked.key, null);
    const middle = { x: Math.round(x + width / 2), y: Math.round(y + height / 2) };
    editor.setPending({ key: asked.key, points: [], marks: [], at: middle });
  };
  const enter = (given: Given): void => {
    const pending = pendingOf(given);
    if (isSetting(given)) {
      const cursor = pending?.at ?? pending?.points.at(-1);
      if (cursor) setNext(given, cursor);
      return;
    }
    const held = heldPlaced(given);
    if (!held) begin(given);
    else if (!held.placed) place(given, held.region, held.name, centre(envelope(held.region)));
    else walk(given, "J");
  };
  const place = (given: At, region: Region, name: string, to: Point, seen: Seen = "visible"): void => {
    if (putPoints(given, region, withPlaced(pointsIn(region), name, placedAt(to, seen)))) hold(given, region, name);
  };
  const move = (given: Given, chord: string): void => {
    const { editor, asked } = given;
    const image = viewOf(editor, asked)?.image;
    const pending = pendingOf(given);
    if (!image) return;
    if (pending && isSetting(given)) {
      const from = pending.at ?? pending.points.at(-1);
      if (from) editor.setPending({ ...pending, at: within(shifted(from, way(chord)), image) });
      return;
    }
    const held = heldPlaced(given);
    if (held && !held.placed) {
      editor.refuse(t("This point is absent. Enter sets it."));
      return;
    }
    const region = selectedOf(editor, asked);
    if (held?.placed) {
      const [x, y, seen] = held.placed;
      const to = placedAt(within(shifted({ x, y }, way(chord)), image), seen);
      putPoints(
        given,
        held.region,
        withPlaced(pointsIn(held.region), held.name, to),
        `point ${held.region.id} ${held.name}`,
      );
    } else if (region) {
      const shift = shiftWithin([present(skeletonOf(asked), pointsIn(region))], way(chord), image);
      if (shift) putPoints(given, region, movedPoints(pointsIn(region), shift), `nudge ${region.id}`);
    }
    reveal(editor, asked, envelope);
  };
  const hide = (given: Given): void => {
    if (isSetting(given)) remark(given, (mark) => (mark === ABSENT ? mark : turned(mark)));
    const held = heldPlaced(given);
    if (!held?.placed) return;
    const [x, y, seen] = held.placed;
    putPoints(given, held.region, withPlaced(pointsIn(held.region), held.name, [x, y, turned(seen)]));
    hold(given, held.region, held.name);
  };
  const leaveOut = (given: Given): void => {
    if (isSetting(given)) {
      setNext(given, null);
      return;
    }
    const held = heldPlaced(given);
    if (held?.placed && putPoints(given, held.region, withPlaced(pointsIn(held.region), held.name, null)))
      hold(given, held.region, held.name);
  };
  const back = (given: Given): void => {
    const { editor } = given;
    const pending = pendingOf(given);
    if (pending && isSetting(given)) {
      const [points, marks] = [pending.points.slice(0, -1), (pending.marks ?? []).slice(0, -1)];
      const isEmpty = points.length === 0 && (pending.points.length === 0 || pending.at === null);
      editor.setPending(isEmpty ? null : { ...pending, points, marks });
    } else if (heldPlaced(given) && mayHide(given.asked)) leaveOut(given);
    else {
      const region = selectedOf(editor, given.asked);
      if (region) editor.removeRegion(given.asked, region.id);
    }
  };
  const walk = (given: Given, chord: string): void => {
    const region = selectedOf(given.editor, given.asked);
    const names = skeletonOf(given.asked).points.map(({ value }) => value);
    if (!region || names.length === 0) return;
    const step = chord.startsWith("Shift") ? -1 : 1;
    const held = names.indexOf(heldName(given) ?? "");
    const next = held < 0 ? (step === 1 ? 0 : names.length - 1) : (held + step + names.length) % names.length;
    hold(given, region, names[next] as string);
  };
  const canHide = (given: Given): boolean =>
    mayHide(given.asked) && (isSetting(given) || heldName(given) !== undefined);
  const shape: Movable = {
    kind,
    envelope,
    moved: (asked: Asked, region, by, image) => {
      const shift = shiftWithin([present(skeletonOf(asked), pointsIn(region))], by, image);
      return shift && { points: movedPoints(pointsIn(region), shift) };
    },
  };
  const hands = handTools(command);
  const set = command(
    "set",
    () => t("Set points; again: begin in the middle of the view"),
    ["B"],
    (given) => (skeletonTool(given) === "path" ? begin(given) : take(given.editor, given.asked, "path")),
  );
  const commands: Command<Given>[] = [
    ...Object.values(hands),
    set,
    command("point", () => t("Set the next point, or the one that is held"), ["Enter"], enter),
    command("hidden", () => t("The point is hidden, or seen again"), ["O"], hide, { isEnabled: canHide }),
    command("absent", () => t("The point is absent"), ["U"], leaveOut, { isEnabled: canHide }),
    command("rest", () => t("All further points are absent"), ["Shift+U"], leaveRest, {
      isEnabled: (given) => mayHide(given.asked) && isSetting(given),
    }),
    command("move", () => t("Move the point or the whole thing 1 pixel"), ARROWS, move, { isEnabled: isBusy }),
    command(
      "move-far",
      () => t("Move it 10 pixels"),
      ARROWS.map((arrow) => `Shift+${arrow}`),
      move,
      { isEnabled: isBusy },
    ),
    command(
      "back",
      () => t("Take back the last point, leave the held one out, or remove the thing"),
      ["Backspace"],
      back,
      {
        isEnabled: isBusy,
      },
    ),
    command("hold", () => t("Hold the next or the previous point"), ["J", "Shift+J"], walk, { isEnabled: isChosen }),
    command(
      "mirror",
      () => t("Left for right"),
      ["X"],
      (given) => {
        const region = selectedOf(given.editor, given.asked);
        if (region) putPoints(given, region, mirrored(skeletonOf(given.asked), pointsIn(region)));
      },
      { isEnabled: (given) => isChosen(given) && skeletonOf(given.asked).mirror.length > 0 },
    ),
    command(
      "leave",
      () => t("Call off, let the point go, leave the thing"),
      ["Escape"],
      (given) => {
        if (isSetting(given) || heldName(given) !== undefined) given.editor.setPending(null);
        else given.editor.select(null, null);
      },
      { isEnabled: isBusy },
    ),
    ...regionCommands(command, shape, { nudges: false, leaves: false, removeKeys: ["Delete"] }),
  ];
  return { hands, set, commands, envelope, place };
}

function shifted({ x, y }: Point, by: Point): Point {
  return { x: x + by.x, y: y + by.y };
}

function centre({ x, y, width, height }: ReturnType<typeof envelopeAround>): Point {
  return { x: x + width / 2, y: y + height / 2 };
}
