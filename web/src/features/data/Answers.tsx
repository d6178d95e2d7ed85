/** What was answered: how the answers are spread over the values, and each person's own, by pseudonym. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Answer, Id, Manner, PersonQuality, Question, StoredAnnotation, TaskDetail } from "../../api/contract";
import { useMay } from "../../api/session";
import { wordsOf } from "../../editor/words-of";
import { duration, number, percent, t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Interval } from "../../kit/Interval";
import { Reject } from "../offers/Reject";
import { Verdicts } from "./Decided";
import { Origin } from "./Origin";
import type { Drawn } from "./useKinds";

interface Spreading {
  question: string;
  answers: number;
  values: { text: string; count: number }[];
}

/** How the votes on each question that has a consensus are spread, the most frequent value first. Pure. */
export function spreadOf(task: TaskDetail, textOf: (question: string, value: unknown) => string): Spreading[] {
  // Marked parts differ in more than a word: they are drawn over the material instead.
  return task.consensus
    .filter(({ value }) => !hasRegions(value))
    .map(({ question }) => {
      const counts = new Map<string, { text: string; count: number }>();
      for (const { answers } of task.annotations) {
        for (const { question: name, value } of answers) {
          if (name !== question || value === undefined) continue;
          const key = JSON.stringify(value);
          const known = counts.get(key);
          if (known) known.count += 1;
          else counts.set(key, { text: textOf(question, value), count: 1 });
        }
      }
      const values = [...counts.values()].sort((a, b) => b.count - a.count);
      return { question, values, answers: values.reduce((sum, { count }) => sum + count, 0) };
    });
}

function hasRegions(value: unknown): boolean {
  return typeof value === "object" && value !== null && "regions" in value;
}

