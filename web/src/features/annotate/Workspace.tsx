/** Where an annotator lives: the material, the questions beside it, and every act one key away. */
import { useParams } from "@tanstack/react-router";
import { Activity, useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { Id } from "../../api/contract";
import { usePreferences } from "../../api/session";
import { useCommands } from "../../commands/scopes";
import type { Asked, Editor } from "../../editor/store";
import { wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import { isAccepted, nextProposal, type Proposal, proposalsFor } from "../../kinds/parts/proposed";
import { LiveRegion, say } from "../../kit/LiveRegion";
import { toast } from "../../kit/Toasts";
import { BottomBar } from "./BottomBar";
import { Comments } from "./Comments";
import { commands, type Desk } from "./commands";
import { Face } from "./Faces";
import { anchorIn, Guide, useGuideline } from "./Guide";
import { activeOf, groupsOf } from "./groups";
import { abstainNext, confideNext, goTo, intoField, selectedAddress } from "./hand";
import { Learned } from "./Learned";
import { missingOf } from "./missing";
import { nextUnanswered } from "./QuestionBlock";
import { ReasonDialog, reportReasons, skipReasons } from "./ReasonDialog";
import { Returned } from "./Returned";
import { readingStyle, sizeAfter, sizeOf } from "./reading";
import { Seated } from "./Seated";
import { accept, whose } from "./Suggested";
import type { Seat } from "./seat";
import type { Held, Sitting } from "./sitting";
import { Task } from "./Task";
import { TopBar } from "./TopBar";
import { report, told } from "./telling";
import { useGoal, useProject, useStageGoal } from "./useProject";
import { useSitting } from "./useSitting";
import { useSteady } from "./useSteady";
import "./workspace.css";

type Open = "skip" | "report" | "comments" | "returned" | null;

export default function Workspace() {
  const { project } = useParams({ strict: false }) as { project: Id };
  return (
    <Seated project={project} key={project}>
      {(seat) => <Working project={project} seat={seat} />}
    </Seated>
  );
}

interface WorkingProps {
  project: Id;
  seat: Seat;
  /** Where answers are given: to label, in an exam, or in an audit. */
  stage?: "label" | "exam" | "audit";
  /** What the bar calls that, and what is not shown there. */
  words?: { word: string; blind: string };
  /** Why nothing waits. */
  none?: string;
}

export function Working({ project: id, seat, stage = "label", words, none }: WorkingProps) {
  const project = useProject(id);
  const isCounted = stage === "label" && (project?.counts_manner ?? false);
  const { sitting, state, post } = useSitting(id, seat, { stage, isCounted });
  const { preferences, prefer } = usePreferences();
  const [open, setOpen] = useState<Open>(null);
  const [noteOn, setNoteOn] = useState("");
  const [isGuideOpen, setGuideOpen] = useState(false);
  const [isLowered, setLowered] = useState(false);
  const [held] = state.tasks;
  const editor = held?.editor ?? null;
  const shown = useSyncExternalStore(editor?.subscribe ?? nothing, editor?.snapshot ?? noState);
  const toLabel = useGoal(id, state.answered);
  const toAudit = useStageGoal(id, "audit", state.answered);
  const goal = stage === "audit" ? toAudit : toLabel;
  const guidelineVersion = held?.assignment.guideline_version ?? project?.guideline_version ?? null;
  useGuideline(id, guidelineVersion);

  const language = document.documentElement.lang;
  const groups = held && editor ? groupsOf(editor, held.assignment.seed) : [];
  const asked = groups.flatMap((group) => group.asked);
  const active = activeOf(groups, shown?.active ?? null);
  const missing = held && editor ? missingOf(editor, held.kinds.questions) : [];
  const [isPressed, setPressed] = useState<Id | null>(null);

  const submit = (): void => {
    if (!held || !editor) return;
    // The answers may have changed with the key that submits: they are looked at now, not as they were drawn last.
    const [first] = missingOf(editor, held.kinds.questions);
    if (first) {
      setPressed(held.assignment.task_id);
      setGuideOpen(false);
      goTo(editor, first.asked);
      say(t("{what}: {question}", { what: first.word, question: titleOf(first.asked, language) }));
      return;
    }
    setPressed(null);
    sitting.submit();
  };
  const onPicked = useSteady((): void => {
    if (!editor || !held) return;
    const now = editor.asked();
    if (project?.submit_on_pick && now.length === 1 && missingOf(editor, held.kinds.questions).length === 0) {
      submit();
      return;
    }
    const from = editor.snapshot().active ?? "";
    const order = groupsOf(editor, held.assignment.seed).flatMap((group) => group.asked);
    const next = nextUnanswered(order, from, (key) => editor.answer(key) !== undefined);
    if (next) editor.activate(next.key);
  });
  const canTakeBack = state.takeBack !== null && !shown?.canUndo;
  const desk: Desk = {
    hasTask: held !== undefined,
    canSkip: held !== undefined && !held.isReopened,
    canUndo: (shown?.canUndo ?? false) || canTakeBack,
    canRedo: shown?.canRedo ?? false,
    canProlong: held !== undefined,
    returnedCount: state.returned.length,
    abstentions: active?.question.allow?.length ?? 0,
    hasConfidence:
      (active?.question.confidence ?? "none") !== "none" && shown?.answers.get(active?.key ?? "") !== undefined,
    hasSuggestion: held !== undefined && active !== undefined && suggestedNow(held, active) !== null,
    submit,
    previous: () => void goBack(sitting),
    undo: () => {
      if (editor?.undo()) return;
      if (sitting.takeBack()) say(t("Taken back. Change your answer and submit again."));
    },
    redo: () => void editor?.redo(),
    walk: (step) => {
      const at = asked.findIndex(({ key }) => key === active?.key) + step;
      const to = asked[Math.max(0, Math.min(asked.length - 1, at))];
      if (!editor || !to) return;
      goTo(editor, to);
      say(held ? toldOf(held, to, language) : titleOf(to, language));
    },
    ask: (dialog) => {
      setNoteOn("");
      setOpen(dialog);
    },
    note: () => {
      setNoteOn(selectedAddress(editor, active));
      setOpen("comments");
    },
    guideline: () => setGuideOpen(!isGuideOpen && Boolean(guidelineVersion)),
    isGuideOpen,
    closeGuideline: () => setGuideOpen(false),
    write: () => {
      setGuideOpen(false);
      intoField(active);
    },
    abstain: () => active && editor && abstainNext(editor, active),
    accept: () => {
      const proposal = held && active && suggestedNow(held, active);
      if (held && active && proposal) accept(held, active, proposal, language);
    },
    confide: () => active && editor && confideNext(editor, active),
    prolong: () => void sitting.prolong().then(() => say(t("Held longer.")), told),
    giveBack: () => {
      if (held?.isReopened) void sitting.leaveAsIs();
      else if (held) {
        sitting.giveBack();
        say(t("Given back. The next task is here."));
      }
    },
    enlarge: (step) => prefer({ text_size: sizeAfter(sizeOf(preferences), step) }),
  };
  useCommands(commands, desk);
  useTold(held, state.answered, editor);
  const kind = active && held?.kinds.questions[active.question.kind];
  const isUnderGuide = kind !== undefined && kind.place === "panel" && !kind.onText && !kind.Layer;
  // biome-ignore lint/correctness/useExhaustiveDependencies: nothing is answered unseen; what changes an answer shows it
  useEffect(() => {
    if (isUnderGuide) setGuideOpen(false);
  }, [shown?.answers]);
  useEffect(() => {
    document.title = t("{project} · Evenhand", { project: project?.name ?? "" });
  }, [project?.name]);

  const guide =
    isGuideOpen && guidelineVersion ? (
      <Guide
        project={id}
        version={guidelineVersion}
        anchor={anchorIn(wordsOf(active?.question.help, language))}
        onClose={() => setGuideOpen(false)}
      />
    ) : null;
  return (
    <div className="work" style={readingStyle(preferences)}>
      <a className="skip-link btn" href="#material">
        {t("Skip to the material")}
      </a>
      <TopBar
        project={project}
        state={state}
        post={post}
        goal={goal}
        stage={words}
        isCounted={isCounted}
        guidelineVersion={guidelineVersion}
        isGuidelineOpen={isGuideOpen}
        onGuideline={desk.guideline}
        onProlong={desk.prolong}
        onReturned={() => setOpen("returned")}
      />
      {held === undefined && (
        <Face project={id} state={state} post={post} onRetry={() => void sitting.retry()} none={none} />
      )}
      {state.tasks.slice(0, DRAWN_MAX).map((each, index) => (
        // The task that comes next is drawn already, unseen: showing it takes a frame, whatever it holds.
        <Activity key={each.assignment.task_id} mode={index === 0 ? "visible" : "hidden"}>
          <Task
            held={each}
            onPicked={onPicked}
            isPressed={isPressed === each.assignment.task_id}
            isLowered={isLowered}
            onLower={setLowered}
            aside={index === 0 ? guide : null}
          />
        </Activity>
      ))}
      <BottomBar
        desk={desk}
        state={state}
        left={missing.length}
        isWaiting={post.isOffline && post.waiting.length > 0}
      />
      <LiveRegion />
      {state.taught[0] && open === null && <Learned taught={state.taught[0]} onRead={() => sitting.learned()} />}
      {open === "skip" && held && (
        <ReasonDialog
          title={t("Skip this task")}
          reasons={skipReasons()}
          verb={t("Skip")}
          noteHint={t("It is not dealt to you again. The project's people read the reason.")}
          other={{
            word: t("Give it back instead"),
            run: () => {
              setOpen(null);
              desk.giveBack();
            },
          }}
          onClose={() => setOpen(null)}
          onDone={(reason, note) => {
            setOpen(null);
            sitting.skip(reason, note);
            say(t("Skipped. The next task is here."));
          }}
        />
      )}
      {open === "report" && held && (
        <ReasonDialog
          title={t("Report a problem")}
          reasons={reportReasons()}
          verb={t("Report")}
          noteHint={t("The task stays yours: answer it, or skip it.")}
          onClose={() => setOpen(null)}
          onDone={(reason, note) => {
            setOpen(null);
            void report(id, held.assignment.task_id, reason, note);
          }}
        />
      )}
      {open === "comments" && held && (
        <Comments
          project={id}
          task={held.assignment.task_id}
          on={noteOn}
          onWord={noteOn}
          onClose={() => setOpen(null)}
        />
      )}
      {open === "returned" && (
        <Returned
          returned={state.returned}
          onTake={(at) => {
            setOpen(null);
            sitting.takeReturned(at);
          }}
          onDrop={(at) => {
            sitting.dropReturned(at);
            if (state.returned.length < 2) setOpen(null);
          }}
          onClose={() => setOpen(null)}
        />
      )}
    </div>
  );
}

/** The one on the screen, and the next. */
const DRAWN_MAX = 2;

const nothing = (): (() => void) => () => undefined;
const noState = (): null => null;

/** Says which task is on the screen, once each. */
function useTold(held: Held | undefined, answered: number, editor: Editor | null): void {
  const last = useRef<Held | undefined>(undefined);
  useEffect(() => {
    if (!held || held === last.current) return;
    last.current = held;
    const [first] = editor?.asked() ?? [];
    const question = first ? toldOf(held, first, document.documentElement.lang) : "";
    say(t("Task {number}. {question}", { number: answered + 1, question }));
  }, [held, answered, editor]);
}

/** What a model suggests besides what stands; by its key it becomes the answer. */
function suggestedNow({ editor, kinds }: Held, asked: Asked): Proposal | null {
  const answer = editor.answer(asked.key);
  const next = nextProposal(proposalsFor(editor, asked, kinds.questions[asked.question.kind]), answer);
  return next && !isAccepted(next, answer) ? next : null;
}

/** A question as it is said aloud: its title, and who suggests an answer. */
function toldOf(held: Held, asked: Asked, language: string): string {
  const proposal = suggestedNow(held, asked);
  const title = titleOf(asked, language);
  return proposal ? t("{question} {whose} an answer.", { question: title, whose: whose(proposal.from) }) : title;
}

function titleOf({ question }: Asked, language: string): string {
  return wordsOf(question.text, language, question.name);
}

async function goBack(sitting: Sitting): Promise<void> {
  try {
    const isThere = await sitting.previous();
    say(isThere ? t("Your earlier answer is open again.") : t("There is no earlier answer that can be opened."));
    if (!isThere) toast(t("There is no earlier answer that can be opened."));
  } catch (problem) {
    told(problem);
  }
}
