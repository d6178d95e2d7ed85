/** What a drag snaps to. */
import { expect, test } from "vitest";
import { Pieces, type Snap, type Span } from "./words";

function snapped(text: string, range: Span, snap: Snap): string | null {
  const pieces = new Pieces(text, "en");
  const found = pieces.snap(range, snap);
  return found && pieces.offsets.slice(...found);
}

const TEXT = "Acme Corp raised its guidance by 18 % on Tuesday. Shares gained.";

test("a drag that touches words takes them whole, without the punctuation around them", () => {
  expect(snapped(TEXT, [2, 12], "word")).toBe("Acme Corp raised");
  expect(snapped(TEXT, [43, 50], "word")).toBe("Tuesday");
});

test("signs that belong to a number are kept", () => {
  expect(snapped(TEXT, [33, 37], "word")).toBe("18 %");
  expect(snapped("It costs €212,400 here.", [9, 13], "word")).toBe("€212,400");
});

test("a drag over spaces alone marks nothing", () => {
  expect(snapped(TEXT, [4, 5], "word")).toBeNull();
  expect(snapped(TEXT, [4, 5], "grapheme")).toBeNull();
});

test("spaces at the edges are not meant, unless everything is", () => {
  expect(snapped(TEXT, [0, 5], "grapheme")).toBe("Acme");
  expect(snapped(TEXT, [0, 5], "none")).toBe("Acme ");
});

test("a drag never cuts a sign that is made of several code points", () => {
  expect(snapped("a👨🏻‍🚒b", [0, 2], "grapheme")).toBe("a👨🏻‍🚒");
});

test("a sentence is taken whole, without the space behind it", () => {
  expect(snapped(TEXT, [20, 25], "sentence")).toBe("Acme Corp raised its guidance by 18 % on Tuesday.");
});

test("languages without spaces have words too", () => {
  expect(new Pieces("北京市欢迎你", "zh").of("word").length).toBeGreaterThan(1);
});

test("a language tag that the browser does not know is no reason to fail", () => {
  expect(new Pieces("one two", "not a tag").of("word")).toEqual([
    [0, 3],
    [4, 7],
  ]);
});
