/** What stands for a task that was reviewed or adjudicated, by whom, and what was said of an answer. */
import { IconArrowBackUp, IconCheck, IconPencil, IconScale } from "@tabler/icons-react";
import type { Answer, TaskDetail } from "../../api/contract";
import { wordsOf } from "../../editor/words-of";
import { t, when } from "../../i18n";
import { wordOfReason } from "../annotate/reasons";
import type { Drawn } from "./useKinds";

const SMALL = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

export function Decided({ task, drawn }: { task: TaskDetail; drawn: Drawn | null }) {
  const { resolved } = task;
  if (!resolved) return null;
  return (
    <section className="well mt16 col g6" aria-label={t("What stands")}>
      <div className="row between g8">
        <span className="state">
          <IconScale {...SMALL} />
          {resolved.method === "review"
            ? t("Decided in review by {who}", { who: resolved.by })
            : t("Decided in adjudication by {who}", { who: resolved.by })}
        </span>
        <span className="small t3 nowrap">{when(resolved.at)}</span>
      </div>
      <dl className="reads">
        {resolved.answers.map((answer) => (
          <Line key={`${answer.question} ${answer.target}`} answer={answer} task={task} drawn={drawn} />
        ))}
      </dl>
    </section>
  );
}

function Line({ answer, task, drawn }: { answer: Answer; task: TaskDetail; drawn: Drawn | null }) {
  const language = document.documentElement.lang;
  const question = drawn?.ontology.questions.find(({ name }) => name === answer.question);
  const kind = question && drawn?.kinds.questions[question.kind];
  return (
    <div>
      <dt className="small t3">{question ? wordsOf(question.text, language, question.name) : answer.question}</dt>
      <dd>
        {kind && question && answer.value !== undefined ? (
          <kind.Reader
            question={question}
            answer={answer}
            item={task.item}
            language={language}
            beside={{ ontology: drawn.ontology, answers: task.resolved?.answers ?? [] }}
          />
        ) : (
          JSON.stringify(answer.value ?? answer.abstained)
        )}
      </dd>
    </div>
  );
}

/** The verdicts on one annotation, newest first. */
export function Verdicts({ task, annotation }: { task: TaskDetail; annotation: string }) {
  const said = task.verdicts.filter(({ annotation_id }) => annotation_id === annotation).reverse();
  if (said.length === 0) return null;
  const looks = {
    accept: [IconCheck, t("Accepted")],
    fix: [IconPencil, t("Fixed")],
    "send-back": [IconArrowBackUp, t("Sent back")],
    decide: [IconScale, t("Decided")],
  } as const;
  return (
    <ul className="col g4 mt4">
      {said.map(({ verdict, reason, note, by, at }) => {
        const [Icon, word] = looks[verdict];
        return (
          <li className="small" key={`${at} ${verdict}`}>
            <span className="state">
              <Icon {...SMALL} />
              {reason ? t("{what}: {reason}", { what: word, reason: wordOfReason(reason) }) : word}
            </span>{" "}
            <span className="t3">
              {by} · {when(at)}
            </span>
            {note && (
              <p className="pre t2" dir="auto">
                {note}
              </p>
            )}
          </li>
        );
      })}
    </ul>
  );
}
