/** Where an annotator lives: the material, the questions beside it, and every act one key away. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { type ReactNode, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { call } from "../../api/client";
import type { Id, Project } from "../../api/contract";
import { usePreferences } from "../../api/session";
import { useCommands } from "../../commands/scopes";
import type { Asked, Editor } from "../../editor/store";
import { wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import type { Given } from "../../kinds/kind";
import { shownOptions } from "../../kinds/parts/options";
import { LiveRegion, say } from "../../kit/LiveRegion";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { toast } from "../../kit/Toasts";
import { BottomBar } from "./BottomBar";
import { Comments } from "./Comments";
import { commands, type Desk } from "./commands";
import { Face } from "./Faces";
import { anchorIn, Guide, useGuideline } from "./Guide";
import { type Group, groupsOf, placeOf } from "./groups";
import { missingOf } from "./missing";
import { Panel } from "./Panel";
import { nextUnanswered, SURENESS } from "./QuestionBlock";
import { ReasonDialog, reportReasons, skipReasons } from "./ReasonDialog";
import { Returned } from "./Returned";
import { readingStyle, sizeAfter, sizeOf } from "./reading";
import { Stage, type View } from "./Stage";
import type { Held, Sitting } from "./sitting";
import { TopBar } from "./TopBar";
import { useSitting } from "./useSitting";
import { wrongBy } from "./wrong";
import "./workspace.css";

type Open = "skip" | "report" | "comments" | "returned" | null;

export default function Workspace() {
  const { project } = useParams({ strict: false }) as { project: Id };
  return <Working project={project} key={project} />;
}

function Working({ project: id }: { project: Id }) {
  const { sitting, state, post } = useSitting(id);
  const { preferences, prefer } = usePreferences();
  const [open, setOpen] = useState<Open>(null);
  const [noteOn, setNoteOn] = useState("");
  const [isGuideOpen, setGuideOpen] = useState(false);
  const [isLowered, setLowered] = useState(false);
  const [held] = state.tasks;
  const editor = held?.editor ?? null;
  const shown = useSyncExternalStore(editor?.subscribe ?? nothing, editor?.snapshot ?? none);
  const project = useProject(id);
  const goal = useGoal(id, state.answered);
  const guidelineVersion = held?.assignment.guideline_version ?? project?.guideline_version ?? null;
  useGuideline(id, guidelineVersion);

  const language = document.documentElement.lang;
  const groups = held && editor ? groupsOf(editor, held.assignment.seed) : [];
  const asked = groups.flatMap((group) => group.asked);
  const active = asked.find(({ key }) => key === shown?.active) ?? asked[0];
  const missing = held && editor ? missingOf(editor, held.kinds.questions) : [];
  const [isPressed, setPressed] = useState<Id | null>(null);

  const submit = (): void => {
    if (!held || !editor) return;
    // The answers may have changed with the key that submits: they are looked at now, not as they were drawn last.
    const [first] = missingOf(editor, held.kinds.questions);
    if (first) {
      setPressed(held.assignment.task_id);
      goTo(editor, first.asked);
      say(t("{question}: {what}", { question: titleOf(first.asked, language), what: first.word }));
      return;
    }
    setPressed(null);
    sitting.submit();
  };
  const onPicked = (): void => {
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
  };
  const canTakeBack = state.takeBack !== null && !shown?.canUndo;
  const desk: Desk = {
    hasTask: held !== undefined,
    canUndo: (shown?.canUndo ?? false) || canTakeBack,
    canRedo: shown?.canRedo ?? false,
    canProlong: held !== undefined,
    returnedCount: state.returned.length,
    abstentions: active?.question.allow?.length ?? 0,
    hasConfidence:
      (active?.question.confidence ?? "none") !== "none" && shown?.answers.get(active?.key ?? "") !== undefined,
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
      say(titleOf(to, language));
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
    write: () => intoField(active),
    abstain: () => active && editor && abstainNext(editor, active),
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
  useEffect(() => {
    document.title = t("{project} · Evenhand", { project: project?.name ?? "" });
  }, [project?.name]);

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
        guidelineVersion={guidelineVersion}
        isGuidelineOpen={isGuideOpen}
        onGuideline={desk.guideline}
        onProlong={desk.prolong}
        onReturned={() => setOpen("returned")}
      />
      {held && editor && shown ? (
        <Task
          key={held.assignment.task_id}
          held={held}
          groups={groups}
          isPressed={isPressed === held.assignment.task_id}
          view={{ editor, state: shown, language, seed: held.assignment.seed, onPicked, kinds: held.kinds, active }}
          isLowered={isLowered}
          onLower={setLowered}
          aside={
            isGuideOpen && guidelineVersion ? (
              <Guide
                project={id}
                version={guidelineVersion}
                anchor={anchorIn(wordsOf(active?.question.help, language))}
                onClose={() => setGuideOpen(false)}
              />
            ) : null
          }
        />
      ) : (
        <Face project={id} state={state} post={post} onRetry={() => void sitting.retry()} />
      )}
      <BottomBar desk={desk} state={state} left={missing.length} />
      <LiveRegion />
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

interface TaskProps {
  held: Held;
  view: View;
  groups: Group[];
  isPressed: boolean;
  isLowered: boolean;
  onLower: (isLowered: boolean) => void;
  aside: ReactNode;
}

function Task({ held, view, groups, isPressed, isLowered, onLower, aside }: TaskProps) {
  const { editor, state, kinds, active, seed, language, onPicked } = view;
  const kind = active && kinds.questions[active.question.kind];
  useCommands(
    (kind?.commands ?? NO_COMMANDS) as never[],
    {
      asked: active,
      editor,
      state,
      language,
      seed,
      onPicked,
      options: active ? shownOptions(active, seed) : [],
    } as Given,
  );
  const foot = groups.filter((group) => placeOf(kinds.questions, group) === "foot");
  const beside = groups.filter((group) => placeOf(kinds.questions, group) === "panel");
  const refused = useMemo(() => wrongBy(held), [held]);
  const wrong = (key: string): string[] => {
    const own = isPressed ? missingOf(editor, kinds.questions).filter(({ asked }) => asked.key === key) : [];
    return [...own.map(({ word }) => word), ...(refused.get(key) ?? [])];
  };
  const hasAside = beside.length > 0 || aside !== null;
  const classes = ["wmid", hasAside && "panelled", isLowered && "lowered"].filter(Boolean).join(" ");
  return (
    <div className={classes}>
      <Stage
        view={view}
        foot={foot}
        wrong={wrong}
        notice={held.problem && !refused.size ? <ProblemNotice problem={held.problem} /> : null}
      />
      {beside.length > 0 && <Panel groups={beside} view={view} wrong={wrong} isLowered={isLowered} onLower={onLower} />}
      {aside}
    </div>
  );
}

const NO_COMMANDS: never[] = [];
const nothing = (): (() => void) => () => undefined;
const none = (): null => null;

function useProject(id: Id): Project | undefined {
  const { data } = useQuery({
    queryKey: ["project", id],
    queryFn: () => call("GET /projects/{project}", { path: { project: id } }),
  });
  return data;
}

/** How many tasks this sitting could come to: those answered in it when the server was asked last, and those still open. */
function useGoal(id: Id, answered: number): number | null {
  const { data } = useQuery({ queryKey: ["work"], queryFn: () => call("GET /work"), refetchInterval: 60_000 });
  const asked = useRef({ data, answered });
  if (asked.current.data !== data) asked.current = { data, answered };
  const open = data?.items.find(({ project }) => project.id === id)?.open;
  return open === undefined ? null : Math.max(asked.current.answered + open, answered);
}