export function Spread({ task, drawn }: { task: TaskDetail; drawn: Drawn | null }) {
  const language = document.documentElement.lang;
  const textOf = (name: string, value: unknown): string => optionText(drawn, name, value, language);
  const spread = spreadOf(task, textOf).filter(({ answers }) => answers > 1);
  if (spread.length === 0) return null;
  return (
    <div className="col g12 mt16">
      {spread.map(({ question, values, answers }) => (
        <section key={question}>
          {task.consensus.length > 1 && <h3 className="over">{titleOf(drawn, question, language)}</h3>}
          <ul>
            {values.slice(0, 8).map(({ text, count }, index) => (
              <li className="row g12 mt4" key={text}>
                <span className="cut t2" style={{ width: "36%" }} title={text}>
                  {text}
                </span>
                <span className="bar grow" aria-hidden="true">
                  <span className={index === 0 ? "" : "grey"} style={{ width: `${(count / answers) * 100}%` }} />
                </span>
                <span className="small num t2" style={{ minWidth: 78, textAlign: "end" }}>
                  {percent(count / answers, 0)} ·{" "}
                  {t("{count} of {all}", { count: number(count), all: number(answers) })}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

interface AnswersProps {
  project: Id;
  task: TaskDetail;
  drawn: Drawn | null;
  /** The annotation whose marks stand on the item. */
  shown: string | null;
  onShow: (annotation: string | null) => void;
}

export function Answers({ project, task, drawn, shown, onShow }: AnswersProps) {
  const may = useMay();
  const [isAsked, ask] = useState(false);
  const people = useQuery({
    queryKey: ["quality", project, "people", null],
    queryFn: () => call("GET /projects/{project}/quality/people", { path: { project }, query: { question: null } }),
    enabled: isAsked,
  });
  if (task.annotations.length === 0) return <p className="t3 mt12">{t("Nobody has answered yet.")}</p>;
  const hasMarks = drawn?.ontology.questions.some(({ kind }) => {
    const known = drawn.kinds.questions[kind];
    return known?.onText !== undefined || known?.Layer !== undefined;
  });
  // Before the verdict nobody learns who is how often right: whoever decides shall look at the answers alone.
  const isJudged = task.state === "done" && task.resolved?.method === "adjudication";
  return (
    <ul className="entries">
      {isJudged && may("quality.read") && !isAsked && (
        <li>
          <Button size="s" look="quiet" onClick={() => ask(true)}>
            {t("See how right its authors are")}
          </Button>
        </li>
      )}
      {task.annotations.map((each) => (
        <li key={each.id}>
          <div className="row between g8">
            <span className="row g8">
              <span className="b">{each.annotator}</span>
              {each.rejected && <span className="small dan">{t("rejected")}</span>}
              <AuthorAccuracy person={people.data?.items.find(({ pseudonym }) => pseudonym === each.annotator)} />
            </span>
            <span className="small t3">{when(each.submitted_at)}</span>
          </div>
          <Read annotation={each} task={task} drawn={drawn} />
          <Verdicts task={task} annotation={each.id} />
          <div className="row between g8 small t3">
            <span>
              {each.active_ms ? duration(each.active_ms) : t("time not measured")}
              {each.manner && mannerWords(each.manner)}
              {each.version > 1 && ` · ${t("version {version}", { version: each.version })}`}
            </span>
            <span className="row g4">
              {hasMarks && (
                <button
                  type="button"
                  className="btn s quiet"
                  aria-pressed={shown === each.id}
                  onClick={() => onShow(shown === each.id ? null : each.id)}
                >
                  {t("Show the marks")}
                </button>
              )}
              {!each.rejected && (
                <Reject task={task.id} annotation={each.id} annotator={each.annotator} summary={each.summary} />
              )}
            </span>
          </div>
        </li>
      ))}
    </ul>
  );
}

/** What calls for a look in how an answer was made; nothing where all was typed in this window. */
function mannerWords({ pastes, pasted, departures, away_ms }: Manner): string {
  const told = [
    pastes > 0 &&
      t("{count, plural, one {# paste} other {# pastes}} of {characters} characters", {
        count: pastes,
        characters: number(pasted),
      }),
    departures > 0 && t("away {time}", { time: duration(away_ms) }),
  ];
  return told.map((each) => (each ? ` · ${each}` : "")).join("");
}

function AuthorAccuracy({ person }: { person: PersonQuality | undefined }) {
  if (!person?.accuracy) return null;
  const { mean, low, high } = person.accuracy;
  return (
    <span style={{ width: 96 }}>
      <Interval name={person.pseudonym} value={mean} low={low} high={high} count={person.checked} />
    </span>
  );
}

/** One annotation, each answer drawn by its own kind. */
function Read({ annotation, task, drawn }: { annotation: StoredAnnotation; task: TaskDetail; drawn: Drawn | null }) {
  const language = document.documentElement.lang;
  if (!drawn) return <div>{annotation.summary}</div>;
  return (
    <dl className="reads">
      {annotation.answers.map((answer) => {
        const question = drawn.ontology.questions.find(({ name }) => name === answer.question);
        const kind = question && drawn.kinds.questions[question.kind];
        return (
          <div key={answer.question + answer.target}>
            {annotation.answers.length > 1 && <dt className="small t3">{titleOf(drawn, answer.question, language)}</dt>}
            <dd>
              {answer.abstained ? (
                <span className="t2">{wordOfAbstention(answer)}</span>
              ) : kind && question ? (
                <kind.Reader
                  question={question}
                  answer={answer}
                  item={task.item}
                  language={language}
                  beside={{ ontology: drawn.ontology, answers: annotation.answers }}
                />
              ) : (
                JSON.stringify(answer.value)
              )}
              <Origin annotation={annotation} answer={answer} task={task} question={question} drawn={drawn} />
              {answer.note && <div className="small t2">{t("Note: {note}", { note: answer.note })}</div>}
              {answer.justification && <div className="small t2">{answer.justification}</div>}
            </dd>
          </div>
        );
      })}
      {annotation.answers.length === 0 && <span className="t3">{t("Sent without an answer.")}</span>}
    </dl>
  );
}

function wordOfAbstention({ abstained, reason }: Answer): string {
  const word = abstained === "not_applicable" ? t("Not applicable") : t("Could not answer");
  return reason ? `${word}: ${reason}` : word;
}

function titleOf(drawn: Drawn | null, name: string, language: string): string {
  const question = drawn?.ontology.questions.find((each) => each.name === name);
  return question ? wordsOf(question.text, language, question.name) : name;
}

/** The text of an option, where a value is one; the value itself otherwise. */
function optionText(drawn: Drawn | null, name: string, value: unknown, language: string): string {
  const question = drawn?.ontology.questions.find((each) => each.name === name);
  const word = (one: unknown): string =>
    question && typeof one === "string" ? wordOfOption(question, one, language) : plain(one);
  return Array.isArray(value) ? value.map(word).join(", ") : word(value);
}

function wordOfOption({ settings }: Question, value: string, language: string): string {
  const options = settings?.options as { value: string; text?: string | Record<string, string> | null }[] | undefined;
  const option = Array.isArray(options) ? options.find((each) => each.value === value) : undefined;
  return wordsOf(option?.text, language, value);
}

function plain(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
