/** An author is told what stands otherwise than they gave it, and nothing else. */
import { expect, test } from "vitest";
import type { Answer, Feedback } from "../../api/contract";
import { changesOf, isChanged } from "./feedback";

const tone = (value: string): Answer => ({ question: "tone", target: "", value });
const span = (id: string, end: number): Answer => ({
  question: "who",
  target: "text",
  value: { regions: [{ id, label: "org", ranges: [[0, end]] }] },
});
const feedback = (change: Partial<Feedback>): Feedback =>
  ({ verdict: "decide", answers: [tone("kind"), span("k1", 4)], decided_answers: null, ...change }) as Feedback;

test("only what says something else is a change, whatever regions are called", () => {
  const decided = feedback({ decided_answers: [tone("harsh"), span("z3", 4)] });

  expect(changesOf(decided)).toEqual([{ key: "tone ", question: "tone", from: tone("kind"), to: tone("harsh") }]);
  expect(isChanged(decided)).toBe(true);
});

test("what was taken away and what was added are changes too", () => {
  const changes = changesOf(feedback({ answers: [tone("kind")], decided_answers: [span("k1", 4)] }));

  expect(changes.map(({ from, to }) => [from?.question, to?.question])).toEqual([
    ["tone", undefined],
    [undefined, "who"],
  ]);
});

test("an accepted answer was not changed, one that was sent back was", () => {
  expect(isChanged(feedback({ verdict: "accept" }))).toBe(false);
  expect(isChanged(feedback({ decided_answers: [tone("kind"), span("k1", 4)] }))).toBe(false);
  expect(isChanged(feedback({ verdict: "send-back" }))).toBe(true);
});
