/** One verdict on one's own answer: what it was changed from and to, why, in whose words, and the way to the task. */
import { IconArrowBackUp, IconArrowsDiff, IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import type { Answer, Feedback } from "../../api/contract";
import { useMay } from "../../api/session";
import { wordsOf } from "../../editor/words-of";
import { t, when } from "../../i18n";
import { abstentionWord } from "../annotate/abstentions";
import { shortId } from "../annotate/BottomBar";
import { wordOfReason } from "../annotate/reasons";
import { useKinds } from "../data/useKinds";
import { AppealDialog } from "../offers/AppealDialog";
import { type Change, changesOf, isChanged, wordOfOrigin } from "./feedback";
import { SeeTask } from "./SeeTask";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

interface Props {
  feedback: Feedback;
  project: string | undefined;
  /** Changes in a line of words: the code of the kinds is not asked for. */
  isBrief?: boolean;
  /** It stands in a list that is walked by keys. */
  isWalked?: boolean;
}

export function FeedbackItem({ feedback, project, isBrief = false, isWalked = false }: Props) {
  const { id, reason, note, at, origin, project_id, task_id: task, annotation_id: annotation, verdict } = feedback;
  const changes = changesOf(feedback);
  const Icon = verdict === "send-back" ? IconArrowBackUp : isChanged(feedback) ? IconArrowsDiff : IconCircleCheck;
  return (
    <li className="fb">
      <Icon {...ICON} className={isChanged(feedback) ? "t3" : "pos"} />
      <div className="col g4">
        <div className="row between g8 wrap">
          <span className="b">{titleOf(feedback, changes)}</span>
          <span className="small t3 nowrap num">
            {when(at)} · <span className="mono">{shortId(task)}</span>
          </span>
        </div>
        {changes.length > 0 &&
          (isBrief ? <Lines feedback={feedback} /> : <Changes feedback={feedback} changes={changes} />)}
        {(reason || note) && (
          <div className="t2">
            {reason && <span>{wordOfReason(reason)}. </span>}
            {note && (
              <span className="pre" dir="auto">
                {note}
              </span>
            )}
          </div>
        )}
        <div className="row g8 wrap small">
          {project && <span className="t3">{project}</span>}
          {origin && <span className="t3">{wordOfOrigin(origin)}</span>}
          <SeeTask project={project_id} task={task} annotation={annotation} walk={isWalked ? id : undefined} />
          <TaskLink feedback={feedback} />
          {(verdict === "fix" || verdict === "send-back") && <AppealAgainst feedback={feedback} />}
        </div>
      </div>
    </li>
  );
}

function titleOf({ verdict, stage, summary }: Feedback, changes: readonly Change[]): string {
  if (verdict === "send-back") return t("Sent back: “{answer}”", { answer: summary });
  if (changes.length === 0) return t("Stands as you gave it: “{answer}”", { answer: summary });
  return stage === "review" ? t("A reviewer changed your answer") : t("It was decided otherwise than you answered");
}

/** What stands instead, question by question, drawn by the kinds; in a line where their code is not here. */
function Changes({ feedback, changes }: { feedback: Feedback; changes: readonly Change[] }) {
  const drawn = useKinds(feedback.project_id, null);
  const language = document.documentElement.lang;
  if (!drawn) return <Lines feedback={feedback} />;
  const read = (answer: Answer | undefined): React.ReactNode => {
    const question = drawn.ontology.questions.find(({ name }) => name === answer?.question);
    const kind = question && drawn.kinds.questions[question.kind];
    if (!answer) return t("no answer");
    if (answer.abstained) return abstentionWord(answer.abstained);
    if (!kind || answer.value === undefined) return JSON.stringify(answer.value);
    return <kind.Reader question={question} answer={answer} item={null} language={language} />;
  };
  return (
    <dl className="col g4">
      {changes.map(({ key, question: name, from, to }) => {
        const question = drawn.ontology.questions.find((each) => each.name === name);
        return (
          <div className="row g8 wrap base" key={key}>
            <dt className="t3">{wordsOf(question?.text, language, name)}</dt>
            <dd className="row g8 wrap" style={{ margin: 0 }}>
              <del className="del">{read(from)}</del>
              <span aria-hidden="true">→</span>
              <ins className="ins">{read(to)}</ins>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function Lines({ feedback }: { feedback: Feedback }) {
  return (
    <div>
      <del className="del">{feedback.summary}</del> → <ins className="ins">{feedback.decided_summary}</ins>
    </div>
  );
}

/** To the task: to be answered again, or to be seen by whoever may see it whole. */
function TaskLink({ feedback: { verdict, project_id: project, task_id: task } }: { feedback: Feedback }) {
  const may = useMay();
  if (may("task.read")) {
    return (
      <Link to="/projects/$project/tasks" params={{ project }} search={{ id: task, task }}>
        {t("In the data table")}
      </Link>
    );
  }
  if (verdict !== "send-back") return null;
  return (
    <Link to="/projects/$project/label" params={{ project }}>
      {t("To the workspace")}
    </Link>
  );
}

const APPEAL_DAYS = 14;

/** The way to appeal against a verdict, for as long as one may and has not. */
function AppealAgainst({ feedback }: { feedback: Feedback }) {
  const { id: verdict, at, project_id: project, task_id: task, annotation_id: annotation } = feedback;
  const [isOpen, setOpen] = useState(false);
  const appeals = useQuery({ queryKey: ["work", "appeals"], queryFn: () => call("GET /work/appeals") });
  const isOver = Date.parse(at) + APPEAL_DAYS * 86_400_000 <= Date.now();
  if (!appeals.data || isOver || appeals.data.items.some(({ subject_id }) => subject_id === verdict)) return null;
  return (
    <>
      <button type="button" className="btn s quiet" onClick={() => setOpen(true)}>
        {t("Appeal…")}
      </button>
      {isOpen && (
        <AppealDialog
          against={{ kind: "verdict", id: verdict, seen: { project, task, annotation } }}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
