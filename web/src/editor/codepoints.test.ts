/** Offsets count code points, as the server does; browsers count UTF-16 units. */
import { expect, test } from "vitest";
import { countPoints, Offsets } from "./codepoints";
import { Pieces } from "./words";

test("a sign outside the basic plane is one code point and two units", () => {
  const offsets = new Offsets("💩This is an annotation.");

  expect([offsets.toUnits(12), offsets.toUnits(22)]).toEqual([13, 23]);
  expect([offsets.toPoints(13), offsets.toPoints(23)]).toEqual([12, 22]);
  expect(offsets.slice(12, 22)).toBe("annotation");
});

test("a unit inside a surrogate pair counts as before the pair", () => {
  expect(new Offsets("💩This").toPoints(1)).toBe(0);
});

test("joined and combined signs are several code points and one grapheme each", () => {
  const text = "👨🏻‍🚒e\u0301🇩🇪";

  expect(countPoints(text)).toBe(8);
  expect(new Pieces(text).of("grapheme")).toEqual([
    [0, 4],
    [4, 6],
    [6, 8],
  ]);
});

const MIXED = [
  "plain",
  "💩This is an annotation.",
  "👨🏻‍🚒e\u0301🇩🇪",
  "שלום עולם",
  "北京市 Beijing",
  "नमस्ते",
  "a\u{1F600}b\u{10FFFF}c",
];
test.each(MIXED)("every boundary of %j returns through UTF-16", (text) => {
  const offsets = new Offsets(text);

  const boundaries = Array.from({ length: offsets.length + 1 }, (_, at) => at);

  expect(boundaries.map((at) => offsets.toPoints(offsets.toUnits(at)))).toEqual(boundaries);
  expect(offsets.length).toBe([...text].length);
});

test("offsets beyond the text are its end", () => {
  const offsets = new Offsets("a💩");

  expect(offsets.toUnits(99)).toBe(3);
  expect(offsets.toPoints(99)).toBe(2);
});