/** Says which task is on the screen, once each. */
function useTold(held: Held | undefined, answered: number, editor: Editor | null): void {
  const last = useRef<Held | undefined>(undefined);
  useEffect(() => {
    if (!held || held === last.current) return;
    last.current = held;
    const [first] = editor?.asked() ?? [];
    const question = first ? titleOf(first, document.documentElement.lang) : "";
    say(t("Task {number}. {question}", { number: answered + 1, question }));
  }, [held, answered, editor]);
}

function titleOf({ question }: Asked, language: string): string {
  return wordsOf(question.text, language, question.name);
}

/** Makes a question the active one, and leads the eye to it. */
function goTo(editor: Editor, asked: Asked): void {
  blur();
  editor.activate(asked.key);
}

function blur(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

/** The caret into the text field of the active question, or into the first there is. */
function intoField(active: Asked | undefined): void {
  const within = active ? `[data-asked="${CSS.escape(active.key)}"] ` : "";
  const field =
    document.querySelector<HTMLElement>(`${within}[data-answer-field]`) ??
    document.querySelector<HTMLElement>("[data-answer-field]");
  field?.focus();
}

/** What a note is about: the selected mark, the part that is asked about, or the task. */
function selectedAddress(editor: Editor | null, active: Asked | undefined): string {
  const selected = editor?.snapshot().selected;
  if (selected) return `${selected.key.split(" ")[0]}:${selected.region}`;
  return active?.part.address ?? "";
}

function abstainNext(editor: Editor, asked: Asked): void {
  const allowed = asked.question.allow ?? [];
  const now = editor.answer(asked.key)?.abstained;
  editor.abstain(asked, allowed[now ? allowed.indexOf(now) + 1 : 0] ?? null);
}

/** From not said through the steps, and around. */
function confideNext(editor: Editor, asked: Asked): void {
  const at = (SURENESS as readonly (number | undefined)[]).indexOf(editor.answer(asked.key)?.confidence);
  editor.remark(asked, { confidence: SURENESS[at + 1] });
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

function told(problem: unknown): void {
  toast(problem instanceof Error ? problem.message : String(problem));
}

async function report(project: Id, task: Id, reason: string, note: string): Promise<void> {
  try {
    await call("POST /projects/{project}/tasks/{task}/reports", { path: { project, task }, body: { reason, note } });
    toast(t("Reported. The task is still yours."));
  } catch (problem) {
    told(problem);
  }
}
