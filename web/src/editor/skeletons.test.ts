/** Skeletons: which lines are drawn, what moves, what changes places. */
import { expect, test } from "vitest";
import { bones, distanceToThing, mirrored, movedPoints, type Points, type Skeleton } from "./skeletons";

const SKELETON: Skeleton = {
  points: ["head", "left", "right"].map((value) => ({ value })),
  edges: [
    ["head", "left"],
    ["head", "right"],
  ],
  mirror: [["left", "right"]],
};
const THING: Points = { head: [10, 0, "visible"], left: [0, 20, "occluded"], right: null };

test("a line is drawn where both its ends are placed", () => {
  expect(bones(SKELETON, THING)).toEqual([
    [
      { x: 10, y: 0 },
      { x: 0, y: 20 },
    ],
  ]);
});

test("all that is placed moves together, on the grid; what is absent stays so", () => {
  expect(movedPoints(THING, { x: 0.30001, y: -1 })).toEqual({
    head: [10.2998046875, -1, "visible"],
    left: [0.2998046875, 19, "occluded"],
    right: null,
  });
});

test("left for right takes how a point is seen along", () => {
  expect(mirrored(SKELETON, THING)).toEqual({ head: [10, 0, "visible"], left: null, right: [0, 20, "occluded"] });
  expect(mirrored(SKELETON, mirrored(SKELETON, THING))).toEqual(THING);
});

test("a thing is as near as its nearest point or line", () => {
  expect(distanceToThing(SKELETON, THING, { x: 10, y: -3 })).toBe(3);
  expect(distanceToThing(SKELETON, THING, { x: 5, y: 10 })).toBe(0);
});
