/** What a drag with a box tool does, as small states without a screen: pressed, dragged, released. Points are image pixels. */
import {
  addBox,
  type Box,
  between,
  boxUnder,
  centerOf,
  type Form,
  fitted,
  fromSide,
  type Handle,
  moved,
  putBox,
  type Refusal,
  resized,
  settingsOf,
  turnOnGrid,
} from "./boxes";
import type { Asked, Editor, Region } from "./store";
import type { Point, Size } from "./viewport";

export type Tool = "select" | "box" | "turned" | "hand" | "measure";
export type Grip = Handle | "turn";

/** Who draws what on which picture. */
export interface Hand {
  editor: Editor;
  asked: Asked;
  form: Form;
  tool: Tool;
  image: Size;
  /** Boxes that can be hit: those that are shown. */
  regions: readonly Region[];
  /** The label of the next box. */
  label: string | undefined;
}
/** Shift and Alt while dragging. */
export interface Held {
  isEven: boolean;
  isCentered: boolean;
}
/** What is going on; a changed box is shown in place of the stored one until it is released. */
export type Gesture =
  | { kind: "point" }
  | { kind: "draw"; from: Point; box: Box }
  | { kind: "side"; from: Point; to: Point }
  | { kind: "depth"; from: Point; to: Point; box: Box }
  | { kind: "move"; region: Region; from: Point; box: Box }
  | { kind: "size"; region: Region; grip: Handle; box: Box }
  | { kind: "turn"; region: Region; from: Point; box: Box }
  | { kind: "measure"; from: Point; to: Point };

export interface Released {
  gesture: Gesture | null;
  refusal: Refusal | null;
}

/** A press begins; open: a turned box whose depth is still wanted. */
export function press(hand: Hand, at: Point, grip: Grip | undefined, open: Gesture | null): Gesture {
  const { editor, asked, tool, regions, form } = hand;
  const { boxOf, contains } = form;
  editor.activate(asked.key);
  if (open?.kind === "depth") return open;
  if (tool === "measure") return { kind: "measure", from: at, to: at };
  const selected = chosenOf(hand);
  if (selected && grip === "turn") return { kind: "turn", region: selected, from: at, box: boxOf(selected) };
  if (selected && grip && grip !== "turn") return { kind: "size", region: selected, grip, box: boxOf(selected) };
  const under = tool === "select" ? boxUnder(regions, at, form) : undefined;
  if (under && under.id !== selected?.id) editor.select(asked.key, under.id);
  const held = under ?? (selected && contains(boxOf(selected), at) ? selected : undefined);
  if (held) return { kind: "move", region: held, from: at, box: boxOf(held) };
  if (tool === "turned") return { kind: "side", from: at, to: at };
  if (tool === "box") return { kind: "draw", from: at, box: { ...at, w: 0, h: 0 } };
  return { kind: "point" };
}

export function drag(hand: Hand, gesture: Gesture, at: Point, { isEven, isCentered }: Held): Gesture {
  const { boxOf } = hand.form;
  switch (gesture.kind) {
    case "draw":
      return { ...gesture, box: between(gesture.from, at, { isSquare: isEven, isCentered }) };
    case "side":
    case "measure":
      return { ...gesture, to: at };
    case "depth":
      return { ...gesture, box: fromSide(gesture.from, gesture.to, at) };
    case "move": {
      const { from, region } = gesture;
      return { ...gesture, box: allowed(hand, moved(boxOf(region), at.x - from.x, at.y - from.y), gesture.box, true) };
    }
    case "size":
      return { ...gesture, box: allowed(hand, resized(boxOf(gesture.region), gesture.grip, at), gesture.box, false) };
    case "turn": {
      const box = boxOf(gesture.region);
      const center = centerOf(box);
      const angle = ({ x, y }: Point): number => (Math.atan2(y - center.y, x - center.x) * 180) / Math.PI;
      const degrees = (box.rotation ?? 0) + angle(at) - angle(gesture.from);
      return { ...gesture, box: { ...box, rotation: turnOnGrid(isEven ? Math.round(degrees / 15) * 15 : degrees) } };
    }
    default:
      return gesture;
  }
}

/** The pointer was lifted; isClick: it had not moved. */
export function release(hand: Hand, gesture: Gesture, at: Point, isClick: boolean): Released {
  const { editor, asked, image, label, form } = hand;
  const done = (refusal: Refusal | null): Released => ({ gesture: null, refusal });
  if (gesture.kind === "depth") return done(addBox(editor, asked, gesture.box, image, label, false, form));
  if (isClick) {
    choose(hand, at);
    return done(null);
  }
  switch (gesture.kind) {
    case "measure":
      return { gesture, refusal: null };
    case "side":
      return {
        gesture: { ...gesture, kind: "depth", box: fromSide(gesture.from, gesture.to, gesture.to) },
        refusal: null,
      };
    case "draw":
      return done(addBox(editor, asked, gesture.box, image, label, false, form));
    case "move":
    case "turn":
      return done(putBox(editor, asked, gesture.region, gesture.box, image, { isMoved: true, form }));
    case "size":
      return done(putBox(editor, asked, gesture.region, gesture.box, image, { form }));
    default:
      return done(null);
  }
}

/** A click selects the smallest box under it, or lets go; on the selected box it goes to the one beneath. */
function choose(hand: Hand, at: Point): void {
  const { editor, asked, regions, form } = hand;
  const under = regions.filter((region) => form.contains(form.boxOf(region), at));
  const selected = chosenOf(hand);
  const next = boxUnder(under.length > 1 ? under.filter(({ id }) => id !== selected?.id) : under, at, form);
  editor.select(next ? asked.key : null, next?.id ?? null);
}

/** A box as it would be stored, so that what is shown is what one gets; the last one that was allowed, where it is not. */
function allowed({ asked, image }: Hand, box: Box, last: Box, isMoved: boolean): Box {
  const found = fitted(box, image, settingsOf(asked), isMoved);
  return typeof found === "string" ? last : found;
}

function chosenOf({ editor, asked }: Hand): Region | undefined {
  const { selected } = editor.snapshot();
  return selected?.key === asked.key ? editor.regions(asked.key).find(({ id }) => id === selected.region) : undefined;
}
