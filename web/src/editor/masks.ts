/**
 * Masks: pixels as run lengths in the order of COCO, column by column, the first run of pixels that are not covered. A pixel
 * belongs to a figure when its centre does. Headless.
 */
import type { Line } from "./paths";
import type { Point, Size } from "./viewport";

export interface RunLengths {
  /** Height and width. */
  size: [number, number];
  counts: number[];
}
/** One byte a pixel, column by column: the pixel at x, y stands at x * height + y. */
export type Pixels = Uint8Array;

export function pixelsOf({ size: [height, width], counts }: RunLengths): Pixels {
  const pixels = new Uint8Array(height * width);
  let [at, isCovered] = [0, false];
  for (const count of counts) {
    if (isCovered) pixels.fill(1, at, at + count);
    at += count;
    isCovered = !isCovered;
  }
  return pixels;
}

export function runsOf(pixels: Pixels, { width, height }: Size): RunLengths {
  const counts: number[] = [];
  let [from, covered] = [0, 0];
  for (let at = 0; at <= pixels.length; at += 1) {
    if (at < pixels.length && pixels[at] === covered) continue;
    if (at > from || counts.length === 0) counts.push(at - from);
    from = at;
    covered = 1 - covered;
  }
  return { size: [height, width], counts };
}

export function areaOf(pixels: Pixels): number {
  let count = 0;
  for (const pixel of pixels) count += pixel;
  return count;
}

/** How many pixels run lengths cover, without unfolding them. */
export function coveredBy({ counts }: RunLengths): number {
  return counts.reduce((sum, count, index) => (index % 2 ? sum + count : sum), 0);
}

/** Whether run lengths are those of a picture; of any, where its size is not known. */
export function areRuns(value: unknown, picture: Size | null): value is RunLengths {
  const { size, counts } = (value ?? {}) as Partial<RunLengths>;
  if (!Array.isArray(size) || size.length !== 2 || !Array.isArray(counts)) return false;
  const isCount = (each: unknown): boolean => Number.isInteger(each) && (each as number) >= 0;
  if (![...size, ...counts].every(isCount) || counts.slice(1).includes(0)) return false;
  const [height, width] = size;
  if (picture && (height !== picture.height || width !== picture.width)) return false;
  return counts.reduce((sum, count) => sum + count, 0) === height * width;
}

/** The pixels that a round brush covers on its way through points. radius: in pixels. */
export function stroke(points: readonly Point[], radius: number, { width, height }: Size): Pixels {
  const pixels = new Uint8Array(width * height);
  for (const [index, to] of points.entries()) {
    const from = points[index - 1] ?? to;
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const length = dx * dx + dy * dy;
    const left = Math.max(0, Math.floor(Math.min(from.x, to.x) - radius));
    const right = Math.min(width - 1, Math.ceil(Math.max(from.x, to.x) + radius));
    const top = Math.max(0, Math.floor(Math.min(from.y, to.y) - radius));
    const bottom = Math.min(height - 1, Math.ceil(Math.max(from.y, to.y) + radius));
    for (let x = left; x <= right; x += 1) {
      for (let y = top; y <= bottom; y += 1) {
        const [px, py] = [x + 0.5 - from.x, y + 0.5 - from.y];
        const share = length === 0 ? 0 : Math.min(Math.max((px * dx + py * dy) / length, 0), 1);
        const [gx, gy] = [px - share * dx, py - share * dy];
        if (gx * gx + gy * gy <= radius * radius) pixels[x * height + y] = 1;
      }
    }
  }
  return pixels;
}

/** The pixels whose centres lie in a ring. */
export function filled(ring: Line, { width, height }: Size): Pixels {
  const pixels = new Uint8Array(width * height);
  const xs = ring.map(({ x }) => x);
  const [left, right] = [Math.max(0, Math.floor(Math.min(...xs))), Math.min(width, Math.ceil(Math.max(...xs)))];
  for (let x = left; x < right; x += 1) {
    // Where the line through the middle of this column enters and leaves the ring.
    const across = x + 0.5;
    const cuts: number[] = [];
    for (const [index, a] of ring.entries()) {
      const b = ring[(index + 1) % ring.length] as Point;
      if (a.x > across !== b.x > across) cuts.push(a.y + ((across - a.x) * (b.y - a.y)) / (b.x - a.x));
    }
    cuts.sort((a, b) => a - b);
    for (let cut = 0; cut + 1 < cuts.length; cut += 2) {
      const from = Math.max(0, Math.ceil((cuts[cut] as number) - 0.5));
      const to = Math.min(height, Math.ceil((cuts[cut + 1] as number) - 0.5));
      if (to > from) pixels.fill(1, x * height + from, x * height + to);
    }
  }
  return pixels;
}

/** The pixels that are joined side by side to the one at a point and are free as it is; nothing where it is taken. */
export function flood(taken: Pixels, at: Point, { width, height }: Size): Pixels {
  const pixels = new Uint8Array(width * height);
  const [x, y] = [Math.min(Math.floor(at.x), width - 1), Math.min(Math.floor(at.y), height - 1)];
  const start = x * height + y;
  if (taken[start]) return pixels;
  const queue = [start];
  pixels[start] = 1;
  while (queue.length > 0) {
    const here = queue.pop() as number;
    const row = here % height;
    const beside = [here - height, here + height, row > 0 ? here - 1 : -1, row < height - 1 ? here + 1 : -1];
    for (const next of beside) {
      if (next >= 0 && next < pixels.length && !taken[next] && !pixels[next]) {
        pixels[next] = 1;
        queue.push(next);
      }
    }
  }
  return pixels;
}

/** One mask with another put to it, or taken from it. */
export function joined(pixels: Pixels, more: Pixels, isAdded: boolean): Pixels {
  return pixels.map((pixel, at) => (more[at] ? (isAdded ? 1 : 0) : pixel));
}

/** The smallest upright rectangle around what run lengths cover. */
export function extentOf({ size: [height], counts }: RunLengths): Point & Size {
  let [left, right, top, bottom] = [Infinity, 0, Infinity, 0];
  let at = 0;
  for (const [index, count] of counts.entries()) {
    if (index % 2) {
      const [first, last] = [at, at + count - 1];
      left = Math.min(left, Math.floor(first / height));
      right = Math.max(right, Math.floor(last / height) + 1);
      const isOneColumn = Math.floor(first / height) === Math.floor(last / height);
      top = Math.min(top, isOneColumn ? first % height : 0);
      bottom = Math.max(bottom, isOneColumn ? (last % height) + 1 : height);
    }
    at += count;
  }
  return left === Infinity
    ? { x: 0, y: 0, width: 0, height: 0 }
    : { x: left, y: top, width: right - left, height: bottom - top };
}

/** Whether a mask covers the pixel at a point. */
export function covers({ size: [height, width], counts }: RunLengths, { x, y }: Point): boolean {
  if (x < 0 || y < 0 || x >= width || y >= height) return false;
  let left = Math.floor(x) * height + Math.floor(y);
  for (const [index, count] of counts.entries()) {
    if (left < count) return index % 2 === 1;
    left -= count;
  }
  return false;
}
