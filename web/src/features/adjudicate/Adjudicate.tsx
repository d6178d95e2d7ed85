/** Where an adjudicator lives: several answers to one task beside each other, and one key to take a value. */
import { useParams } from "@tanstack/react-router";
import { useState, useSyncExternalStore } from "react";
import type { Id, Reason } from "../../api/contract";
import { useCommands } from "../../commands/scopes";
import { wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import { say } from "../../kit/LiveRegion";
import { toast } from "../../kit/Toasts";
import { wordOfAnswers } from "../annotate/answerWords";
import { Frame, useBench } from "../annotate/bench";
import { intoField } from "../annotate/hand";
import { missingOf } from "../annotate/missing";
import { ReasonDialog } from "../annotate/ReasonDialog";
import { REASONS, verdictReasons } from "../annotate/reasons";
import { Seated } from "../annotate/Seated";
import type { Seat } from "../annotate/seat";
import { useSteady } from "../annotate/useSteady";
import { useGate } from "../checks/gate";
import { AdjudicateBar } from "./AdjudicateBar";
import { AdjudicateTask, hasMarks, rowsShown } from "./AdjudicateTask";
import { type AdjudicationDesk, adjudicationCommands } from "./commands";
import { type Deciding, decidingOf } from "./deciding";
import { adjudicationPreparer } from "./prepare";
import type { Row } from "./table";
import "./adjudicate.css";

export default function Adjudicate() {
  const { project } = useParams({ strict: false }) as { project: Id };
  return (
    <Seated project={project} stage="adjudicate" key={project}>
      {(seat) => <Adjudicating project={project} seat={seat} />}
    </Seated>
  );
}

const nothing = (): (() => void) => () => undefined;
const none = (): null => null;

function Adjudicating({ project, seat }: { project: Id; seat: Seat }) {
  const bench = useBench(project, seat, "adjudicate", adjudicationPreparer);
  const { held, facts } = bench;
  const deciding = held ? decidingOf(held) : null;
  const state = useSyncExternalStore(deciding?.subscribe ?? nothing, deciding?.snapshot ?? none);
  const shown = useSyncExternalStore(held?.editor.subscribe ?? nothing, held?.editor.snapshot ?? none);
  const [onlyDiffering, setOnlyDiffering] = useState(false);
  const [isSending, setSending] = useState(false);
  const [isPressed, setPressed] = useState<Id | null>(null);
  const language = document.documentElement.lang;
  const titleOf = ({ asked: { question } }: Row): string => wordsOf(question.text, language, question.name);
  const open = deciding?.open() ?? [];

  const told = (row: Row | undefined): void => {
    if (row) say(titleOf(row));
  };
  const gate = useGate();
  const decide = (): void => {
    if (!deciding || !held) return;
    const [first] = deciding.open();
    const [lacking] = missingOf(held.editor, held.kinds.questions);
    const key = first?.asked.key ?? lacking?.asked.key;
    if (key !== undefined) {
      setPressed(held.assignment.task_id);
      deciding.go(key);
      if (!first) deciding.beginOther();
      say(first ? t("Decide first: {question}", { question: titleOf(first) }) : (lacking?.word ?? ""));
      return;
    }
    setPressed(null);
    const why = gate(held, held.editor);
    if (why) {
      toast(why);
      return;
    }
    bench.sitting.judge({ stage: "adjudicate", body: deciding.adjudication("decide") });
  };
  const walk = (step: 1 | -1): void => {
    deciding?.walk(step, rowsShown(deciding, onlyDiffering));
    told(deciding?.current);
  };
  const toOther = (): void => {
    bench.setGuideOpen(false);
    if (state?.isOther) deciding?.leaveOther();
    else deciding?.beginOther();
  };
  const desk: AdjudicationDesk = {
    hasTask: held !== undefined,
    isOther: state?.isOther ?? false,
    hasMarks: Boolean(deciding && held && hasMarks(deciding, held.kinds)),
    decide,
    sendBack: () => setSending(true),
    more: () => {
      if (!deciding) return;
      bench.sitting.judge({ stage: "adjudicate", body: deciding.adjudication("more") });
      say(t("One more answer is asked for."));
    },
    walk,
    take: (place) => {
      const row = deciding?.current;
      const value = row?.values[place];
      if (deciding && value) deciding.take(value);
      else if (row && place === row.values.length) toOther();
      told(deciding?.current);
    },
    other: toOther,
    show: (step) => {
      deciding?.show(step);
      if (deciding) say(labelShown(deciding));
    },
    narrow: () => setOnlyDiffering(!onlyDiffering),
    nextReason: () => deciding && state && deciding.say({ reason: reasonAfter(state.reason) }),
  };
  useCommands(adjudicationCommands, desk);
  const undo = (): void => {
    if (held?.editor.undo()) return;
    bench.unsay(() => say(t("Taken back. Change your decision.")));
  };
  const canUndo = (shown?.canUndo ?? false) || bench.canTakeBack;
  const own = {
    canUndo,
    canRedo: shown?.canRedo ?? false,
    undo,
    redo: () => void held?.editor.redo(),
    walk,
    write: () => {
      if (state?.isOther) intoField(deciding?.current?.asked);
      else document.querySelector<HTMLElement>(".work [data-note-field]:not([hidden] *)")?.focus();
    },
    hasConfidence: false,
    confide: () => undefined,
  };
  const onNarrow = useSteady((only: boolean) => setOnlyDiffering(only));
  return (
    <Frame
      bench={bench}
      own={own}
      words={{
        stage: t("Adjudication"),
        blind: t("Names hidden until you decide"),
        none: t("Tasks on whose answer the model is not sure appear here by themselves."),
      }}
      help={wordsOf(deciding?.current?.asked.question.help, language)}
      task={(each, aside) => (
        <AdjudicateTask
          held={each}
          aside={aside}
          isPressed={isPressed === each.assignment.task_id}
          onlyDiffering={onlyDiffering}
          onNarrow={onNarrow}
          isSealed={facts?.workflow.feedback === "sealed"}
        />
      )}
      bar={
        <AdjudicateBar
          {...{ bench, desk, canUndo, undo }}
          canRedo={own.canRedo}
          redo={own.redo}
          word={leftOf(open, titleOf)}
        />
      }
    >
      {isSending && deciding && state && (
        <ReasonDialog
          title={t("Send it back")}
          reasons={verdictReasons()}
          verb={t("Send back")}
          noteHint={t("The task goes to its authors first, with the reason and the note.")}
          initial={{ reason: state.reason, note: state.note }}
          onClose={() => setSending(false)}
          onDone={(reason, note) => {
            setSending(false);
            const body = deciding.adjudication("send-back", { reason: reason as Reason, note });
            bench.sitting.judge({ stage: "adjudicate", body });
          }}
        />
      )}
    </Frame>
  );
}

function leftOf(open: readonly Row[], titleOf: (row: Row) => string): string {
  const [first] = open;
  if (!first) return "";
  return open.length === 1
    ? t("Still to decide: {question}", { question: titleOf(first) })
    : t("{count, plural, one {# question still to decide} other {# questions still to decide}}", {
        count: open.length,
      });
}

function labelShown(deciding: Deciding): string {
  const { shown } = deciding.snapshot();
  if (shown === deciding.given.length) return t("What the answers merge to");
  return shown === null ? t("What is decided") : wordOfAnswers([deciding.given[shown]?.label ?? ""]);
}

function reasonAfter(reason: Reason | null): Reason | null {
  return REASONS[reason === null ? 0 : REASONS.indexOf(reason) + 1] ?? null;
}
