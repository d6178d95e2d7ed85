/** A task's history: what the ledger says, newest first, with the looks gathered into one line. */
import { beforeAll, expect, test } from "vitest";
import type { Look, Move, TaskDetail } from "../../api/contract";
import { loadLanguage } from "../../i18n";
import { eventsOf } from "./History";

const task = { id: "01a21349-887f-7000-a19e-c1a69c227916", batch: "First", history: [] as Move[] } as TaskDetail;
const entry = (action: string, who: string, at: string, purpose: string | null = null): Look => ({
  action,
  who,
  at,
  purpose,
  decision: null,
  rule: null,
  entry_id: `${at}.${action}`,
});

beforeAll(() => loadLanguage("en"));

test("looks become one line that counts the people, answers one line each, and the arrival comes last", () => {
  const entries = [
    entry("asset.release", "Fenel-1", "2026-03-02T12:00:00Z", "browse"),
    entry("label.write", "Galor-2", "2026-03-02T11:00:00Z"),
    entry("asset.release", "Galor-2", "2026-03-02T10:00:00Z", "label"),
  ];

  expect(eventsOf(task, entries).map(({ title }) => title)).toEqual([
    "Opened by 2 people, no others",
    "Galor-2 answered",
    "Arrived in batch First",
  ]);
});

test("a task that nobody opened has only arrived, and an id that says no time gets none", () => {
  const [arrived] = eventsOf({ ...task, id: "e88a9bbc-8448-8b51-8057-087977fd4fd8" }, []);

  expect(arrived?.at).toBeNull();
  expect(eventsOf(task, [])).toHaveLength(1);
});

test("a verdict says who judged, what they said, and why", () => {
  const verdict = (rule: string, hour: string): Look => ({
    ...entry("verdict.write", "Galor-2", `2026-03-02T${hour}:00:00Z`),
    rule,
  });

  const told = eventsOf(task, [
    verdict("accept", "15"),
    verdict("send-back:guideline-misread", "14"),
    verdict("more", "13"),
  ]);

  expect(told.map(({ title }) => title).slice(0, 3)).toEqual([
    "Galor-2 accepted an answer",
    "Galor-2 sent an answer back: Guideline misread",
    "Galor-2 asked for one more answer",
  ]);
});

test("each move between stages says where to, and what decided it", () => {
  const move = (to: Move["to_place"], by: Move["by"], hour: string, more: Partial<Move> = {}): Move => ({
    at: `2026-03-02T${hour}:00:00Z`,
    from_place: "label",
    to_place: to,
    by,
    who: by === "decide" ? null : "Galor-2",
    fit_no: null,
    why: null,
    answers: [],
    estimates: [],
    opinions: 0,
    model: null,
    model_version: null,
    probability: null,
    question: null,
    votes: 0,
    ...more,
  });
  const model = { model: "majority", model_version: "1", probability: 0.5, votes: 2 };

  const told = eventsOf(
    { ...task, history: [move("adjudicate", "decide", "10", model), move("done", "adjudication", "11")] },
    [],
  );

  expect(told.slice(0, 2).map(({ title, under }) => [title, under])).toEqual([
    ["Done", "by Galor-2, in adjudication"],
    ["Waits for an adjudicator", "by majority 1: least sure 0.50, of 2 votes"],
  ]);

  const estimates = [{ question: "length", value: 1.5, low: 1.2, high: 1.8, model: "stacked", model_version: "1" }];
  const [decided] = eventsOf({ ...task, history: [move("done", "decide", "10", { ...model, estimates })] }, []);

  expect(decided?.under).toBe("by majority 1: least sure 0.50, of 2 votes · length: 1.5 (1.2 to 1.8)");
});
