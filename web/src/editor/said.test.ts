/** Two answers that say the same are the same, whoever gave them. */
import { expect, test } from "vitest";
import { allSaid, saidOf } from "./said";

const box = (id: string, x: number) => ({ id, label: "car", x, y: 2, w: 3, h: 4 });

test.each([
  ["fields in another order", { winner: "a", strength: 2 }, { strength: 2, winner: "a" }],
  [
    "regions under other names, in another order",
    { regions: [box("k1", 1), box("k2", 9)] },
    { regions: [box("r7", 9), box("k1", 1)] },
  ],
])("%s say the same", (_, a, b) => {
  expect(saidOf({ value: a })).toBe(saidOf({ value: b }));
});

test.each([
  ["a moved box", { regions: [box("k1", 1)] }, { regions: [box("k1", 2)] }],
  ["another order of a ranking", { groups: [["a"], ["b"]] }, { groups: [["b"], ["a"]] }],
  ["a number and its text", 1, "1"],
])("%s says something else", (_, a, b) => {
  expect(saidOf({ value: a })).not.toBe(saidOf({ value: b }));
});

test("no answer is neither an abstention nor null", () => {
  const said = [undefined, { abstained: "cannot_answer" as const }, { abstained: "not_applicable" as const }].map(
    saidOf,
  );

  expect(new Set(said).size).toBe(3);
});

test("all that a person answered is the same in whatever order it was given", () => {
  const tone = { question: "tone", target: "", value: "kind" };
  const note = { question: "note", target: "letter", value: "Thanks." };

  expect(allSaid([tone, note])).toBe(allSaid([note, tone]));
  expect(allSaid([tone, note])).not.toBe(allSaid([tone]));
});
