/** A changed guideline shows what is new and what is gone, and nothing else moves. */
import { expect, test } from "vitest";
import { blocksOf, changedBlocks } from "./changes";

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
