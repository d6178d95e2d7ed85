/**
 * Lines and outlines by their points: set one after another, moved, taken away. Pixels of the upright image, on the grid of
 * 1/1024. A ring is closed, its first point not repeated; outer rings run clockwise as seen, holes the other way.
 */
import { onGrid } from "./boxes";
import type { Asked, Region } from "./store";
import type { Point, Size } from "./viewport";

export type Line = readonly Point[];
/** How lines are kept in a region. */
export interface PathForm {
  linesOf: (region: Region) => Line[];
  isClosed: (region: Region) => boolean;
  fieldsOf: (lines: readonly Line[]) => { [field: string]: unknown };
  /** How many points a line has at least and at most. */
  bounds: (asked: Asked) => [number, number];
  /** Whether the sides of one region may cross. */
  mayCross: boolean;
}
export type PathRefusal =
  | { why: "few" | "many"; count: number }
  | { why: "crossing"; at: Point }
  | { why: "flat" | "outside" | "beside" | "overlap" };

export function pointOnGrid({ x, y }: Point): Point {
  return { x: onGrid(x), y: onGrid(y) };
}

export function within({ x, y }: Point, { width, height }: Size): Point {
  return { x: Math.min(Math.max(x, 0), width), y: Math.min(Math.max(y, 0), height) };
}

export function isSame(a: Point | null | undefined, b: Point | null | undefined): boolean {
  return Boolean(a && b && a.x === b.x && a.y === b.y);
}

/** Points as [x, y], as they are stored. */
export function pairsOf(line: Line): [number, number][] {
  return line.map((point) => {
    const { x, y } = pointOnGrid(point);
    return [x, y];
  });
}

export function pointsOf(pairs: unknown): Point[] {
  return ((pairs as [number, number][] | undefined) ?? []).map(([x, y]) => ({ x, y }));
}

/** By the shoelace formula: positive where a ring runs clockwise as seen. */
export function signedArea(ring: Line): number {
  const [origin] = ring;
  if (!origin) return 0;
  let twice = 0;
  for (const [index, a] of ring.entries()) {
    const b = ring[(index + 1) % ring.length] as Point;
    twice += (a.x - origin.x) * (b.y - origin.y) - (b.x - origin.x) * (a.y - origin.y);
  }
  return twice / 2;
}

/** A ring that runs the way that is asked for; where it begins stays. */
export function running(ring: Line, isClockwise: boolean): Line {
  const [first, ...rest] = ring;
  return first && signedArea(ring) > 0 !== isClockwise ? [first, ...rest.reverse()] : ring;
}

/** Whether a point lies in rings, even-odd. */
export function isInside(rings: readonly Line[], { x, y }: Point): boolean {
  let isIn = false;
  for (const ring of rings) {
    for (const [index, a] of ring.entries()) {
      const b = ring[(index + 1) % ring.length] as Point;
      if (a.y > y !== b.y > y && x < a.x + ((y - a.y) * (b.x - a.x)) / (b.y - a.y)) isIn = !isIn;
    }
  }
  return isIn;
}

type Side = [Point, Point];

function sidesOf(line: Line, isClosed: boolean): Side[] {
  const sides = line.slice(1).map((point, index): Side => [line[index] as Point, point]);
  const [first, last] = [line[0], line.at(-1)];
  return isClosed && line.length > 2 && first && last ? [...sides, [last, first]] : sides;
}

function turn(a: Point, b: Point, c: Point): number {
  return Math.sign((b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x));
}

function isBetween(a: Point, b: Point, { x, y }: Point): boolean {
  return Math.min(a.x, b.x) <= x && x <= Math.max(a.x, b.x) && Math.min(a.y, b.y) <= y && y <= Math.max(a.y, b.y);
}

/** Where two sides meet, touching included; null where they do not. */
function meeting([a, b]: Side, [c, d]: Side): Point | null {
  const [abc, abd, cda, cdb] = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)];
  if (abc * abd < 0 && cda * cdb < 0) {
    const cross = (b.x - a.x) * (d.y - c.y) - (b.y - a.y) * (d.x - c.x);
    const share = ((c.x - a.x) * (d.y - c.y) - (c.y - a.y) * (d.x - c.x)) / cross;
    return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
  }
  if (abc === 0 && isBetween(a, b, c)) return c;
  if (abd === 0 && isBetween(a, b, d)) return d;
  if (cda === 0 && isBetween(c, d, a)) return a;
  if (cdb === 0 && isBetween(c, d, b)) return b;
  return null;
}

