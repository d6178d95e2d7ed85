/** The organization's appeals: what was decided, on what evidence, and what is said against it, side by side; answered by keys. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import type { Appeal } from "../../api/contract";
import { useMay } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { useCommands } from "../../commands/scopes";
import { useWalk } from "../../commands/useWalk";
import { day, listed, t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { toast } from "../../kit/Toasts";
import { appealsCommands } from "./commands";
import {
  type Answering,
  OVERTURNING,
  UPHOLDING,
  wordOfAnswer,
  wordOfCase,
  wordOfEvidence,
  wordOfRuling,
  wordOfState,
} from "./words";
import "./offers.css";

type Outcome = "upheld" | "overturned";
const NONE: Appeal[] = [];

export default function Appeals() {
  const [state, setState] = useState<"open" | "answered">("open");
  const [answering, setAnswering] = useState<{ appeal: Appeal; outcome: Outcome } | null>(null);
  const appeals = useQuery({
    queryKey: ["appeals", state],
    queryFn: () => call("GET /appeals", { query: { state } }),
    refetchInterval: 60_000,
  });
  const items = appeals.data?.items ?? NONE;
  const walk = useWalk({ ids: items.map(({ id }) => id) });
  useCommands(appealsCommands, {
    answer: (outcome) => {
      const appeal = items.find(({ id }) => id === walk.at) ?? items[0];
      if (appeal?.may_answer) setAnswering({ appeal, outcome });
    },
  });
  return (
    <>
      <Crumbs trail={[]} here={t("Appeals")} />
      <div className="page">
        <div className="row">
          <Segmented
            label={t("Which appeals")}
            value={state}
            options={[
              ["open", t("Open")],
              ["answered", t("Answered")],
            ]}
            onChange={setState}
          />
        </div>
        <Faces query={appeals}>
          {() =>
            items.length === 0 ? (
              <div className="card narrow">
                <Empty title={state === "open" ? t("No appeal is open") : t("No appeal was answered yet")}>
                  {t(
                    "What people say against a rejection, a removal or a reviewer’s verdict on their work stands here. Somebody else than who decided answers it.",
                  )}
                </Empty>
              </div>
            ) : (
              <ul className="col g16">
                {items.map((each) => (
                  <Case appeal={each} onAnswer={(outcome) => setAnswering({ appeal: each, outcome })} key={each.id} />
                ))}
              </ul>
            )
          }
        </Faces>
      </div>
      {answering && <AnswerDialog {...answering} onClose={() => setAnswering(null)} />}
    </>
  );
}

function Case({ appeal, onAnswer }: { appeal: Appeal; onAnswer: (outcome: Outcome) => void }) {
  const { id, person, project, project_id, task_id: task, overdue, due_at: due, decided_by: by, answer } = appeal;
  const may = useMay();
  return (
    <li className="card clip">
      <header>
        <h2 className="h3 grow">
          {wordOfCase(appeal)}: {person}
        </h2>
        <span className="t2">{project}</span>
        {task && may("task.read") && (
          <Link
            className="small"
            to="/projects/$project/tasks"
            params={{ project: project_id }}
            search={{ id: task, task }}
          >
            {t("See the task")}
          </Link>
        )}
        {!answer && (
          <span className={overdue ? "small dan b" : "small t3"}>
            {overdue ? t("overdue since {day}", { day: day(due) }) : t("to be answered by {day}", { day: day(due) })}
          </span>
        )}
      </header>
      <div className="case">
        <div>
          <h3 className="h4">{t("What was decided")}</h3>
          <p>
            {appeal.reason && <span className="b">{wordOfRuling(appeal.reason)}. </span>}
            <span className="small t3">
              {by} · {when(appeal.decided_at)}
            </span>
          </p>
          {appeal.note && <p dir="auto">{appeal.note}</p>}
          {appeal.summary !== null && (
            <p>
              {appeal.instead_summary === null ? (
                t("The answer: {summary}", { summary: appeal.summary })
              ) : (
                <>
                  <del className="del">{appeal.summary}</del> → <ins className="ins">{appeal.instead_summary}</ins>
                </>
              )}
            </p>
          )}
          {appeal.evidence.length > 0 && (
            <div>
              <span className="small t3">{t("Evidence")}</span>
              <ul className="small t2">
                {appeal.evidence.map((each, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: evidence is never reordered, and a signal has no id
                  <li key={index}>{wordOfEvidence(each)}</li>
                ))}
              </ul>
            </div>
          )}
        </div>
        <div>
          <h3 className="h4">{t("What {person} says", { person })}</h3>
          <p dir="auto">{appeal.statement}</p>
          <span className="small t3">{when(appeal.filed_at)}</span>
          {answer && (
            <p>
              <span className="b">{wordOfState(appeal.state)}. </span>
              {wordOfAnswer(answer.reason)}. {answer.note && <span dir="auto">{answer.note} </span>}
              <span className="small t3">
                {answer.by} · {when(answer.at)}
              </span>
            </p>
          )}
        </div>
      </div>
      {!answer && (
        <div className="caseend row g8 wrap">
          {appeal.may_answer ? (
            <>
              <Button chord="U" data-walk={id} onClick={() => onAnswer("upheld")}>
                {t("Uphold the decision")}
              </Button>
              <Button chord="O" onClick={() => onAnswer("overturned")}>
                {t("Overturn it")}
              </Button>
            </>
          ) : (
            <span className="t2" data-walk={id} tabIndex={-1}>
              {appeal.deciders.length > 0
                ? t("Somebody else answers this one: {names}.", { names: listed(appeal.deciders) })
                : t("Nobody is left who may answer it: make somebody else a manager or an owner.")}
            </span>
          )}
        </div>
      )}
    </li>
  );
}

interface AnswerProps {
  appeal: Appeal;
  outcome: Outcome;
  onClose: () => void;
}

function AnswerDialog({ appeal, outcome, onClose }: AnswerProps) {
  const client = useQueryClient();
  const reasons = outcome === "upheld" ? UPHOLDING : OVERTURNING;
  const [reason, setReason] = useState<Answering>(reasons[0] as Answering);
  const [note, setNote] = useState("");
  const send = useMutation({
    mutationFn: () =>
      call("PUT /appeals/{appeal}/answer", {
        path: { appeal: appeal.id },
        body: { outcome, reason, note: note.trim() || null },
      }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["appeals"] });
      toast(outcome === "upheld" ? t("The decision stands.") : t("The decision is overturned and undone."));
      onClose();
    },
  });
  return (
    <Dialog
      title={outcome === "upheld" ? t("Uphold the decision") : t("Overturn the decision")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" type="submit" form="answer" isBusy={send.isPending}>
            {outcome === "upheld" ? t("Uphold it") : t("Overturn it")}
          </Button>
        </>
      }
    >
      <form
        id="answer"
        className="col g16"
        onSubmit={(event) => {
          event.preventDefault();
          send.mutate();
        }}
      >
        <p className="t2">
          {outcome === "upheld"
            ? t("It stays as it is. {person} reads why.", { person: appeal.person })
            : appeal.kind === "removal"
              ? t("{person} is back on the project, and reads why.", { person: appeal.person })
              : t("The answer counts again. {person} reads why.", { person: appeal.person })}
        </p>
        <Field label={t("Reason")}>
          <select className="input" value={reason} onChange={({ target }) => setReason(target.value as Answering)}>
            {reasons.map((each) => (
              <option value={each} key={each}>
                {wordOfAnswer(each)}
              </option>
            ))}
          </select>
        </Field>
        <Field label={t("Note")}>
          <textarea
            className="area"
            rows={3}
            maxLength={10_000}
            dir="auto"
            value={note}
            onChange={({ target }) => setNote(target.value)}
          />
        </Field>
        {send.error && <ProblemNotice problem={send.error} />}
      </form>
    </Dialog>
  );
}
