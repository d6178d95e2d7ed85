/** The address of the data table says what it is narrowed to. */
import { expect, test } from "vitest";
import { filterOf, says, searchOf, typed, wantedOf } from "./filters";

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

test("what a label says, what made it and how sure it is go to the API in its own words", () => {
  const search = searchOf({
    says: says("kind", "a=b"),
    made_by: "model",
    probability_below: "0.8",
    probability_from: 0.5,
    sort: "-probability",
  });
  const ofLabels = {
    label_question: "kind",
    label: '"a=b"',
    label_source: "model",
    probability_below: 0.8,
    probability_from: 0.5,
  };
  expect(filterOf(search)).toEqual({ sort: "-probability", ...ofLabels });
  expect(wantedOf(search)).toMatchObject(ofLabels);
});

test("a probability outside 0 to 1, an unknown source and an unknown order are left out", () => {
  expect(searchOf({ probability_below: 2, probability_from: "x", made_by: "luck", sort: "name", says: "x" })).toEqual(
    {},
  );
});

test("what is sorted only is not narrowed", () => {
  expect(wantedOf({ sort: "probability" })).toBeNull();
});

test("an action on all that match knows the version of the guidelines", () => {
  expect(wantedOf({ guideline_before: "3" })).toMatchObject({ guideline_before: 3 });
});
