/** What was decided on one's own answers. Pure. */
import type { Answer, Feedback } from "../../api/contract";
import { keyOf } from "../../editor/keys";
import { saidOf } from "../../editor/said";

/** One question whose answer stands otherwise than it was given. */
export interface Change {
  key: string;
  question: string;
  from: Answer | undefined;
  to: Answer | undefined;
}

/** What stands otherwise, question by question; none where an answer was accepted, or sent back without another in its place. */
export function changesOf({
  answers,
  decided_answers: decided,
}: Pick<Feedback, "answers" | "decided_answers">): Change[] {
  if (!decided) return [];
  const [own, now] = [byKey(answers), byKey(decided)];
  return [...new Set([...own.keys(), ...now.keys()])].flatMap((key) => {
    const [from, to] = [own.get(key), now.get(key)];
    const question = (from ?? to)?.question ?? "";
    return saidOf(from) === saidOf(to) ? [] : [{ key, question, from, to }];
  });
}

/** Whether something was made of the answer: sent back, or standing otherwise. */
export function isChanged(feedback: Feedback): boolean {
  return feedback.verdict === "send-back" || changesOf(feedback).length > 0;
}

function byKey(answers: readonly Answer[]): Map<string, Answer> {
  return new Map(answers.map((answer) => [keyOf(answer.question, answer.target), answer]));
}
