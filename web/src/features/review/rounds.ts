/** What was said of an answer in earlier rounds. Pure. */
import type { Answer, EarlierVerdict } from "../../api/contract";
import { changedSince } from "./changed";
import type { Said } from "./judging";

export type Earlier = EarlierVerdict;

/** The earlier verdicts on what is looked at, newest first. */
export function earlierOf(said: Said | undefined, verdicts: readonly EarlierVerdict[]): Earlier[] {
  const mine = verdicts.filter(({ label }) => said?.labels.includes(label));
  return [...mine].sort((a, b) => b.at.localeCompare(a.at));
}

/** What was changed since the newest of them. */
export function changedOf(
  said: Said | undefined,
  earlier: readonly Earlier[],
): ReadonlyMap<string, Answer | undefined> {
  const [newest] = earlier;
  return said && newest?.answers ? changedSince(newest.answers, said.answers) : new Map();
}
