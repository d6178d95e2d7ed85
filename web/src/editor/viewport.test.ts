/** The view of an image: what stays in place when it zooms, and what can never be lost from sight. */
import { beforeEach, expect, test, vi } from "vitest";
import { Viewport, viewportOf } from "./viewport";

let view: Viewport;

beforeEach(() => {
  view = new Viewport({ width: 1000, height: 500 });
  view.resize({ width: 848, height: 648 });
});

test("at first the whole image is seen, in the middle, with a margin", () => {
  expect(view.snapshot()).toEqual({ scale: 0.8, x: 24, y: 124 });
  expect(view.visible()).toEqual({ x: 0, y: 0, width: 1000, height: 500 });
});

test("zooming keeps the point under the pointer where it is", () => {
  const pointer = { x: 300, y: 200 };
  const before = view.toImage(pointer);

  view.zoom(1, pointer);
  view.zoom(1, pointer);

  const after = view.toImage(pointer);
  expect(view.snapshot().scale).toBeCloseTo(0.8 * 1.25 ** 2, 9);
  expect([after.x, after.y]).toEqual([expect.closeTo(before.x, 9), expect.closeTo(before.y, 9)]);
});

test("stage and image coordinates return into each other", () => {
  view.zoom(1);
  view.pan(13, -7);
  const { x, y } = view.toStage(view.toImage({ x: 77, y: 99 }));

  expect([x, y]).toEqual([expect.closeTo(77, 9), expect.closeTo(99, 9)]);
});

test("a fitted image stays fitted when the stage changes; a zoomed one keeps its middle", () => {
  view.resize({ width: 448, height: 648 });
  expect(view.snapshot().scale).toBe(0.4);

  view.zoom(1);
  const middle = view.toImage({ x: 224, y: 324 });
  view.resize({ width: 648, height: 648 });
  const after = view.toImage({ x: 324, y: 324 });
  expect([after.x, after.y]).toEqual([expect.closeTo(middle.x, 9), expect.closeTo(middle.y, 9)]);
});

test("however far it is dragged, a part of the image stays in sight", () => {
  view.pan(1e6, 1e6);
  expect(view.visible().width).toBeGreaterThan(0);

  view.pan(-1e7, -1e7);
  expect(view.visible().height).toBeGreaterThan(0);
});

test("zoom has an end on both sides", () => {
  for (let step = 0; step < 100; step += 1) view.zoom(1);
  expect(view.snapshot().scale).toBe(64);

  for (let step = 0; step < 200; step += 1) view.zoom(-1);
  expect(view.snapshot().scale).toBeGreaterThan(0.1);
});

test("revealing what is in sight does not move the view; what is outside comes in", () => {
  const before = view.snapshot();
  view.reveal({ x: 400, y: 200, width: 50, height: 50 });
  expect(view.snapshot()).toBe(before);

  for (let step = 0; step < 8; step += 1) view.zoom(1);
  view.reveal({ x: 900, y: 10, width: 50, height: 50 });
  const { x, y, width, height } = view.visible();
  expect(x).toBeLessThanOrEqual(900);
  expect(x + width).toBeGreaterThanOrEqual(950);
  expect([y <= 10, y + height >= 60]).toEqual([true, true]);
});

test("whoever listens is told of every change", () => {
  const listener = vi.fn();
  const stop = view.subscribe(listener);
  view.zoom(1);
  stop();
  view.zoom(1);

  expect(listener).toHaveBeenCalledTimes(1);
});

test("each image of a task has its own view, kept while the task is open", () => {
  const task = {};
  const size = { width: 10, height: 10 };

  const made = viewportOf(task, "photo", size);

  expect(viewportOf(task, "photo", size)).toBe(made);
  expect(viewportOf(task, "photo")).toBe(made);
  expect(viewportOf(task, "other")).toBeUndefined();
  expect(viewportOf({}, "photo")).toBeUndefined();
});
