/** Versions side by side, by lines. */
import { expect, test } from "vitest";
import { lineDiff } from "./line-diff";

const words = (before: string, after: string, context?: number) =>
  lineDiff(before, after, context).map(({ kind, text, count }) => (kind === "fold" ? `… ${count}` : `${kind} ${text}`));

test("equal texts have nothing to show but a fold", () => {
  expect(words("a\nb\nc", "a\nb\nc")).toEqual(["… 3"]);
});

test("a changed line is gone and new, with its surroundings", () => {
  expect(words("a\nb\nc\nd\ne", "a\nb\nX\nd\ne", 1)).toEqual(["… 1", "same b", "gone c", "new X", "same d", "… 1"]);
});

test("what was put in or taken out moves nothing else", () => {
  expect(words("a\nb", "a\nnew\nb")).toEqual(["same a", "new new", "same b"]);
  expect(words("a\nold\nb", "a\nb")).toEqual(["same a", "gone old", "same b"]);
});

test("the difference tells both texts whole", () => {
  const [before, after] = ["a\nb\nc\nb\na\nd", "b\na\nb\nb\nd\ne"];
  const lines = lineDiff(before, after, 99);

  expect(lines.filter(({ kind }) => kind !== "new").map(({ text }) => text).join("\n")).toBe(before); // biome-ignore format: one claim
  expect(lines.filter(({ kind }) => kind !== "gone").map(({ text }) => text).join("\n")).toBe(after); // biome-ignore format: one claim
});
