/** How people stand: by where their band lies, never by the estimate alone. */
import { beforeAll, expect, test } from "vitest";
import type { PersonQuality } from "../../api/contract";
import { loadLanguage } from "../../i18n";
import { bandOf, levelWithFirst, money, pace, rowPercents, scaleOf, standingOf, sureness } from "./figures";
import { qualitySearchOf } from "./search";

beforeAll(() => loadLanguage("en"));

function person(mean: number | null, low: number, high: number, more: Partial<PersonQuality> = {}): PersonQuality {
  return {
    pseudonym: `P${mean}`,
    name: null,
    person_id: "x",
    question: "label",
    accuracy: { mean, low, high },
    checked: mean === null ? 7 : 100,
    votes: 100,
    vendor: "o1",
    lean: null,
    spread: null,
    active_ms: null,
    active_ms_others: null,
    trend: { kind: mean === null ? "early" : "steady", since: null },
    signals: [],
    ...more,
  };
}

test.each([
  ["wholly above", person(0.91, 0.87, 0.94), "", "steady"],
  ["crossing, estimate above", person(0.86, 0.8, 0.9), "mute", "not known yet"],
  ["crossing, estimate below", person(0.82, 0.77, 0.88), "cau", "below 0.85, likely"],
  ["wholly below", person(0.68, 0.63, 0.74), "dan", "below 0.85, sure"],
  ["fewer than twenty checked", person(null, 0.4, 0.95), "mute", "too early to say"],
])("a band %s is colored and said so", (_, each, tone, word) => {
  expect(bandOf(each, 0.85)).toBe(tone);
  expect(standingOf(each, 0.85).word).toBe(word);
});

test("where nothing is asked nobody is below it", () => {
  expect(bandOf(person(0.4, 0.3, 0.5), null)).toBe("");
  expect(standingOf(person(0.4, 0.3, 0.5), null)).toEqual({ tone: "", word: "steady" });
});

test("a falling accuracy is amber with its day, whatever is asked", () => {
  const falling = person(0.9, 0.87, 0.93, { trend: { kind: "falling", since: "2026-11-14T10:00:00Z" } });

  expect(bandOf(falling, 0.85)).toBe("cau");
  expect(standingOf(falling, 0.85).word).toContain("falling since 14 Nov");
});

test("people whose band overlaps the first one's are level with it", () => {
  const people = [person(0.91, 0.87, 0.94), person(0.9, 0.88, 0.92), person(0.88, 0.84, 0.91), person(0.8, 0.7, 0.86)];

  expect(levelWithFirst(people)).toBe(3);
  expect(levelWithFirst([])).toBe(0);
  expect(levelWithFirst([person(null, 0, 1)])).toBe(0);
});

test("all bands share a scale that holds the lowest and what is asked", () => {
  expect(scaleOf([person(0.68, 0.63, 0.74), person(null, 0.1, 0.9)], 0.85)).toEqual([0.6, 1]);
  expect(scaleOf([], 0.5)).toEqual([0.5, 1]);
});

test("a row of confusion adds up to a hundred, and one that nothing is known of stays empty", () => {
  expect(
    rowPercents([
      [3, 1],
      [0, 0.2],
    ]),
  ).toEqual([
    [75, 25],
    [null, null],
  ]);
});

test("nothing is shown as certain", () => {
  expect([sureness(0.9999), sureness(0.712)]).toEqual(["above 0.99", "0.71"]);
});

test("times of a task are minutes and seconds", () => {
  expect([pace(72_400), pace(3_000)]).toEqual(["1:12", "0:03"]);
});

test("an address says what it can and nothing else", () => {
  expect(qualitySearchOf({ tab: "gold", person: 7, question: " tone ", other: 1 })).toEqual({
    tab: "gold",
    person: "7",
    question: "tone",
  });
  expect(qualitySearchOf({ tab: "people", person: "", question: ["x"] })).toEqual({});
});

test("money is written as its currency is, with fractions of the smallest coin where a label costs less than ten of them", () => {
  expect(money({ currency: "EUR", minor_digits: 2, amount: 12_345 }, 1)).toBe("€123.45");
  expect(money({ currency: "EUR", minor_digits: 2, amount: 12_345 }, 1 / 3_000)).toBe("€0.0412");
  expect(money({ currency: "JPY", minor_digits: 0, amount: 900 }, 0.5)).toMatch(/¥450$/);
});
