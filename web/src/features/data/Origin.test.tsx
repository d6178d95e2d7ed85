/** Beside an answer stands how it came about, as the server compared it, and what models had suggested. */
import { renderToStaticMarkup } from "react-dom/server";
import { beforeAll, expect, test } from "vitest";
import type { Answer, Question, StoredAnnotation, Suggestion } from "../../api/contract";
import { loadLanguage } from "../../i18n";
import { loadKinds } from "../../kinds/registry";
import { Origin, originWord, saidAbout } from "./Origin";

beforeAll(() => loadLanguage("en"));

const answer: Answer = { question: "tone", target: "", value: "harsh" };
const suggestions: Suggestion[] = [
  { id: "sg1", model: "tone-4", answers: [{ question: "tone", value: "kind" }] },
  { id: "sg2", answers: [{ question: "topic", value: "money" }] },
];

function annotation(origin?: "human" | "suggestion" | "suggestion_edited", isHidden = false) {
  return {
    origins: origin ? { tone: { origin } } : {},
    suggestions: [{ id: "sg1", shown: !isHidden, ...(isHidden ? { hidden: true } : {}) }],
  } as unknown as StoredAnnotation;
}

test("each origin has its word, and hidden suggestions are told", () => {
  expect(originWord(annotation("suggestion"), answer)).toBe("Accepted as it was suggested");
  expect(originWord(annotation("suggestion_edited"), answer)).toBe("Suggested, then changed");
  expect(originWord(annotation("human"), answer)).toBe("By hand, beside what was suggested");
  expect(originWord(annotation("human", true), answer)).toBe("By hand, while suggestions were hidden");
  expect(originWord(annotation(), answer)).toBeNull();
});

test("only what was suggested about the same part stands beside an answer", () => {
  const about = (target: string): Suggestion => ({
    id: target,
    answers: [{ question: "tone", target, value: "kind" }],
  });

  expect(saidAbout(suggestions, answer).map(({ by }) => by.id)).toEqual(["sg1"]);
  expect(saidAbout([about("chat/m1"), about("chat/m2")], { ...answer, target: "chat/m2" })[0]?.by.id).toBe("chat/m2");
});

test("the suggestion is drawn by the question's own kind, under its model", async () => {
  const kinds = await loadKinds({ questions: ["choice"], inputs: [] });
  const options = [{ value: "kind", text: "Kind words" }, { value: "harsh" }];
  const question = { name: "tone", kind: "choice", settings: { options } } as unknown as Question;
  const drawn = { kinds, ontology: { inputs: [], questions: [question] } } as never;
  const task = { item: { inputs: {} }, suggestions };

  const html = renderToStaticMarkup(
    <Origin annotation={annotation("suggestion_edited")} {...{ answer, task, question, drawn }} />,
  );

  expect(html).toContain("tone-4");
  expect(html).toContain("Kind words");
  expect(html).toContain("Suggested, then changed");
});
