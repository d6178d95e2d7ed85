/** Texts in several languages. */
import { expect, test } from "vitest";
import { withWords, wordsIn, wordsOf } from "./words-of";

const words = { en: "No", de: "Nein", "pt-BR": "Não" };

test("a text is read in the nearest language that it has", () => {
  expect(wordsOf(words, "de-AT")).toBe("Nein");
  expect(wordsOf(words, "pt-BR")).toBe("Não");
  expect(wordsOf(words, "fr")).toBe("No");
  expect(wordsOf({ de: "Nein" }, "fr")).toBe("Nein");
  expect(wordsOf(null, "fr", "name")).toBe("name");
});

test("a form shows what is said in a language, not what stands in for it", () => {
  expect(wordsIn(words, "fr", "en")).toBe("");
  expect(wordsIn("No", "en", "en")).toBe("No");
  expect(wordsIn("No", "de", "en")).toBe("");
});

test("a text stays plain while it has one language, and a translation keeps the others", () => {
  expect(withWords("No", "en", "en", "Never")).toBe("Never");
  expect(withWords("No", "de", "en", "Nein")).toEqual({ en: "No", de: "Nein" });
  expect(withWords({ en: "No", de: "Nein" }, "de", "en", "")).toBe("No");
  expect(withWords(undefined, "de", "en", "Nein")).toEqual({ de: "Nein" });
  expect(withWords("No", "en", "en", "")).toBeUndefined();
});
