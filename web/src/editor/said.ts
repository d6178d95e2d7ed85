/** What an answer says, whoever gave it: the same for the same, however its fields stand and its regions are called. */
import type { Answer, Json } from "../api/contract";

type Saying = Pick<Answer, "question" | "target" | "value" | "abstained">;

/** One spelling of an answer; empty where there is none. */
export function saidOf(answer: Pick<Answer, "value" | "abstained"> | undefined): string {
  if (!answer) return "";
  return JSON.stringify([nameless(sorted(answer.value ?? null)), answer.abstained ?? null]);
}

/** One spelling of all that a person answered. */
export function allSaid(answers: readonly Saying[]): string {
  return JSON.stringify(answers.map((each) => `${each.question} ${each.target} ${saidOf(each)}`).sort());
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

/** Regions as a set: each annotator names and orders their own. */
function nameless(value: Json): Json {
  const isRegions =
    value !== null && typeof value === "object" && !Array.isArray(value) && Array.isArray(value.regions);
  if (!isRegions) return value;
  const regions = (value.regions as { [field: string]: Json }[]).map(({ id: _, ...region }) => region);
  return { ...value, regions: regions.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) };
}
