/** Differences: what is left when they are taken out is the same on both sides, and no shorter script exists. */
import { expect, test } from "vitest";
import { differences, type Token } from "./differences";

const tokens = (text: string): Token<number>[] =>
  text
    .split(" ")
    .filter(Boolean)
    .map((word, place) => ({ text: word, place }));
const words = (all: readonly Token<number>[]): string => all.map(({ text }) => text).join(" ");
const without = (all: Token<number>[], gone: Token<number>[]): string => {
  const places = new Set(gone.map(({ place }) => place));
  return words(all.filter(({ place }) => !places.has(place)));
};

test("equal texts do not differ", () => {
  expect(differences(tokens("a b c"), tokens("a b c"))).toEqual({ onlyA: [], onlyB: [] });
});

test("a word that was put in, and one that was put in its place", () => {
  const { onlyA, onlyB } = differences(tokens("use a paired test"), tokens("use the paired rank test"));

  expect(words(onlyA)).toBe("a");
  expect(words(onlyB)).toBe("the rank");
});

test("against nothing everything differs", () => {
  expect(words(differences(tokens("a b"), tokens("")).onlyA)).toBe("a b");
  expect(words(differences(tokens(""), tokens("a b")).onlyB)).toBe("a b");
});

test("what both sides keep is the same text, whatever they are", () => {
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state % below;
  };
  for (let round = 0; round < 300; round += 1) {
    const text = (): string => Array.from({ length: random(30) }, () => "abcd"[random(4)]).join(" ");
    const [a, b] = [tokens(text()), tokens(text())];

    const { onlyA, onlyB } = differences(a, b);

    expect(without(a, onlyA)).toBe(without(b, onlyB));
  }
});

test("texts with nothing in common are called wholly different, soon", () => {
  const many = (letter: string): Token<number>[] =>
    Array.from({ length: 4_000 }, (_, place) => ({ text: `${letter}${place}`, place }));

  const { onlyA, onlyB } = differences(many("a"), many("b"));

  expect([onlyA.length, onlyB.length]).toEqual([4_000, 4_000]);
});
