/** Lines of code keep every character in its place, whatever colors them. */
import { expect, test } from "vitest";
import { proseOfCode } from "./code";
import { highlighted } from "./highlight";
import { type Branch, isLeaf, type Leaf, type Prose, rangeOf } from "./prose";

const leaves = (prose: readonly Prose[]): Leaf[] =>
  prose.flatMap((each) => (isLeaf(each) ? [each] : leaves(each.children)));
const lines = (prose: readonly Prose[]): Branch[] => prose.flatMap((block) => (block as Branch).children as Branch[]);

const PYTHON = 'def f(x):\n    return "💩" + x  # two\n\n\nprint(f("é"))';

test.each([
  ["python", PYTHON],
  ["py", PYTHON],
  ["javascript", "let π = `a\nb`;\n\tx ??= 1;\r\n"],
  ["sql", "select 1 -- one\nfrom t;\n"],
])("%s is colored, and its pieces are the text", async (language, text) => {
  const tokens = await highlighted(text, language);
  const found = leaves(proseOfCode(tokens ?? []));

  expect(tokens?.some(({ classes }) => classes.includes("tok-keyword"))).toBe(true);
  expect(found.map((leaf) => leaf.text).join("")).toBe(text);
  let at = 0;
  for (const leaf of found) {
    expect(rangeOf(leaf)).toEqual([at, at + [...leaf.text].length]);
    at += [...leaf.text].length;
  }
});

test("a line is what ends with a line end, or the last; every line has its number", () => {
  const found = lines(proseOfCode([{ text: "a\n\nb", classes: "" }]));

  expect(found.map(({ attributes }) => attributes?.["data-line"])).toEqual(["1", "2", "3"]);
  expect(found.map(({ children }) => leaves(children).map(({ text }) => text))).toEqual([["a\n"], ["\n"], ["b"]]);
  expect(lines(proseOfCode([{ text: "a\n", classes: "" }]))).toHaveLength(1);
  expect(proseOfCode([{ text: "", classes: "" }])).toEqual([]);
});

test("what no language is known of, and what is too long, stays plain", async () => {
  expect(await highlighted("x = 1", "no such language", "notes.unknown")).toBeNull();
  expect(await highlighted("x = 1")).toBeNull();
  expect(await highlighted("x = 1\n".repeat(40_000), "python")).toBeNull();
  expect(await highlighted("x = 1", undefined, "src/main.py")).not.toBeNull();
});
