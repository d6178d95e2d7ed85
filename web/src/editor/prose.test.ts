/** Texts as trees whose leaves know where they stand. */
import { expect, test } from "vitest";
import { type Leaf, pieces, proseOfText } from "./prose";
import type { Span } from "./words";

function leaves(text: string): Leaf[] {
  return proseOfText(text).flatMap((each) => ("children" in each ? (each.children as Leaf[]) : []));
}

test("paragraphs are parted by blank lines and keep their place in the text", () => {
  const text = "One 💩.\nStill one.\n\n  \nTwo.\r\n\r\nThree.";

  const found = leaves(text);

  expect(found.map((leaf) => leaf.text)).toEqual(["One 💩.\nStill one.", "Two.\r", "Three."]);
  const points = [...text];
  for (const leaf of found) {
    const at = leaf.at as number;
    expect(points.slice(at, at + [...leaf.text].length).join("")).toBe(leaf.text);
  }
});

test("an empty text has no paragraphs", () => {
  expect(proseOfText("")).toEqual([]);
});

const mark = (id: string, ...range: Span) => ({ id, range });

test("a leaf is cut where marks begin and end, in code points, the longest mark outermost", () => {
  const leaf: Leaf = { text: "💩abcdef", at: 10 };

  const found = pieces(leaf, [mark("inner", 12, 14), mark("outer", 11, 15)]);

  expect(found.map(({ text, marks }) => [text, marks.map(({ id }) => id)])).toEqual([
    ["💩", []],
    ["a", ["outer"]],
    ["bc", ["outer", "inner"]],
    ["d", ["outer"]],
    ["ef", []],
  ]);
});

test("marks that cross are both drawn where they overlap", () => {
  const found = pieces({ text: "abcd", at: 0 }, [mark("one", 0, 3), mark("two", 2, 4)]);

  expect(found.map(({ text, marks }) => [text, marks.map(({ id }) => id)])).toEqual([
    ["ab", ["one"]],
    ["c", ["one", "two"]],
    ["d", ["two"]],
  ]);
});

test("a leaf that stands for other code points is marked whole or not at all", () => {
  const leaf: Leaf = { text: "&", at: 4, length: 5 };

  expect(pieces(leaf, [mark("some", 5, 6)])).toMatchObject([{ text: "&", range: [4, 9], marks: [{ id: "some" }] }]);
});

test("what is not of the stored text is never marked", () => {
  expect(pieces({ text: "•", at: null }, [mark("all", 0, 99)])).toEqual([{ text: "•", range: null, marks: [] }]);
});
