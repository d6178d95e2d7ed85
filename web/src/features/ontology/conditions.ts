/** A condition as lines that a form can hold: some terms, all or any of which must be true. What nests deeper stays JSON. */
import type { Condition, Json, Question } from "../../api/contract";
import type { QuestionKind, Test } from "../../kinds/kind";

export type { Test };
export interface Term {
  question: string;
  test: Test;
  value: Json;
  /** Where the other question is asked about finer parts: any or every one of its answers. */
  scope?: "any_target" | "every_target";
}
export interface Lines {
  join: "all" | "any";
  terms: Term[];
}

const TESTS: readonly Test[] = ["is", "in", "has", "ge", "le", "count", "answered", "abstained"];

/** The lines of a condition; null when it says what lines cannot. */
export function linesOf(condition: Condition | null | undefined): Lines | null {
  if (!condition) return { join: "all", terms: [] };
  const join = Array.isArray(condition.any) ? "any" : "all";
  const inner = (condition.all ?? condition.any ?? [condition]) as Condition[];
  const terms = inner.map(termOf);
  return terms.every((term) => term !== null) ? { join, terms } : null;
}

function termOf(condition: Condition): Term | null {
  const { question, any_target, every_target, ...rest } = condition;
  const [test, ...others] = Object.keys(rest) as Test[];
  if (typeof question !== "string" || !test || others.length || !TESTS.includes(test)) return null;
  const value = rest[test] as Json;
  if (test === "count") {
    const bounds = value as Record<string, Json>;
    if (Object.keys(bounds).join() !== "ge") return null;
  }
  const scope = any_target ? "any_target" : every_target ? "every_target" : undefined;
  return { question, test, value: test === "count" ? (value as { ge: Json }).ge : value, ...(scope ? { scope } : {}) };
}

/** The condition that lines say; undefined when there are none. */
export function conditionOf({ join, terms }: Lines): Condition | undefined {
  const conditions = terms.map(({ question, test, value, scope }): Condition => {
    const given = test === "count" ? { ge: value } : value;
    return { question, [test]: given, ...(scope ? { [scope]: true } : {}) };
  });
  if (conditions.length < 2) return conditions[0];
  return { [join]: conditions };
}

/** What can be asked of the answer to a question: what its kind offers, the most usual first, and whether there is one. */
export function testsFor({ allow = [] }: Question, kind: Pick<QuestionKind, "tests"> | undefined): Test[] {
  const abstained: Test[] = allow.length ? ["abstained"] : [];
  return [...(kind?.tests ?? []), "answered", ...abstained];
}

/** The values that a test can be given: options, labels or levels; null where it is a number or yes and no. */
export function valuesFor({ settings = {}, allow = [] }: Question, test: Test): Json[] | null {
  if (test === "abstained") return allow;
  if (test === "is" || test === "in" || test === "has") {
    const list = (settings.options ?? settings.labels ?? settings.levels) as { value: Json }[] | undefined;
    return list?.map(({ value }) => value) ?? null;
  }
  return null;
}

/** A term about a question that can be shown at once, and changed. hasOne: the question has one answer for what is asked about. */
export function firstTerm(question: Question, kind: QuestionKind | undefined, hasOne = true): Term {
  const test = testsFor(question, kind)[0] as Test;
  const term = { question: question.name, test, value: firstValue(question, test) };
  return hasOne ? term : { ...term, scope: "any_target" };
}

export function firstValue(question: Question, test: Test): Json {
  const [first] = valuesFor(question, test) ?? [];
  if (test === "answered") return true;
  if (test === "in") return first === undefined ? [] : [first];
  return first ?? 1;
}
