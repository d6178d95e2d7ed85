/**
 * What judging a task shares with answering it: the bars, the guidelines, comments and reports, the faces, and the keys for all of
 * them. A review and an adjudication put what they are about in the middle.
 */
import { Activity, type ReactNode, useEffect, useRef, useState } from "react";
import type { Id, Stage } from "../../api/contract";
import { usePreferences } from "../../api/session";
import { useCommands } from "../../commands/scopes";
import { t } from "../../i18n";
import { LiveRegion, say } from "../../kit/LiveRegion";
import { useNotYet } from "./BottomBar";
import { Comments } from "./Comments";
import type { Desk } from "./commands";
import * as acts from "./commands";
import { Face } from "./Faces";
import { anchorIn, Guide, useGuideline } from "./Guide";
import { ReasonDialog, reportReasons } from "./ReasonDialog";
import { Returned } from "./Returned";
import { readingStyle, sizeAfter, sizeOf } from "./reading";
import type { Seat } from "./seat";
import type { Held, Prepare } from "./sitting";
import { TopBar } from "./TopBar";
import { report, told } from "./telling";
import { useProject, useStageGoal } from "./useProject";
import { useSitting } from "./useSitting";
import "./workspace.css";

const SHARED = [
  acts.undo,
  acts.redo,
  acts.report,
  acts.nextQuestion,
  acts.previousQuestion,
  acts.write,
  acts.confidence,
  acts.guideline,
  acts.closeGuideline,
  acts.comments,
  acts.prolong,
  acts.giveBack,
  acts.enlarge,
];

/** What only the stage itself can do of it. */
type Own = Pick<Desk, "canUndo" | "canRedo" | "undo" | "redo" | "walk" | "write" | "hasConfidence" | "confide">;

export function useBench(project: Id, seat: Seat, stage: Stage, prepare?: (project: Id) => Prepare) {
  const { sitting, state, post } = useSitting(project, seat, { stage, prepare });
  const facts = useProject(project);
  const goal = useStageGoal(project, stage, state.answered);
  const { preferences, prefer } = usePreferences();
  const [dialog, setDialog] = useState<"report" | "comments" | "returned" | null>(null);
  const [isGuideOpen, setGuideOpen] = useState(false);
  const [isLowered, setLowered] = useState(false);
  const [held] = state.tasks;
  const guidelineVersion = held?.assignment.guideline_version ?? facts?.guideline_version ?? null;
  useGuideline(project, guidelineVersion);
  const canTakeBack = useNotYet(state.takeBack?.until ?? 0) && state.takeBack !== null && !state.isBusy;
  const shared = {
    hasTask: held !== undefined,
    canProlong: held !== undefined,
    isGuideOpen,
    ask: (which: "report" | "comments" | "skip" | "returned") => {
      if (which !== "skip") setDialog(which);
    },
    guideline: () => setGuideOpen(!isGuideOpen && Boolean(guidelineVersion)),
    closeGuideline: () => setGuideOpen(false),
    prolong: () => void sitting.prolong().then(() => say(t("Held longer.")), told),
    giveBack: () => {
      sitting.giveBack();
      say(t("Given back. The next task is here."));
    },
    enlarge: (step: 1 | -1) => prefer({ text_size: sizeAfter(sizeOf(preferences), step) }),
  };
  return {
    ...{ project, stage, sitting, state, post, facts, goal, held, dialog, setDialog, shared, preferences },
    ...{ guidelineVersion, isGuideOpen, setGuideOpen, isLowered, setLowered },
    /** The last verdict is of just now. */
    canTakeBack,
    /** Has it back on the screen, where nothing followed from it; then `after` goes on with it. */
    unsay: (after: () => void): void => {
      void sitting.unsay().then((isBack) => isBack && after(), told);
    },
  };
}
export type Bench = ReturnType<typeof useBench>;

interface FrameProps {
  bench: Bench;
  own: Own;
  words: { stage: string; blind: string; none: string };
  /** The anchor of the guideline that the active question names. */
  help: string;
  task: (held: Held, aside: ReactNode) => ReactNode;
  bar: ReactNode;
  children?: ReactNode;
}

/** The one on the screen, and the next, drawn unseen. */
const DRAWN_MAX = 2;

export function Frame({ bench, own, words, help, task, bar, children }: FrameProps) {
  const { project, state, post, facts, held, dialog, setDialog, shared, isGuideOpen, guidelineVersion } = bench;
  useCommands(SHARED as never[], { ...shared, ...own } as Partial<Desk>);
  useTold(held, state.answered);
  useEffect(() => {
    document.title = t("{project} · Evenhand", { project: facts?.name ?? "" });
  }, [facts?.name]);
  const guide =
    isGuideOpen && guidelineVersion ? (
      <Guide project={project} version={guidelineVersion} anchor={anchorIn(help)} onClose={shared.closeGuideline} />
    ) : null;
  return (
    <div className="work" style={readingStyle(bench.preferences)}>
      <a className="skip-link btn" href="#material">
        {t("Skip to the material")}
      </a>
      <TopBar
        project={facts}
        state={state}
        post={post}
        goal={bench.goal}
        guidelineVersion={guidelineVersion}
        isGuidelineOpen={isGuideOpen}
        onGuideline={shared.guideline}
        onProlong={shared.prolong}
        onReturned={() => setDialog("returned")}
        stage={{ word: words.stage, blind: words.blind }}
      />
      {held === undefined && (
        <Face
          project={project}
          state={state}
          post={post}
          none={words.none}
          onRetry={() => void bench.sitting.retry()}
        />
      )}
      {state.tasks.slice(0, DRAWN_MAX).map((each, index) => (
        <Activity key={each.assignment.task_id} mode={index === 0 ? "visible" : "hidden"}>
          {task(each, index === 0 ? guide : null)}
        </Activity>
      ))}
      {bar}
      <LiveRegion />
      {dialog === "report" && held && (
        <ReasonDialog
          title={t("Report a problem")}
          reasons={reportReasons()}
          verb={t("Report")}
          noteHint={t("The task stays yours: judge it, or give it back.")}
          onClose={() => setDialog(null)}
          onDone={(reason, note) => {
            setDialog(null);
            void report(project, held.assignment.task_id, reason, note);
          }}
        />
      )}
      {dialog === "comments" && held && (
        <Comments project={project} task={held.assignment.task_id} on="" onWord="" onClose={() => setDialog(null)} />
      )}
      {dialog === "returned" && (
        <Returned
          returned={state.returned}
          onTake={(at) => {
            setDialog(null);
            bench.sitting.takeReturned(at);
          }}
          onDrop={(at) => {
            bench.sitting.dropReturned(at);
            if (state.returned.length < 2) setDialog(null);
          }}
          onClose={() => setDialog(null)}
        />
      )}
      {children}
    </div>
  );
}

/** Says which task is on the screen, once each. */
function useTold(held: Held | undefined, answered: number): void {
  const last = useRef<Held | undefined>(undefined);
  useEffect(() => {
    if (!held || held === last.current) return;
    last.current = held;
    const count = held.assignment.answers?.length ?? 0;
    say(t("Task {number}. {count, plural, one {# answer} other {# answers}}.", { number: answered + 1, count }));
  }, [held, answered]);
}
