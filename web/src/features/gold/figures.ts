/** Gold in figures and words: where a task lies in the plot, what most answered instead, how near is near enough. Pure. */
import type { Answer, GoldTask, Json, Question, Tolerance } from "../../api/contract";
import { number, percent, t } from "../../i18n";

export interface Spot {
  task: GoldTask;
  /** The share that would be right if the known answer were. */
  expected: number;
  right: number;
  low: number;
  high: number;
}

/** The gold that was answered, as spots: expected across, right upwards. */
export function spotsOf(gold: readonly GoldTask[]): Spot[] {
  return gold.flatMap((task) => {
    const { value, low, high } = task.right;
    if (task.state !== "active" || task.expected === null || value === null) return [];
    return [{ task, expected: task.expected, right: value, low, high }];
  });
}

/** Likely wrong first, then the share that is right, then what nobody answered; taken back last. */
export function inOrder(gold: readonly GoldTask[]): GoldTask[] {
  const rank = (task: GoldTask): number => (task.state === "retired" ? 3 : task.suspect ? 0 : task.right.total ? 1 : 2);
  return [...gold].sort((one, other) => rank(one) - rank(other) || (one.right.value ?? 0) - (other.right.value ?? 0));
}

/** What is right, with what most people said in place of it; null where nothing was answered otherwise by more. */
export function answersOfMost(task: GoldTask): Answer[] | null {
  let isChanged = false;
  const answers = task.answers.map((answer) => {
    const [first] = task.answered.filter(({ question }) => question === answer.question);
    if (!first || first.right) return answer;
    isChanged = true;
    return { ...answer, value: first.value as Json };
  });
  return isChanged ? answers : null;
}

/** By which measures an answer to a question of that kind may be near. */
export function measuresOf({ kind }: Question): ("absolute" | "relative" | "steps")[] {
  if (kind === "number") return ["absolute", "relative"];
  return kind === "rating" ? ["steps"] : [];
}

/** “within 0.5”, “within 5 %”, “within 1 level” */
export function wordOfTolerance({ absolute, relative, steps }: Tolerance): string {
  if (absolute !== undefined) return t("within {amount}", { amount: number(absolute) });
  if (relative !== undefined) return t("within {amount}", { amount: percent(relative) });
  return t("{count, plural, one {within # level} other {within # levels}}", { count: steps ?? 0 });
}
