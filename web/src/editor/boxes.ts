/**
 * Boxes: made, moved, sized and turned by mouse or by keys. Pixels of the upright image: x right, y down, corners of pixels
 * are whole numbers. A turned box is kept as the unturned one and degrees clockwise about its center.
 */
import { type Asked, type Editor, newRegionId, type Region } from "./store";
import type { Point, Size } from "./viewport";

export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
  rotation?: number;
}
/** How a box is kept in a region, what is drawn in it, and what of it can be hit. */
export interface Form {
  element: "rect" | "ellipse";
  boxOf: (region: Region) => Box;
  /** The fields of the region; on the grid where the box is. */
  fieldsOf: (box: Box) => { [field: string]: number | undefined };
  contains: (box: Box, point: Point) => boolean;
}
export interface BoxSettings {
  labels: { value: string }[];
  canTurn: boolean;
  isInteger: boolean;
  mayLeave: boolean;
  minW: number;
  minH: number;
  max: number | null;
}
export type Handle = "n" | "ne" | "e" | "se" | "s" | "sw" | "w" | "nw";
export type Refusal = "count" | "size" | "outside";

export const HANDLES: readonly Handle[] = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];

const PIXEL_GRID = 1024;
const DEGREE_GRID = 2 ** 20;

export function settingsOf({ question }: Asked): BoxSettings {
  const given = question.settings ?? {};
  return {
    labels: (given.labels as BoxSettings["labels"] | undefined) ?? [],
    canTurn: Boolean(given.rotate),
    isInteger: Boolean(given.integer),
    mayLeave: Boolean(given.outside),
    minW: (given.min_w as number | undefined) ?? 0,
    minH: (given.min_h as number | undefined) ?? 0,
    max: (given.max as number | null | undefined) ?? null,
  };
}

/** The nearest point of the grid that coordinates lie on; halves go up, so that every language rounds alike. */
export function onGrid(value: number, grid = PIXEL_GRID): number {
  const rounded = Math.floor(value * grid + 0.5) / grid;
  return rounded === 0 ? 0 : rounded;
}

/** Degrees in (-180, 180], on their grid. */
export function turnOnGrid(degrees: number): number {
  const turned = onGrid(degrees - 360 * Math.ceil((degrees - 180) / 360), DEGREE_GRID);
  return turned === -180 ? 180 : turned;
}

/** A box on the grid, or on whole pixels; no rotation is no field. */
export function snapped({ x, y, w, h, rotation = 0 }: Box, isInteger = false): Box {
  const grid = isInteger ? 1 : PIXEL_GRID;
  const [left, top] = [onGrid(x, grid), onGrid(y, grid)];
  const box = { x: left, y: top, w: onGrid(x + w, grid) - left, h: onGrid(y + h, grid) - top };
  const turn = turnOnGrid(rotation);
  return turn === 0 ? box : { ...box, rotation: turn };
}

export function boxOf(region: Region): Box {
  const { x, y, w, h, rotation } = region as unknown as Box;
  return rotation === undefined ? { x, y, w, h } : { x, y, w, h, rotation };
}

/** Whether these boxes could be drawn by hand as the question is asked now, on a picture whose size may not be known. */
export function areDrawable(asked: Asked, regions: readonly Region[], picture: Size | null, form: Form = BOX): boolean {
  const { canTurn, isInteger, mayLeave, minW, minH } = settingsOf(asked);
  const isDrawable = (region: Region): boolean => {
    const box = form.boxOf(region);
    const { x, y, w, h, rotation = 0 } = box;
    if (![x, y, w, h, rotation].every(Number.isFinite) || (rotation !== 0 && !canTurn)) return false;
    if (w <= 0 || h <= 0 || w < minW || h < minH || (isInteger && ![x, y, w, h].every(Number.isInteger))) return false;
    if (mayLeave || !picture) return true;
    const envelope = envelopeOf(box);
    const [right, bottom] = [envelope.x + envelope.width, envelope.y + envelope.height];
    return (
      envelope.x >= -SLACK && envelope.y >= -SLACK && right <= picture.width + SLACK && bottom <= picture.height + SLACK
    );
  };
  return regions.every(isDrawable);
}

/** What the corners of a turned box may miss by, in pixels. */
const SLACK = 1e-6;

export function centerOf({ x, y, w, h }: Box): Point {
  return { x: x + w / 2, y: y + h / 2 };
}

/** A point turned clockwise about another. */
export function turnedAbout({ x, y }: Point, center: Point, degrees: number): Point {
  const [sine, cosine] = sineAndCosine(degrees);
  const [dx, dy] = [x - center.x, y - center.y];
  return { x: center.x + dx * cosine - dy * sine, y: center.y + dx * sine + dy * cosine };
}

