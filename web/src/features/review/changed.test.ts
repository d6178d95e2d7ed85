/** A reviewer sees what changed since an answer was sent back, and where several differ. */
import { expect, test } from "vitest";
import { changedSince, othersOf } from "./changed";

const tone = (value: string) => ({ question: "tone", target: "", value });
const note = { question: "note", target: "", value: "Thanks." };

test("what was changed, added and taken away is told with what stood before; the rest is not", () => {
  const gone = { question: "who", target: "letter", value: { regions: [] } };

  const changed = changedSince([tone("kind"), gone, { ...note, confidence: 0.5 }], [tone("harsh"), note]);

  expect([...changed]).toEqual([
    ["tone ", tone("kind")],
    ["who letter", gone],
  ]);
  expect([...changedSince([], [note])]).toEqual([["note ", undefined]]);
});

test("where the others say something else it is told what, those that say the same together", () => {
  const all = [
    { labels: ["Answer 1"], answers: [tone("kind"), note] },
    { labels: ["Answer 2"], answers: [tone("kind")] },
    { labels: ["Answer 3", "Answer 4"], answers: [tone("harsh")] },
    { labels: ["Answer 5"], answers: [tone("harsh"), note] },
  ];

  expect([...othersOf(all, 0)]).toEqual([
    ["tone ", [{ labels: ["Answer 3", "Answer 4", "Answer 5"], answer: tone("harsh"), beside: all[2]?.answers }]],
    ["note ", [{ labels: ["Answer 2", "Answer 3", "Answer 4"], answer: undefined, beside: all[1]?.answers }]],
  ]);
  expect([...othersOf(all.slice(0, 1), 0)]).toEqual([]);
});
