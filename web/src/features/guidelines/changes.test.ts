/** A changed guideline shows what is new and what is gone, and nothing else moves. */
import { expect, test } from "vitest";
import { blocksOf, changedBlocks, passagesOf } from "./changes";

const told = (before: string, after: string): string[] =>
  changedBlocks(before, after).map(({ text, change }) => `${change}: ${text}`);

test("a rule that was replaced is gone and new, its neighbours are the same", () => {
  expect(told("# Tone\n\nBe kind.\n\nEnd.", "# Tone\n\nBe fair.\n\nEnd.")).toEqual([
    "same: # Tone",
    "gone: Be kind.",
    "new: Be fair.",
    "same: End.",
  ]);
});

test("the first version is all new", () => {
  expect(told("", "One.\n\nTwo.")).toEqual(["new: One.", "new: Two."]);
});

test("blank lines and line ends alone are no change", () => {
  expect(told("One.\r\n\r\n\r\nTwo.\r\n", "One.\n\nTwo.")).toEqual(["same: One.", "same: Two."]);
});

test("a fenced example is one block, blank lines in it included", () => {
  expect(blocksOf("Like this:\n\n```\na\n\nb\n```\n\nEnd.")).toEqual(["Like this:", "```\na\n\nb\n```", "End."]);
});

test("what is gone and what is new in its place is one passage written anew, the rest stands alone", () => {
  const passages = passagesOf("A.\n\nOld one.\n\nOld two.\n\nB.", "A.\n\nNew one.\n\nB.\n\nC.");

  expect(passages).toEqual([
    { text: "A.", change: "same" },
    { text: "New one.", before: "Old one.", change: "rewritten" },
    { text: "Old two.", change: "gone" },
    { text: "B.", change: "same" },
    { text: "C.", change: "new" },
  ]);
});

test("a change deep in guidelines of ten thousand passages is found at once", () => {
  const many = Array.from({ length: 10_000 }, (_, index) => `Rule ${index}.`);
  const changed = many.with(5000, "Another rule.");

  const found = passagesOf(many.join("\n\n"), changed.join("\n\n")).filter(({ change }) => change !== "same");

  expect(found).toEqual([{ text: "Another rule.", before: "Rule 5000.", change: "rewritten" }]);
});
