/** Beside an answer: how it came about, and what models had suggested. */
import { IconCpu } from "@tabler/icons-react";
import type { Answer, Question, StoredAnnotation, Suggestion, TaskDetail } from "../../api/contract";
import { t } from "../../i18n";
import type { Drawn } from "./useKinds";

interface OriginProps {
  annotation: StoredAnnotation;
  answer: Answer;
  task: Pick<TaskDetail, "item" | "suggestions">;
  question: Question | undefined;
  drawn: Drawn;
}

export function Origin({ annotation, answer, task, question, drawn }: OriginProps) {
  const said = saidAbout(task.suggestions, answer);
  const word = originWord(annotation, answer);
  const kind = question && drawn.kinds.questions[question.kind];
  if (said.length === 0 || !word) return null;
  return (
    <div className="origin small t2">
      <span className="row g4">
        <IconCpu size={14} stroke={1.75} aria-hidden="true" />
        {word}
      </span>
      <ul>
        {said.map(({ by, answer: suggested }) => (
          <li key={by.id}>
            <span className="t3">{typeof by.model === "string" ? by.model : by.id}</span>{" "}
            {suggested.value !== undefined && kind && question ? (
              <kind.Reader
                question={question}
                answer={{ ...suggested, target: answer.target }}
                item={task.item}
                language={document.documentElement.lang}
                beside={{ ontology: drawn.ontology, answers: by.answers }}
              />
            ) : (
              JSON.stringify(suggested.value ?? suggested.abstained)
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What each suggestion says about the same part. A target may be left out where the question has one only. */
export function saidAbout(suggestions: readonly Suggestion[], { question, target }: Answer) {
  return suggestions.flatMap((by) => {
    const answer = by.answers.find((each) => each.question === question && (each.target || target) === target);
    return answer ? [{ by, answer }] : [];
  });
}

/** How an answer came about, as the server compared it; null of what came before this was recorded. */
export function originWord(
  { origins, suggestions }: Pick<StoredAnnotation, "origins" | "suggestions">,
  { question, target }: Answer,
): string | null {
  switch (origins[target ? `${question} ${target}` : question]?.origin) {
    case "suggestion":
      return t("Accepted as it was suggested");
    case "suggestion_edited":
      return t("Suggested, then changed");
    case "human":
      return suggestions.some(({ hidden }) => hidden)
        ? t("By hand, while suggestions were hidden")
        : t("By hand, beside what was suggested");
    default:
      return null;
  }
}