/** Right angles are exact. */
function sineAndCosine(degrees: number): [number, number] {
  const quarter = ((degrees % 360) + 360) % 360;
  if (quarter % 90 === 0)
    return (
      (
        [
          [0, 1],
          [1, 0],
          [0, -1],
          [-1, 0],
        ] as [number, number][]
      )[quarter / 90] ?? [0, 1]
    );
  const angle = (degrees * Math.PI) / 180;
  return [Math.sin(angle), Math.cos(angle)];
}

/** Top left, top right, bottom right, bottom left of the unturned box, turned. */
export function cornersOf(box: Box): Point[] {
  const { x, y, w, h, rotation = 0 } = box;
  const corners = [
    { x, y },
    { x: x + w, y },
    { x: x + w, y: y + h },
    { x, y: y + h },
  ];
  return rotation === 0 ? corners : corners.map((corner) => turnedAbout(corner, centerOf(box), rotation));
}

/** The smallest upright box around it. */
export function envelopeOf(box: Box): Point & Size {
  const corners = cornersOf(box);
  const [xs, ys] = [corners.map(({ x }) => x), corners.map(({ y }) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

export function contains(box: Box, point: Point): boolean {
  const { x, y } = turnedAbout(point, centerOf(box), -(box.rotation ?? 0));
  return x >= box.x && x <= box.x + box.w && y >= box.y && y <= box.y + box.h;
}

/** The box between two corners; square with isSquare, about the first point with isCentered. */
export function between(from: Point, to: Point, { isSquare = false, isCentered = false } = {}): Box {
  let [dx, dy] = [to.x - from.x, to.y - from.y];
  if (isSquare) {
    const side = Math.max(Math.abs(dx), Math.abs(dy));
    [dx, dy] = [side * (Math.sign(dx) || 1), side * (Math.sign(dy) || 1)];
  }
  const start = isCentered ? { x: from.x - dx, y: from.y - dy } : from;
  const end = { x: from.x + dx, y: from.y + dy };
  return {
    x: Math.min(start.x, end.x),
    y: Math.min(start.y, end.y),
    w: Math.abs(end.x - start.x),
    h: Math.abs(end.y - start.y),
  };
}

/** A turned box from one side and a point on the side across: how things that lie aslant are drawn. */
export function fromSide(a: Point, b: Point, across: Point): Box {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const w = Math.hypot(dx, dy);
  const degrees = (Math.atan2(dy, dx) * 180) / Math.PI;
  // How far the third point lies from the side, positive on its clockwise side.
  const depth = w === 0 ? 0 : ((across.y - a.y) * dx - (across.x - a.x) * dy) / w;
  const [sine, cosine] = sineAndCosine(degrees);
  const center = { x: (a.x + b.x) / 2 - (sine * depth) / 2, y: (a.y + b.y) / 2 + (cosine * depth) / 2 };
  const h = Math.abs(depth);
  return { x: center.x - w / 2, y: center.y - h / 2, w, h, rotation: degrees };
}

export function moved(box: Box, dx: number, dy: number): Box {
  return { ...box, x: box.x + dx, y: box.y + dy };
}

/** A box with one side or corner under a point; what lies across stays where it is, also when the box is turned. */
export function resized(box: Box, handle: Handle, to: Point): Box {
  const { rotation = 0 } = box;
  const point = turnedAbout(to, centerOf(box), -rotation);
  let [left, top, right, bottom] = [box.x, box.y, box.x + box.w, box.y + box.h];
  if (handle.includes("w")) left = Math.min(point.x, right);
  if (handle.includes("e")) right = Math.max(point.x, left);
  if (handle.includes("n")) top = Math.min(point.y, bottom);
  if (handle.includes("s")) bottom = Math.max(point.y, top);
  // The center moved in the turned frame: carried back, the side across has not moved.
  const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
  const center = turnedAbout(middle, centerOf(box), rotation);
  const [w, h] = [right - left, bottom - top];
  return { ...box, x: center.x - w / 2, y: center.y - h / 2, w, h };
}

/** Wider or higher at the right and bottom side. */
export function grown(box: Box, dw: number, dh: number): Box {
  const corner = { x: box.x + Math.max(0, box.w + dw), y: box.y + Math.max(0, box.h + dh) };
  return resized(box, "se", turnedAbout(corner, centerOf(box), box.rotation ?? 0));
}

export function turned(box: Box, degrees: number): Box {
  return { ...box, rotation: turnOnGrid((box.rotation ?? 0) + degrees) };
}

/** A box that was moved: pushed back into the image, if it may not leave it. Null when it does not fit in at all. */
export function pushedInside(box: Box, image: Size): Box | null {
  const { x, y, width, height } = envelopeOf(box);
  if (width > image.width + 1e-9 || height > image.height + 1e-9) return null;
  const shift = (from: number, length: number, end: number): number =>
    Math.max(0, -from) - Math.max(0, from + length - end);
  return moved(box, shift(x, width, image.width), shift(y, height, image.height));
}

/** A box that was drawn or sized: cut off at the edges of the image. A turned one is cut by none: null when it sticks out. */
export function cutInside(box: Box, image: Size): Box | null {
  if (box.rotation) {
    const { x, y, width, height } = envelopeOf(box);
    const isInside = x >= -1e-9 && y >= -1e-9 && x + width <= image.width + 1e-9 && y + height <= image.height + 1e-9;
    return isInside ? box : null;
  }
  const left = Math.max(0, box.x);
  const top = Math.max(0, box.y);
  const [right, bottom] = [Math.min(image.width, box.x + box.w), Math.min(image.height, box.y + box.h)];
  return right >= left && bottom >= top ? { x: left, y: top, w: right - left, h: bottom - top } : null;
}

/** A box as it is stored: within the image, on the grid, large enough; or why not. */
export function fitted(box: Box, image: Size, settings: BoxSettings, isMoved = false): Box | Refusal {
  const inside = settings.mayLeave ? box : isMoved ? pushedInside(box, image) : cutInside(box, image);
  if (!inside) return "outside";
  const found = snapped(inside, settings.isInteger);
  // A turned box that touches the edge may lie a hair beyond it after rounding.
  const kept = settings.mayLeave || !found.rotation ? found : (pushedInside(found, image) ?? found);
  const stored = snapped(kept, settings.isInteger);
  if (stored.w <= 0 || stored.h <= 0 || stored.w < settings.minW || stored.h < settings.minH) return "size";
  return stored;
}

/** Adds a box and selects it. */
export function addBox(
  editor: Editor,
  asked: Asked,
  box: Box,
  image: Size,
  label: string | undefined,
  isMoved = false,
  form: Form = BOX,
): Refusal | null {
  const settings = settingsOf(asked);
  const regions = editor.regions(asked.key);
  if (settings.max !== null && regions.length >= settings.max) return "count";
  const stored = fitted(box, image, settings, isMoved);
  if (typeof stored === "string") return stored;
  const named = label === undefined ? {} : { label };
  editor.addRegion(asked, { id: newRegionId(regions), ...named, ...given(form.fieldsOf(stored)) } as unknown as Region);
  return null;
}

/** Puts a box elsewhere or sizes it. Steps with the same merge name are undone together. */
export function putBox(
  editor: Editor,
  asked: Asked,
  region: Region,
  box: Box,
  image: Size,
  { isMoved = false, merge = null as string | null, form = BOX } = {},
): Refusal | null {
  const stored = fitted(box, image, settingsOf(asked), isMoved);
  if (typeof stored === "string") return stored;
  const isSame = JSON.stringify(snapped(form.boxOf(region))) === JSON.stringify(stored);
  if (!isSame) editor.changeRegion(asked, region.id, form.fieldsOf(stored), merge);
  return null;
}

/** The smallest box under a point: what lies within another can be reached. */
export function boxUnder(regions: readonly Region[], point: Point, form: Form = BOX): Region | undefined {
  const { boxOf } = form;
  return regions
    .filter((region) => form.contains(boxOf(region), point))
    .sort((a, b) => boxOf(a).w * boxOf(a).h - boxOf(b).w * boxOf(b).h)[0];
}

function given(fields: { [field: string]: number | undefined }): { [field: string]: number } {
  return Object.fromEntries(Object.entries(fields).filter((each): each is [string, number] => each[1] !== undefined));
}

/** The box itself. */
export const BOX: Form = {
  element: "rect",
  boxOf,
  fieldsOf: ({ x, y, w, h, rotation }) => ({ x, y, w, h, rotation }),
  contains,
};

/** An ellipse by its centre and radii: what lies in the corners of its box is outside. */
export const ELLIPSE: Form = {
  element: "ellipse",
  boxOf: (region) => {
    const { cx, cy, rx, ry, rotation } = region as unknown as Record<string, number>;
    const box = { x: (cx ?? 0) - (rx ?? 0), y: (cy ?? 0) - (ry ?? 0), w: 2 * (rx ?? 0), h: 2 * (ry ?? 0) };
    return rotation === undefined ? box : { ...box, rotation };
  },
  fieldsOf: ({ x, y, w, h, rotation }) => ({
    cx: onGrid(x + w / 2),
    cy: onGrid(y + h / 2),
    rx: onGrid(w / 2),
    ry: onGrid(h / 2),
    rotation,
  }),
  contains: (box, point) => {
    const center = centerOf(box);
    const { x, y } = turnedAbout(point, center, -(box.rotation ?? 0));
    return ((x - center.x) / (box.w / 2)) ** 2 + ((y - center.y) / (box.h / 2)) ** 2 <= 1;
  },
};
