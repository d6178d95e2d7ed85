/** Where a reviewer lives: what was answered, shown on the material and beside it, and a verdict one key away. */
import { useParams } from "@tanstack/react-router";
import { useState, useSyncExternalStore } from "react";
import type { Id, Reason } from "../../api/contract";
import { useCommands } from "../../commands/scopes";
import { wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import { say } from "../../kit/LiveRegion";
import { toast } from "../../kit/Toasts";
import { wordOfAnswers } from "../annotate/answerWords";
import { type Bench, Frame, useBench } from "../annotate/bench";
import { groupsOf } from "../annotate/groups";
import { abstainNext, confideNext, goTo, intoField } from "../annotate/hand";
import { missingOf } from "../annotate/missing";
import { nextUnanswered } from "../annotate/QuestionBlock";
import { ReasonDialog } from "../annotate/ReasonDialog";
import { verdictReasons } from "../annotate/reasons";
import { Seated } from "../annotate/Seated";
import type { Seat } from "../annotate/seat";
import { useSteady } from "../annotate/useSteady";
import { useGate } from "../checks/gate";
import { type ReviewDesk, reviewCommands } from "./commands";
import { type Given, type Judging, judgingOf, verdictOf } from "./judging";
import { ReviewBar } from "./ReviewBar";
import { ReviewTask } from "./ReviewTask";
import "./review.css";

export default function Review() {
  const { project } = useParams({ strict: false }) as { project: Id };
  return (
    <Seated project={project} stage="review" key={project}>
      {(seat) => <Reviewing project={project} seat={seat} />}
    </Seated>
  );
}

const nothing = (): (() => void) => () => undefined;
const none = (): null => null;

function Reviewing({ project, seat }: { project: Id; seat: Seat }) {
  const bench = useBench(project, seat, "review");
  const { held } = bench;
  const judging = held ? judgingOf(held) : null;
  const judged = useSyncExternalStore(judging?.subscribe ?? nothing, judging?.snapshot ?? none);
  const isFixing = judged?.isFixing ?? false;
  const editor = judging && (isFixing ? judging.editor : judging.reader);
  const shown = useSyncExternalStore(editor?.subscribe ?? nothing, editor?.snapshot ?? none);
  const [asking, setAsking] = useState<"fix" | "send-back" | null>(null);
  const [isPressed, setPressed] = useState<Id | null>(null);
  const language = document.documentElement.lang;
  const asked = held && editor ? groupsOf(editor, held.assignment.seed).flatMap((group) => group.asked) : [];
  const active = asked.find(({ key }) => key === shown?.active) ?? asked[0];

  const gate = useGate();
  /** Says why what is on the screen cannot be accepted; whether it cannot. */
  const isBarred = (): boolean => {
    const why = held && editor ? gate(held, editor) : null;
    if (why) toast(why);
    return why !== null;
  };
  const give = (given: Given): void => {
    if (!judging || !held || (given.verdict === "accept" && isBarred())) return;
    setAsking(null);
    const isWhole = judging.give(given);
    if (isWhole) {
      bench.sitting.judge({ stage: "review", body: judging.review(held.assignment.ontology_version) });
    } else if (judging.current) say(t("Now {answer}.", { answer: wordOfAnswers(judging.current.labels) }));
  };
  const store = (): void => {
    if (!held || !judging) return;
    const [first] = missingOf(judging.editor, held.kinds.questions);
    if (first) {
      setPressed(held.assignment.task_id);
      goTo(judging.editor, first.asked);
      say(t("{what}: {question}", { what: first.word, question: wordsOf(first.asked.question.text, language) }));
      return;
    }
    setPressed(null);
    if (!isBarred()) setAsking("fix");
  };
  const onPicked = useSteady((): void => {
    if (!judging || !held) return;
    const order = groupsOf(judging.editor, held.assignment.seed).flatMap((group) => group.asked);
    const from = judging.editor.snapshot().active ?? "";
    const next = nextUnanswered(order, from, (key) => judging.editor.answer(key) !== undefined);
    if (next) judging.editor.activate(next.key);
  });
  const desk: ReviewDesk = {
    hasTask: held !== undefined,
    isFixing,
    count: judging?.said.length ?? 0,
    canFix: judging?.canFix ?? false,
    canSendBack: judging?.canSendBack ?? false,
    abstentions: active?.question.allow?.length ?? 0,
    accept: () => (isFixing ? store() : give({ verdict: "accept" })),
    fix: () => {
      bench.setGuideOpen(false);
      if (isFixing) judging?.leaveFix();
      else judging?.beginFix();
    },
    sendBack: () => setAsking("send-back"),
    walkAnswers: (step) => walkAnswers(judging, step),
    abstain: () => active && editor && abstainNext(editor, active),
  };
  useCommands(reviewCommands, desk);
  const undo = (): void => {
    if (isFixing ? editor?.undo() : judging?.undo()) return;
    bench.unsay(() => {
      judgingAgain(bench)?.undo();
      say(t("Taken back. Change your verdict."));
    });
  };
  const canUndo = (isFixing ? shown?.canUndo : (judged?.given.size ?? 0) > 0) || bench.canTakeBack;
  const own = {
    canUndo,
    canRedo: isFixing && (shown?.canRedo ?? false),
    undo,
    redo: () => void editor?.redo(),
    walk: (step: 1 | -1) => {
      const at = asked.findIndex(({ key }) => key === active?.key) + step;
      const to = asked[Math.max(0, Math.min(asked.length - 1, at))];
      if (editor && to) goTo(editor, to);
    },
    write: () => isFixing && intoField(active),
    hasConfidence: isFixing && (active?.question.confidence ?? "none") !== "none",
    confide: () => active && editor && confideNext(editor, active),
  };
  return (
    <Frame
      bench={bench}
      own={own}
      words={{
        stage: t("Review"),
        blind: t("Names hidden until your verdict"),
        none: t("Answers that are drawn for review appear here by themselves, and so do those that come back mended."),
      }}
      help={wordsOf(active?.question.help, language)}
      task={(each, aside) => (
        <ReviewTask
          held={each}
          aside={aside}
          onPicked={onPicked}
          isPressed={isPressed === each.assignment.task_id}
          isLowered={bench.isLowered}
          onLower={bench.setLowered}
        />
      )}
      bar={
        <ReviewBar
          {...{ bench, desk, canUndo, undo }}
          canRedo={own.canRedo}
          redo={own.redo}
          word={wordOf(judging, isFixing)}
          verb={isFixing ? t("Store the fixed answer") : t("Accept")}
        />
      }
    >
      {asking && (
        <ReasonDialog
          title={asking === "fix" ? t("Why was it fixed?") : t("Send it back")}
          reasons={verdictReasons()}
          verb={asking === "fix" ? t("Store the fixed answer") : t("Send back")}
          noteHint={
            asking === "fix"
              ? t("Its author reads the reason and the note, and sees what you changed.")
              : t("The task goes to its author first, with the reason and the note.")
          }
          onClose={() => setAsking(null)}
          onDone={(reason, note) => give(verdictOf(asking, reason as Reason, note))}
        />
      )}
    </Frame>
  );
}

function walkAnswers(judging: Judging | null, step: 1 | -1): void {
  judging?.walk(step);
  if (judging?.current) say(wordOfAnswers(judging.current.labels));
}

/** The judging of the task that was put back on the screen. */
function judgingAgain({ sitting }: Bench): Judging | null {
  const [held] = sitting.snapshot().tasks;
  return held ? judgingOf(held) : null;
}

function wordOf(judging: Judging | null, isFixing: boolean): string {
  if (!judging || isFixing || judging.said.length < 2) return "";
  const { given } = judging.snapshot();
  return t("{done} of {all} answers judged", { done: given.size, all: judging.said.length });
}
