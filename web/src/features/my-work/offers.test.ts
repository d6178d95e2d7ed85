/** What waits for a person stands in the order in which it helps others most. */
import { expect, test } from "vitest";
import type { OpenStage, Work } from "../../api/contract";
import { isReady, offersOf, placeOf } from "./offers";

function work(id: string, change: Partial<Work> = {}): Work {
  const project = { id, name: id, preset: null };
  const counts = { held: 0, done_by_me: 0, tasks: 10, done: 0, open: 10 };
  return { project, state: "ready", guideline_version: 0, due_at: null, ...counts, ...change } as Work;
}
const open = (stage: OpenStage["stage"], waiting: number): OpenStage => ({ stage, waiting, held: 0, rework: 0 });
const idsOf = (...items: Work[]): string[] => offersOf(items).map(({ id }) => id);

test("later stages come first where something waits, then what is held, then what is ready", () => {
  const stages: Work["stages"] = [open("label", 10), open("review", 3), open("adjudicate", 0)];

  expect(
    idsOf(
      work("empty", { state: "empty", open: 0 }),
      work("ready"),
      work("held", { held: 1 }),
      work("staged", { state: "consent-needed", stages }),
    ),
  ).toEqual(["staged review", "held label", "ready label", "staged label", "empty label"]);
});

test("a project that is paused waits, whatever its stages hold", () => {
  const [first] = offersOf([work("a", { state: "paused", stages: [open("review", 3)] })]);

  expect(first && isReady(first)).toBe(false);
});

test("each stage is worked on at its own address", () => {
  const stages: Work["stages"] = [open("review", 1), open("adjudicate", 1)];

  expect(offersOf([work("a", { stages })]).map(placeOf)).toEqual([
    "/projects/$project/review",
    "/projects/$project/adjudicate",
    "/projects/$project/label",
  ]);
});
