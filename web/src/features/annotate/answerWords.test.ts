/** Answers are called by their numbers until the names are known. */
import { beforeAll, expect, test } from "vitest";
import { loadLanguage } from "../../i18n";
import { wordOfAnswers } from "./answerWords";

beforeAll(() => loadLanguage("en"));

test.each([
  [["Answer 2"], "Answer 2"],
  [["Answer 1", "Answer 3"], "Answers 1 and 3"],
  [["Somebody", "Answer 3"], "Somebody and Answer 3"],
])("%s are called %s", (labels, word) => {
  expect(wordOfAnswers(labels)).toBe(word);
});