/** The first place where rings meet themselves or each other; neighbours share their corner and no more. */
export function crossingOf(rings: readonly Line[]): Point | null {
  const sides = rings.flatMap((ring, at) =>
    sidesOf(ring, true).map((side, place) => ({ side, at, place, size: ring.length })),
  );
  for (const [index, one] of sides.entries()) {
    for (const other of sides.slice(index + 1)) {
      const isNext = one.at === other.at && other.place - one.place === 1;
      const isLast = one.at === other.at && one.place === 0 && other.place === one.size - 1;
      if (isNext || isLast) {
        const [from, corner] = isNext ? [one.side[0], one.side[1]] : [other.side[0], other.side[1]];
        const to = isNext ? other.side[1] : one.side[1];
        const ahead = (corner.x - from.x) * (to.x - corner.x) + (corner.y - from.y) * (to.y - corner.y);
        if (turn(from, corner, to) === 0 && ahead < 0) return corner;
        continue;
      }
      const at = meeting(one.side, other.side);
      if (at) return at;
    }
  }
  return null;
}

/** Why lines could not be stored; null when they can. */
export function refusalOf(form: PathForm, lines: readonly Line[], isClosed: boolean, asked: Asked): PathRefusal | null {
  const [least, most] = form.bounds(asked);
  for (const line of lines) {
    const points = line.filter((point, index) => !isSame(point, line[index - 1]));
    if (points.length < least) return { why: "few", count: least };
    if (points.length > most) return { why: "many", count: most };
  }
  if (form.mayCross) return null;
  const at = crossingOf(lines);
  if (at) return { why: "crossing", at };
  return isClosed && lines.some((line) => signedArea(line) === 0) ? { why: "flat" } : null;
}

/** Without points that repeat the one before, the last the first of a ring among them. */
export function cleaned(line: Line, isClosed: boolean): Point[] {
  const points = line.map(pointOnGrid).filter((point, index, all) => !isSame(point, all[index - 1]));
  while (isClosed && points.length > 1 && isSame(points[0], points.at(-1))) points.pop();
  return points;
}

export function movedLines(lines: readonly Line[], { x: dx, y: dy }: Point): Line[] {
  return lines.map((line) => line.map(({ x, y }) => ({ x: x + dx, y: y + dy })));
}

/** The nearest shift that keeps lines within the image; null where they do not fit in. */
export function shiftWithin(lines: readonly Line[], by: Point, { width, height }: Size): Point | null {
  const points = lines.flat();
  const axis = (values: number[], step: number, most: number): number | null => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    if (high - low > most) return null;
    return Math.min(Math.max(step, -low), most - high);
  };
  const x = axis(
    points.map((each) => each.x),
    by.x,
    width,
  );
  const y = axis(
    points.map((each) => each.y),
    by.y,
    height,
  );
  return x === null || y === null ? null : { x, y };
}

/** A line's points with one moved, put in or taken away. */
export function withPoint(
  lines: readonly Line[],
  line: number,
  place: number,
  to: Point | null,
  isNew = false,
): Line[] {
  return lines.map((each, index) => {
    if (index !== line) return each;
    const points = [...each];
    if (to) points.splice(place, isNew ? 0 : 1, to);
    else points.splice(place, 1);
    return points;
  });
}

/** How far a point lies from a line. */
export function distanceTo(line: Line, isClosed: boolean, point: Point): number {
  const gaps = sidesOf(line, isClosed).map(([a, b]) => {
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const length = dx * dx + dy * dy;
    const share = length === 0 ? 0 : Math.min(Math.max(((point.x - a.x) * dx + (point.y - a.y) * dy) / length, 0), 1);
    return Math.hypot(point.x - a.x - share * dx, point.y - a.y - share * dy);
  });
  return Math.min(...gaps, Number.POSITIVE_INFINITY);
}

/** As the d of an SVG path. */
export function pathData(lines: readonly Line[], isClosed: boolean): string {
  return lines
    .map((line) => line.map(({ x, y }, index) => `${index ? "L" : "M"}${x} ${y}`).join("") + (isClosed ? "Z" : ""))
    .join("");
}
