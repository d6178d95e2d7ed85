/** What an author's changes do to an ontology. */
import { expect, test } from "vitest";
import type { OntologyBody } from "../../api/contract";
import {
  addInput,
  addPage,
  addQuestion,
  freeName,
  languagesOf,
  moveQuestion,
  nameFrom,
  pagesOf,
  removePage,
  removeQuestion,
  rename,
} from "./draft";

const body: OntologyBody = {
  format: "evenhand-ontology/1",
  name: "news",
  language: "en",
  inputs: [{ name: "text", kind: "text" }],
  questions: [
    { name: "who", kind: "span", target: { input: "text" } },
    {
      name: "feeling",
      kind: "rating",
      target: { each: "region", of: "who" },
      show_if: { question: "who", has: "org" },
    },
    {
      name: "why",
      kind: "text",
      show_if: { all: [{ question: "who", answered: true }, { not: { question: "feeling", is: 1 } }] },
    },
  ],
};
const paged: OntologyBody = {
  ...body,
  pages: [{ title: "One", questions: ["who", "feeling"] }, { questions: ["why"] }],
};
const names = ({ questions }: OntologyBody) => questions.map(({ name }) => name);
const onPages = (each: OntologyBody) => pagesOf(each).map(({ questions }) => questions);

test("a text becomes a name that can be stored", () => {
  expect(nameFrom("Wie gefällt Ihnen das? (1–5)")).toBe("wie_gefallt_ihnen_das_1_5");
  expect(nameFrom("12 Monkeys!")).toBe("monkeys");
  expect(nameFrom("北京")).toBe("");
});

test("a new name is nobody's: inputs and questions share one room", () => {
  expect(freeName(body, "text")).toBe("text_2");
  expect(freeName(addInput(body, "text", {}), "text")).toBe("text_3");
  expect(freeName(body, "北京")).toBe("question");
});

test("a new question stands last, on the last page where there are pages", () => {
  expect(names(addQuestion(body, "choice"))).toEqual(["who", "feeling", "why", "choice"]);
  expect(onPages(addQuestion(paged, "choice"))).toEqual([
    ["who", "feeling"],
    ["why", "choice"],
  ]);
  expect(addQuestion(body, "choice").pages).toBeUndefined();
});

test("renaming follows every mention: targets, conditions at any depth, pages", () => {
  const renamed = rename(paged, "who", "entities");

  expect(JSON.stringify(renamed)).not.toContain('"who"');
  expect(renamed.questions[1]).toMatchObject({
    target: { each: "region", of: "entities" },
    show_if: { question: "entities" },
  });
  expect(rename(renamed, "entities", "who")).toEqual(paged);
});

test("renaming an input follows the targets that name it", () => {
  expect(rename(body, "text", "letter").questions[0]?.target).toEqual({ input: "letter" });
});

test("moving goes past a neighbour, and over the edge of a page", () => {
  expect(names(moveQuestion(body, 1, -1))).toEqual(["feeling", "who", "why"]);
  const over = moveQuestion(paged, 1, 1);
  expect(onPages(over)).toEqual([["who"], ["feeling", "why"]]);
  expect(names(over)).toEqual(["who", "feeling", "why"]);
});

test("moving beyond the end changes nothing", () => {
  expect(moveQuestion(body, 2, 1)).toEqual(body);
  expect(moveQuestion(body, 0, -1)).toEqual(body);
});

test("a removed question leaves its page, and nobody else forgets it silently", () => {
  const without = removeQuestion(paged, 0);

  expect(onPages(without)).toEqual([["feeling"], ["why"]]);
  expect(without.questions[0]?.show_if).toEqual({ question: "who", has: "org" });
});

test("the first page takes every question; a removed page hands its questions on", () => {
  const two = addPage(body);
  expect(onPages(two)).toEqual([["who", "feeling", "why"], []]);

  expect(onPages(removePage(paged, 0))).toEqual([["who", "feeling", "why"]]);
  expect(removePage(two, 1).pages).toBeUndefined();
});

test("languages are those of texts, never of settings that look alike", () => {
  const spoken = {
    ...body,
    text: { en: "News", de: "Nachrichten" },
    questions: [
      {
        name: "q",
        kind: "choice",
        settings: { options: [{ value: "a", text: { en: "A", fr: "A" } }], scale: { xx: "1" } },
      },
    ],
  } as unknown as OntologyBody;

  expect(languagesOf(spoken)).toEqual(["en", "de", "fr"]);
});
