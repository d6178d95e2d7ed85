/** Skeletons: the named points of a thing in a picture, each seen, hidden or absent. Pixels of the upright image, on the grid of 1/1024. */
import type { Option } from "../api/contract";
import { distanceTo, pointOnGrid } from "./paths";
import type { Asked, Region } from "./store";
import type { Point, Size } from "./viewport";

export type Seen = "visible" | "occluded";
/** Where a point is and whether it is seen; null: it is absent. */
export type Placed = readonly [number, number, Seen] | null;
/** By the names of the skeleton. */
export type Points = Readonly<Record<string, Placed>>;
export type Pairs = readonly (readonly [string, string])[];
export interface Skeleton {
  points: readonly Option[];
  /** Which points a line joins. */
  edges: Pairs;
  /** Which points are each other's mirror image. */
  mirror: Pairs;
}

export function skeletonIn(settings: Record<string, unknown> | undefined): Skeleton {
  const { points = [], edges = [], mirror = [] } = (settings?.skeleton as Partial<Skeleton> | undefined) ?? {};
  return { points, edges, mirror };
}

export function skeletonOf({ question }: Asked): Skeleton {
  return skeletonIn(question.settings);
}

/** Whether points may be hidden or absent. */
export function mayHide({ question }: Asked): boolean {
  return question.settings?.visibility !== false;
}

export function pointsIn(region: Region): Points {
  return (region.points as Points | undefined) ?? {};
}

export function at(placed: Placed | undefined): Point | null {
  return placed ? { x: placed[0], y: placed[1] } : null;
}

export function placedAt(point: Point, seen: Seen = "visible"): Placed {
  const { x, y } = pointOnGrid(point);
  return [x, y, seen];
}

/** The points that are placed, in the order of the skeleton. */
export function present({ points }: Skeleton, placed: Points): Point[] {
  return points.flatMap(({ value }) => at(placed[value]) ?? []);
}

/** The lines between points that are placed. */
export function bones({ edges }: Skeleton, placed: Points): [Point, Point][] {
  return edges.flatMap(([from, to]) => {
    const [a, b] = [at(placed[from]), at(placed[to])];
    return a && b ? [[a, b] as [Point, Point]] : [];
  });
}

export function withPlaced(placed: Points, name: string, to: Placed): Points {
  return { ...placed, [name]: to };
}

export function movedPoints(placed: Points, by: Point): Points {
  const moved = ([x, y, seen]: readonly [number, number, Seen]): Placed => placedAt({ x: x + by.x, y: y + by.y }, seen);
  return Object.fromEntries(Object.entries(placed).map(([name, each]) => [name, each && moved(each)]));
}

/** Left for right: the points of each mirrored pair change places. */
export function mirrored({ mirror }: Skeleton, placed: Points): Points {
  const swapped = mirror.flatMap(([a, b]): [string, Placed][] => [
    [a, placed[b] ?? null],
    [b, placed[a] ?? null],
  ]);
  return { ...placed, ...Object.fromEntries(swapped) };
}

/** How far a place lies from the nearest point or line of a thing. */
export function distanceToThing(skeleton: Skeleton, placed: Points, place: Point): number {
  const toPoints = present(skeleton, placed).map(({ x, y }) => Math.hypot(x - place.x, y - place.y));
  const toBones = bones(skeleton, placed).map((bone) => distanceTo(bone, false, place));
  return Math.min(...toPoints, ...toBones, Number.POSITIVE_INFINITY);
}

/** Whether points of whatever form could be stored: all of the skeleton and no other, within the picture, one of them placed. */
export function areWhole(asked: Asked, points: unknown, picture: Size | null): points is Points {
  if (points === null || typeof points !== "object" || Array.isArray(points)) return false;
  const names = skeletonOf(asked).points.map(({ value }) => value);
  const given = points as Record<string, unknown>;
  if (Object.keys(given).length !== names.length || !names.every((name) => Object.hasOwn(given, name))) return false;
  const canHide = mayHide(asked);
  const isPlaced = (each: unknown): boolean => {
    if (!Array.isArray(each) || each.length !== 3) return false;
    const [x, y, seen] = each;
    if (!Number.isFinite(x) || !Number.isFinite(y) || x < 0 || y < 0) return false;
    if (picture && (x > picture.width || y > picture.height)) return false;
    return seen === "visible" || (canHide && seen === "occluded");
  };
  const every = Object.values(given);
  return every.some((each) => each !== null) && every.every((each) => (each === null ? canHide : isPlaced(each)));
}
