/** Conditions are data: the same table as the server's, so that both always show the same questions. */
import type { Answer, Condition, Json } from "../api/contract";
import { keyOf } from "./keys";

export type Answers = ReadonlyMap<string, Answer>;

/** Whether a condition is true for one target. enclosing: addresses of the parts around it, nearest first, "" last. */
export function holds(
  condition: Condition,
  answers: Answers,
  target: string,
  metadata: Record<string, Json>,
  enclosing: readonly string[] = [],
): boolean {
  const each = (inner: unknown): boolean => holds(inner as Condition, answers, target, metadata, enclosing);
  if ("all" in condition) return (condition.all as unknown[]).every(each);
  if ("any" in condition) return (condition.any as unknown[]).some(each);
  if ("not" in condition) return !each(condition.not);
  if ("metadata" in condition) {
    const value = metadata[condition.metadata as string];
    return test(condition, value === undefined || value === null ? undefined : { value });
  }
  const name = condition.question as string;
  if (condition.any_target || condition.every_target) {
    const verdicts = [...answers.values()]
      .filter(({ question }) => question === name)
      .map((answer) => test(condition, answer));
    return condition.any_target ? verdicts.some(Boolean) : verdicts.length > 0 && verdicts.every(Boolean);
  }
  for (const address of [target, ...enclosing]) {
    const answer = answers.get(keyOf(name, address));
    if (answer) return test(condition, answer);
  }
  return test(condition, undefined);
}

type Given = { value?: Json; abstained?: string } | undefined;

function test(condition: Condition, answer: Given): boolean {
  const hasValue = answer !== undefined && answer.value !== undefined;
  if ("answered" in condition) return hasValue === Boolean(condition.answered);
  if ("abstained" in condition) return answer !== undefined && answer.abstained === condition.abstained;
  if (!hasValue) return false;
  const value = answer.value as Json;
  if ("is" in condition) return equal(value, condition.is as Json);
  if ("in" in condition) return (condition.in as Json[]).some((each) => equal(value, each));
  if ("has" in condition) return has(value, condition.has as Json);
  if ("count" in condition) return compare(condition.count as Condition, count(value));
  return compare(condition, value);
}

function equal(a: Json, b: Json): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}

function regionsOf(value: Json): { label?: Json }[] | null {
  const regions = value !== null && typeof value === "object" && !Array.isArray(value) ? value.regions : null;
  return Array.isArray(regions) ? (regions as { label?: Json }[]) : null;
}

function has(value: Json, wanted: Json): boolean {
  const regions = regionsOf(value);
  if (regions) return regions.some(({ label }) => label === wanted);
  if (!Array.isArray(value)) return false;
  return value.some((each) => equal(each, wanted) || (Array.isArray(each) && each.includes(wanted)));
}

function count(value: Json): number {
  return regionsOf(value)?.length ?? (Array.isArray(value) ? value.length : 1);
}

function compare(bounds: Condition, value: Json): boolean {
  const named = (["lt", "le", "gt", "ge", "is"] as const).filter((name) => name in bounds);
  return (
    named.length > 0 &&
    named.every((name) => {
      const bound = bounds[name];
      if (typeof bound !== typeof value || (typeof value !== "number" && typeof value !== "string")) return false;
      const [a, b] = [value, bound as typeof value];
      const order = a < b ? -1 : a > b ? 1 : 0;
      if (name === "is") return order === 0;
      if (order === 0) return name === "le" || name === "ge";
      return order === (name === "lt" || name === "le" ? -1 : 1);
    })
  );
}
