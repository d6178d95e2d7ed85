/** Targets that the builder offers are those that the server's check accepts. */
import { expect, test } from "vitest";
import type { OntologyBody, Question } from "../../api/contract";
import { canBeAsked, choicesFor, chosen, type Facts, firstTarget, reaches } from "./targets";

const facts: Facts = {
  inputs: {
    text: { name: "text", settings: {}, parts: [], offers: ["text"] },
    chat: { name: "chat", settings: {}, parts: ["response", "turn"], offers: ["text"] },
    image: { name: "image", settings: {}, parts: [], offers: ["pixels"] },
  },
  questions: {
    choice: {
      name: "choice",
      settings: {},
      targets: ["input", "part", "region", "task"],
      has_regions: false,
      needs: null,
    },
    span: { name: "span", settings: {}, targets: ["input", "part"], has_regions: true, needs: "text" },
  },
};
function body(inputs: string[], questions: Question[]): OntologyBody {
  const named = inputs.map((kind) => ({ name: `the_${kind}`, kind }));
  return { format: "evenhand-ontology/1", name: "n", language: "en", inputs: named, questions };
}
const ids = (each: OntologyBody, index: number) => choicesFor(each, index, facts).map(({ id }) => id);

test("a choice can be asked about the task, each input, each part and each region before it", () => {
  const given = body(
    ["chat", "image"],
    [
      { name: "who", kind: "span" },
      { name: "ok", kind: "choice" },
    ],
  );

  expect(ids(given, 1)).toEqual([
    "task",
    "input the_chat",
    "response the_chat",
    "turn the_chat",
    "input the_image",
    "region who",
  ]);
});

test("a span marks only what has text", () => {
  expect(ids(body(["image", "text"], [{ name: "who", kind: "span" }]), 0)).toEqual(["input the_text"]);
  expect(canBeAsked(facts.questions.span as never, body(["image"], []), facts)).toBe(false);
});

test("regions of a later question cannot be asked about", () => {
  const given = body(
    ["text"],
    [
      { name: "ok", kind: "choice" },
      { name: "who", kind: "span" },
    ],
  );

  expect(ids(given, 0)).not.toContain("region who");
});

test("what a question leaves out is the first that fits", () => {
  const given = body(["text"], [{ name: "who", kind: "span" }]);
  const choices = choicesFor(given, 0, facts);

  expect(chosen(given.questions[0] as Question, choices)?.target).toEqual({ input: "the_text" });
  expect(chosen({ name: "q", kind: "span", target: { each: "turn", of: "gone" } }, choices)).toBeUndefined();
});

test("a new question names its input only where it must", () => {
  const span = facts.questions.span as never;

  expect(firstTarget(span, body(["text", "image"], []), facts)).toBeUndefined();
  expect(firstTarget(span, body(["text", "chat"], []), facts)).toEqual({ input: "the_text" });
  expect(firstTarget(facts.questions.choice as never, body(["text", "chat"], []), facts)).toBeUndefined();
});

test("a condition reads an answer on the same part or around it; anything else has several answers", () => {
  const given = body(["chat"], []);
  const about = (target?: Question["target"], kind = "choice"): Question => ({ name: "q", kind, target });
  const task = about();
  const reply = about({ each: "response", of: "the_chat" });
  const turn = about({ each: "turn", of: "the_chat" });
  const mark = about({ each: "region", of: "who" });
  const marks: Question = { name: "who", kind: "span" };

  expect(reaches(reply, task, given, facts)).toBe(true);
  expect(reaches(reply, reply, given, facts)).toBe(true);
  expect(reaches(reply, turn, given, facts)).toBe(true);
  expect(reaches(reply, marks, given, facts)).toBe(true);
  expect(reaches(turn, reply, given, facts)).toBe(false);
  expect(reaches(task, reply, given, facts)).toBe(false);
  expect(reaches(mark, marks, given, facts)).toBe(false);
});
