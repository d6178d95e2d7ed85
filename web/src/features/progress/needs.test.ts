/** What wants a manager's eye: each need has its cause in the counts, and nothing is said without one. */
import { beforeAll, expect, test } from "vitest";
import type { Progress, Project } from "../../api/contract";
import { loadLanguage } from "../../i18n";
import { needsOf } from "./needs";

const NOW = Date.parse("2026-03-02T12:00:00Z");
const counts = {
  ...{ tasks: 10, done: 4, open: 6, held: 0, answers: 8, skipped: 0, reports: 0 },
  ...{ questions_on_tasks: 0, questions_on_guidelines: 0, in_review: 0, in_adjudication: 0, rework: 0 },
};

function progress(change: Partial<Progress> = {}): Progress {
  const pace = [{ at: "2026-03-02T11:00:00Z", answers: 8, done: 4 }];
  const suggestions = { unchanged: 0, edited: 0, by_hand: 0, by_hand_same: 0, hidden: 0, hidden_same: 0 };
  return { counts, suggestions, pace, forecast: null, annotators: [], agreement: [], labels: [], ...change };
}
function project(change: Partial<Project> = {}): Project {
  return { id: "p", state: "active", guideline_version: 1, due_at: null, counts, ...change } as Project;
}
const idsOf = (made: Progress, about: Project): string[] => needsOf(made, about, NOW).map(({ id }) => id);

beforeAll(() => loadLanguage("en"));

test("a project where all is well needs nobody", () => {
  expect(idsOf(progress(), project())).toEqual([]);
});

test("reports come first", () => {
  expect(idsOf(progress({ counts: { ...counts, reports: 2 } }), project({ guideline_version: 0 }))).toEqual([
    "reports",
    "guideline",
  ]);
});

test("open questions lead to where they are answered", () => {
  const asked = { ...counts, questions_on_guidelines: 2, questions_on_tasks: 1 };

  const needs = needsOf(progress(), project({ counts: asked }), NOW);

  expect(needs.map(({ id, action }) => [id, action.to])).toEqual([
    ["questions-on-guidelines", "/projects/p/guidelines"],
    ["questions-on-tasks", "/projects/p/tasks"],
  ]);
});

test("agreement is named only where its whole interval lies below what can be concluded from", () => {
  const measured = {
    question: "tone",
    text: "Tone?",
    coefficient: "alpha",
    level: "nominal",
    value: 0.6,
    tasks: 40,
    votes: 80,
  };

  expect(idsOf(progress({ agreement: [{ ...measured, low: 0.5, high: 0.7 }] }), project())).toEqual([]);
  expect(idsOf(progress({ agreement: [{ ...measured, low: 0.5, high: 0.66 }] }), project())).toEqual([
    "agreement-tone",
  ]);
});

test("a date is called late only when even the early end of the forecast misses it", () => {
  const forecast = {
    at: "2026-03-10T00:00:00Z",
    low: "2026-03-08T00:00:00Z",
    high: "2026-03-14T00:00:00Z",
    confidence: 0.8,
    remaining: 6,
  };

  expect(idsOf(progress({ forecast }), project({ due_at: "2026-03-09T00:00:00Z" }))).toEqual([]);
  expect(idsOf(progress({ forecast }), project({ due_at: "2026-03-07T00:00:00Z" }))).toEqual(["late"]);
});

test("a day without answers is said while tasks wait, and not when work is paused", () => {
  const pace = [{ at: "2026-02-28T11:00:00Z", answers: 8, done: 4 }];

  expect(idsOf(progress({ pace }), project())).toEqual(["idle"]);
  expect(idsOf(progress({ pace }), project({ state: "paused" }))).toEqual(["paused"]);
});
