/** What was decided on one's own answers. Pure. */
import type { Answer, Feedback, LabelOrigin } from "../../api/contract";
import { keyOf } from "../../editor/keys";
import { saidOf } from "../../editor/said";
import { percent, t } from "../../i18n";

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

/** What the label was made by, and of how many people's answers. */
export function wordOfOrigin({ by, answers, probability }: LabelOrigin): string {
  switch (by) {
    case "review":
      return t("Label: decided in review");
    case "adjudication":
      return t("Label: decided in adjudication, between {count, plural, one {# answer} other {# answers}}", {
        count: answers,
      });
    case "model":
      if (probability === null)
        return t("Label: by a model, from {count, plural, one {# answer} other {# answers}}", { count: answers });
      return t("Label: by a model, {share} sure, from {count, plural, one {# answer} other {# answers}}", {
        share: percent(probability, 0),
        count: answers,
      });
    default:
      return t("Label: what {count, plural, one {# answer says} other {# answers say together}}", { count: answers });
  }
}

function byKey(answers: readonly Answer[]): Map<string, Answer> {
  return new Map(answers.map((answer) => [keyOf(answer.question, answer.target), answer]));
}
