/** Undo takes back what an order changed, and nothing else. */
import { expect, test } from "vitest";
import { wayBack } from "./orders";

const rows = [
  { id: "t1", priority: 128 },
  { id: "t2", priority: 128 },
  { id: "t3", priority: 9 },
  { id: "t4", priority: 200 },
];

test("assigning is undone for the tasks that were newly assigned, from the same person", () => {
  expect(wayBack({ action: "assign", ids: ["t1", "t3"], value: "p1" }, rows)).toEqual([
    { action: "unassign", ids: ["t1", "t3"], value: "p1" },
  ]);
});

test("what changed nothing has nothing to undo", () => {
  expect(wayBack({ action: "assign", ids: [], value: "p1" }, rows)).toEqual([]);
  expect(wayBack({ action: "priority", ids: [], value: 200 }, rows)).toEqual([]);
});

test("trash and restore undo each other", () => {
  expect(wayBack({ action: "trash", ids: ["t1"] }, rows)).toEqual([{ action: "restore", ids: ["t1"] }]);
  expect(wayBack({ action: "restore", ids: ["t1"] }, rows)).toEqual([{ action: "trash", ids: ["t1"] }]);
});

test("each task gets the priority back that it had", () => {
  expect(wayBack({ action: "priority", ids: ["t1", "t2", "t3"], value: 200 }, rows)).toEqual([
    { action: "priority", ids: ["t1", "t2"], value: 128 },
    { action: "priority", ids: ["t3"], value: 9 },
  ]);
});

test("what was unassigned is not assigned by an undo of the undo", () => {
  expect(wayBack({ action: "unassign", ids: ["t1"], value: "p1" }, rows)).toEqual([]);
});

test("what was queued again is taken back where it was, and nothing where no task was", () => {
  expect(wayBack({ action: "requeue", ids: ["a", "b"], stage: "label" }, [])).toEqual([
    { action: "unqueue", ids: ["a", "b"] },
  ]);
  expect(wayBack({ action: "requeue", ids: [], stage: "label" }, [])).toEqual([]);
});
