/** What became of an answer since it was looked at last, and where the answers of several people differ. Pure. */
import type { Answer } from "../../api/contract";
import { keyOf } from "../../editor/keys";
import { saidOf } from "../../editor/said";

/** Keys of what was changed, added or taken away -> what stood before. */
export function changedSince(
  before: readonly Answer[],
  now: readonly Answer[],
): ReadonlyMap<string, Answer | undefined> {
  const [old, current] = [byKey(before), byKey(now)];
  const keys = new Set([...old.keys(), ...current.keys()]);
  const changed = [...keys].filter((key) => saidOf(old.get(key)) !== saidOf(current.get(key)));
  return new Map(changed.map((key) => [key, old.get(key)]));
}

/** What the others say to a question where they say something else than the one that is looked at. */
export interface OtherAnswer {
  labels: string[];
  answer: Answer | undefined;
  /** All that the first of them said. */
  beside: readonly Answer[];
}

/** Keys of the questions to which not everybody gave the same answer -> what the others say, for the one at a place. */
export function othersOf(
  all: readonly { labels: string[]; answers: readonly Answer[] }[],
  at: number,
): ReadonlyMap<string, OtherAnswer[]> {
  const given = all.map(({ answers }) => byKey(answers));
  const keys = new Set(given.flatMap((each) => [...each.keys()]));
  const found = new Map<string, OtherAnswer[]>();
  for (const key of keys) {
    const mine = saidOf(given[at]?.get(key));
    const bySaid = new Map<string, OtherAnswer>();
    for (const [index, { labels, answers }] of all.entries()) {
      const answer = given[index]?.get(key);
      const said = saidOf(answer);
      if (said === mine) continue;
      const known = bySaid.get(said) ?? { labels: [], answer, beside: answers };
      bySaid.set(said, { ...known, labels: [...known.labels, ...labels] });
    }
    if (bySaid.size > 0) found.set(key, [...bySaid.values()]);
  }
  return found;
}

function byKey(answers: readonly Answer[]): Map<string, Answer> {
  return new Map(answers.map((answer) => [keyOf(answer.question, answer.target), answer]));
}
