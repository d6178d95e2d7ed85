/** What waits for a person stands in the order in which it helps others most. */
import { expect, test } from "vitest";
import type { Work } from "../../api/contract";
import { isReady, offersOf, placeOf } from "./offers";

type Staged = Work["stages"][number];
const at = (stage: Staged["stage"], waiting: number, rework = 0): Staged => ({ stage, waiting, held: 0, rework });

function work(id: string, change: Partial<Work> = {}): Work {
  const project = { id, name: id, preset: null };
  const counts = { held: 0, done_by_me: 0, tasks: 10, done: 0, open: 10 };
  const stages = [at("label", 10)];
  return { project, state: "ready", guideline_version: 0, due_at: null, stages, ...counts, ...change } as Work;
}
const idsOf = (...items: Work[]): string[] => offersOf(items).map(({ id }) => id);

test("later stages come first where something waits, then what is held, then what is ready", () => {
  const stages = [at("label", 10), at("review", 3), at("adjudicate", 0)];

  expect(
    idsOf(
      work("empty", { state: "empty", stages: [at("label", 0)] }),
      work("ready"),
      work("held", { held: 1 }),
      work("staged", { state: "consent-needed", stages }),
    ),
  ).toEqual(["staged review", "held", "ready", "staged", "empty"]);
});

test("where every task has its answers nothing is to be started, unless an answer came back", () => {
  const done = work("done", { stages: [at("label", 0)] });
  const back = work("back", { stages: [at("label", 0, 1)] });

  expect(offersOf([done, back]).map((offer) => [offer.work.project.id, isReady(offer)])).toEqual([
    ["back", true],
    ["done", false],
  ]);
});

test("a project that is paused waits, whatever its stages hold", () => {
  const [first] = offersOf([work("a", { state: "paused", stages: [at("review", 3)] })]);

  expect(first && isReady(first)).toBe(false);
});

test("each stage is worked on at its own address", () => {
  const stages = [at("label", 1), at("review", 1), at("adjudicate", 1), at("audit", 1)];

  expect(offersOf([work("a", { stages })]).map(placeOf)).toEqual([
    "/projects/$project/review",
    "/projects/$project/adjudicate",
    "/projects/$project/audit",
    "/projects/$project/label",
  ]);
});
