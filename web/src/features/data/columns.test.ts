/** Columns give way to a drawer, never the task itself. */
import { expect, test } from "vitest";
import { chosenColumns, fitting, TASK_MIN, widthOf } from "./columns";

test("beside a drawer the last columns give way until the task can be read", () => {
  const usual = chosenColumns(undefined);

  for (const room of [2000, 900, 664, 500]) {
    const kept = fitting(usual, room);
    expect(kept).toEqual(usual.slice(0, kept.length));
    expect(TASK_MIN + widthOf(kept)).toBeLessThanOrEqual(room);
  }
});

test("the usual columns fit the smallest screen for work, beside the navigation and the boxes to tick", () => {
  const room = 1280 - 216 - 44;

  expect(TASK_MIN + widthOf(chosenColumns(undefined))).toBeLessThanOrEqual(room);
});

test("the first column stays, however narrow it gets", () => {
  expect(fitting(chosenColumns("state,label"), 10).map(({ name }) => name)).toEqual(["state"]);
});
