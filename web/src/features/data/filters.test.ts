/** The address of the data table says what it is narrowed to. */
import { expect, test } from "vitest";
import { filterOf, searchOf, typed } from "./filters";

const TASK = "01a21349-887f-7000-a19e-c1a69c227916";

test("an address with nonsense in it opens the whole table", () => {
  expect(searchOf({ state: "nowhere", batch: "no id", tag: "  ", person: 7, task: {} })).toEqual({});
});

test("an external id of digits stays a text", () => {
  expect(searchOf({ external_id: 4711 })).toEqual({ external_id: "4711" });
});

test("a typed id is looked up as an id, anything else as an external id", () => {
  expect(typed(` ${TASK.toUpperCase()} `)).toEqual({ id: TASK, external_id: undefined });
  expect(typed("mail-1")).toEqual({ id: undefined, external_id: "mail-1" });
  expect(typed("")).toEqual({ id: undefined, external_id: undefined });
});

test("a version of the guidelines is a whole number from one", () => {
  expect(searchOf({ guideline_before: 3 })).toEqual({ guideline_before: "3" });
  expect(searchOf({ guideline_before: "x" })).toEqual({});
  expect(filterOf({ guideline_before: "3" })).toEqual({ guideline_before: 3 });
});

test("the open drawer narrows nothing", () => {
  expect(filterOf({ state: "done", task: TASK })).toEqual({ state: "done" });
});
