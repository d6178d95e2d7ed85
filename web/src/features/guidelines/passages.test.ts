/** A passage is found again by its words, at the place that is most like the one it came from, or not at all. */
import { expect, test } from "vitest";
import { passageAt, placeOf, rangeOf } from "./passages";

const TEXT =
  "Tone Angry is who threatens to leave. Kind is who thanks. Polite Who threatens to leave politely is angry too.";

test("the words are found where they stand, below the heading before them", () => {
  const at = TEXT.indexOf("thanks");
  const passage = passageAt(TEXT, at, at + 6, [
    ["Tone", 0],
    ["Polite", TEXT.indexOf("Polite")],
  ]);

  expect(passage).toMatchObject({ heading: "Tone", quote: "thanks" });
  expect(placeOf(TEXT, passage)).toEqual([at, at + 6]);
});

test("of several places the one whose surroundings are alike is taken, also when the text moved", () => {
  const second = TEXT.lastIndexOf("threatens to leave");
  const passage = passageAt(TEXT, second, second + 18, []);
  const later = `A new first sentence. ${TEXT}`;

  expect(placeOf(later, passage)).toEqual([second + 22, second + 40]);
});

test("words that are gone are nowhere, and a passage without words is no place in the text", () => {
  expect(placeOf("Another text.", { heading: "Tone", quote: "thanks", before: "", after: "" })).toBeNull();
  expect(placeOf(TEXT, { heading: "Tone", quote: "", before: "", after: "" })).toBeNull();
});

test("a page gives the range across its elements, the heading where only that was named, and null for what is gone", () => {
  const page = document.createElement("div");
  page.innerHTML = "<h2>Tone</h2><p>Angry is <strong>who threatens</strong> to leave.</p>";

  const found = rangeOf(page, { heading: "Tone", quote: "who threatens to leave", before: "Angry is ", after: "." });

  expect(found?.toString()).toBe("who threatens to leave");
  expect(rangeOf(page, { heading: "Tone", quote: "", before: "", after: "" })?.toString()).toBe("Tone");
  expect(rangeOf(page, { heading: "Mood", quote: "", before: "", after: "" })).toBeNull();
  expect(rangeOf(page, { heading: "Tone", quote: "who thanks", before: "", after: "" })).toBeNull();
});
