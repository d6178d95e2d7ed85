/** Conditions as a form shows them. */
import { expect, test } from "vitest";
import type { Condition, Question } from "../../api/contract";
import { conditionOf, firstTerm, linesOf, testsFor, valuesFor } from "./conditions";

test.each<[string, Condition]>([
  ["one term", { question: "harm", is: "yes" }],
  [
    "all of several",
    {
      all: [
        { question: "harm", is: "yes" },
        { question: "rating", ge: 3 },
      ],
    },
  ],
  [
    "any of several",
    {
      any: [
        { question: "harm", in: ["yes", "maybe"] },
        { question: "topics", has: "other" },
      ],
    },
  ],
  ["a count", { question: "boxes", count: { ge: 2 } }],
  ["an answer on finer parts", { question: "feeling", le: 2, any_target: true }],
  ["an abstention", { question: "harm", abstained: "cannot_answer" }],
])("%s goes into lines and comes back the same", (_, condition) => {
  expect(conditionOf(linesOf(condition) as never)).toEqual(condition);
});

test("no condition is no lines, and the other way round", () => {
  expect(linesOf(undefined)).toEqual({ join: "all", terms: [] });
  expect(conditionOf({ join: "any", terms: [] })).toBeUndefined();
});

test.each<[string, Condition]>([
  ["a negation", { not: { question: "harm", is: "yes" } }],
  ["metadata", { metadata: "locale", in: ["de"] }],
  ["logic within logic", { all: [{ any: [{ question: "harm", is: "yes" }] }] }],
  ["both bounds at once", { question: "rating", ge: 2, le: 4 }],
  ["a count from above", { question: "boxes", count: { le: 2 } }],
])("%s is left to the JSON view", (_, condition) => {
  expect(linesOf(condition)).toBeNull();
});

const harm: Question = {
  name: "harm",
  kind: "choice",
  allow: ["cannot_answer"],
  settings: { options: [{ value: "no" }, { value: "yes" }] },
};

test("a new term says something that can be true", () => {
  expect(firstTerm(harm, { tests: ["is", "in"] } as never)).toEqual({ question: "harm", test: "is", value: "no" });
  expect(firstTerm({ name: "why", kind: "text" }, undefined)).toEqual({
    question: "why",
    test: "answered",
    value: true,
  });
});

test("a new term about a question with several answers asks for any of them", () => {
  expect(firstTerm(harm, { tests: ["is"] } as never, false)).toMatchObject({ scope: "any_target" });
});

test("abstentions can be asked for where they are offered", () => {
  expect(testsFor(harm, { tests: ["is"] })).toEqual(["is", "answered", "abstained"]);
  expect(valuesFor(harm, "abstained")).toEqual(["cannot_answer"]);
  expect(valuesFor(harm, "is")).toEqual(["no", "yes"]);
  expect(valuesFor({ name: "n", kind: "number", settings: { min: 0 } }, "ge")).toBeNull();
});
