/** The bar over a task: where one is, how far the sitting is, how long the task is held, the guidelines. */
import {
  IconArrowBackUpDouble,
  IconBook2,
  IconChevronLeft,
  IconClock,
  IconCloudOff,
  IconEyeOff,
  IconInfoCircle,
  IconKeyboard,
  IconTextSize,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { serverNow } from "../../api/client";
import type { Id, Project } from "../../api/contract";
import { usePreferences, useSession } from "../../api/session";
import { AccountMenu } from "../../app/AccountMenu";
import { useRoot } from "../../app/root-context";
import { chordFor } from "../../commands/scopes";
import { duration, number, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { IconButton } from "../../kit/IconButton";
import { Keys } from "../../kit/Keys";
import { say } from "../../kit/LiveRegion";
import { Mark } from "../../kit/Mark";
import { Menu } from "../../kit/Menu";
import { Segmented } from "../../kit/Segmented";
import { cameBack, guideline, prolong } from "./commands";
import { clockOf, phaseOf } from "./hold";
import type { OutboxState } from "./outbox";
import { paceOf } from "./pace";
import { MEASURES, measureOf, SIZES, sizeOf } from "./reading";
import type { Held, SittingState } from "./sitting";
import { useTick } from "./useSitting";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;
const SMALL = { ...ICON, size: 14 } as const;

interface TopBarProps {
  project: Project | undefined;
  state: SittingState;
  post: OutboxState;
  /** Tasks that this sitting could come to; null while nobody knows. */
  goal: number | null;
  guidelineVersion: number | null;
  isGuidelineOpen: boolean;
  onGuideline: () => void;
  onProlong: () => void;
  onReturned: () => void;
  /** Where tasks are not answered but judged: which stage it is, and until when names are hidden. */
  stage?: { word: string; blind: string };
  /** How answers are made is counted here, and said so. */
  isCounted?: boolean;
}

export function TopBar(props: TopBarProps) {
  const { project, state, post, goal, guidelineVersion } = props;
  const session = useSession();
  const { showSheet } = useRoot();
  const [held] = state.tasks;
  return (
    <header className="wtop">
      <Where project={project} word={props.stage?.word} />
      <Waiting post={post} />
      {state.returned.length > 0 && (
        <button type="button" className="btn s danger" onClick={props.onReturned}>
          <IconArrowBackUpDouble {...SMALL} />
          {t("{count, plural, one {# answer came back} other {# answers came back}}", { count: state.returned.length })}
          {!props.stage && <Keys chord={chordFor(cameBack as never)} />}
        </button>
      )}
      <Progress state={state} goal={goal} />
      {props.stage && (
        <>
          <span className="sep hide-m" />
          <span className="row g6 small t2 hide-m">
            <IconEyeOff {...SMALL} />
            {props.stage.blind}
          </span>
        </>
      )}
      {held && (
        <>
          <span className="sep hide-t" />
          <HoldTimer key={held.assignment.task_id} held={held} onProlong={props.onProlong} />
        </>
      )}
      <span className="sep hide-t" />
      {guidelineVersion ? (
        <Button
          size="s"
          look="quiet"
          icon={<IconBook2 {...ICON} />}
          chord={chordFor(guideline as never)}
          aria-pressed={props.isGuidelineOpen}
          onClick={props.onGuideline}
        >
          {t("Guidelines v{version}", { version: guidelineVersion })}
        </Button>
      ) : (
        project && <span className="small t3 hide-m">{t("No guidelines yet")}</span>
      )}
      {props.isCounted && <Counted />}
      <ReadingMenu />
      <IconButton name={t("Keyboard map")} chord="?" onClick={showSheet} className="hide-p">
        <IconKeyboard {...ICON} />
      </IconButton>
      <AccountMenu session={session} />
    </header>
  );
}

/** Where one is, and the way back. */
export function Where({ project, word }: { project: Project | undefined; word?: string }) {
  const chip = word ?? (project?.preset && presetWord(project.preset));
  return (
    <div className="where">
      <Link className="btn quiet icon s" to="/" aria-label={t("Back to my work")} title={t("Back to my work")}>
        <IconChevronLeft {...ICON} size={18} />
      </Link>
      <span className="brand hide-p">
        <Mark />
      </span>
      <span className="sep hide-p" />
      <h1 className="cut" title={project?.name}>
        {project?.name ?? "\u00a0"}
      </h1>
      {chip && <span className="chip flat hide-t">{chip}</span>}
    </div>
  );
}

function presetWord(preset: string): string {
  return preset.replace(/\/\d+$/, "").replaceAll("-", " ");
}

/** Amber while answers wait here; nothing while all is well. */
function Waiting({ post: { waiting, isOffline } }: { post: OutboxState }) {
  if (!isOffline || waiting.length === 0) return null;
  return (
    <span className="state cau" title={t("They are sent when the server answers again. You can close this tab.")}>
      <IconCloudOff {...SMALL} />
      {t("{count, plural, one {# answer waits on this device} other {# answers wait on this device}}", {
        count: waiting.length,
      })}
    </span>
  );
}

/** Sittings of thousands have no end in sight: only what was done is said then. */
const GOAL_MAX = 200;

function Progress({ state, goal }: { state: SittingState; goal: number | null }) {
  const { answered, pace } = state;
  const isNear = goal !== null && goal > 0 && goal <= GOAL_MAX;
  const usual = paceOf(pace);
  const title = usual ? t("About {time} a task in this sitting", { time: duration(usual) }) : undefined;
  return (
    <span className="row g8 small t2 hide-t" title={title}>
      <span className="num">
        <span className="bb" style={{ color: "var(--ev-text)" }}>
          {number(answered)}
        </span>{" "}
        {isNear ? t("of {goal} this sitting", { goal: number(goal) }) : t("this sitting")}
      </span>
      {isNear && (
        <span className="bar hide-m" style={{ width: 96 }}>
          <span style={{ width: `${(answered / goal) * 100}%` }} />
        </span>
      )}
      {usual !== null && <span className="num t3 hide-m">{t("{time} each", { time: duration(usual) })}</span>}
    </span>
  );
}

function HoldTimer({ held, onProlong }: { held: Held; onProlong: () => void }) {
  useTick();
  const left = held.holdUntil - serverNow();
  const phase = phaseOf(left);
  useEffect(() => {
    if (phase === "ending") say(t("The hold on this task ends in two minutes. Shift P holds it longer."));
    if (phase === "over") say(t("The hold on this task has ended. Your draft is kept."));
  }, [phase]);
  if (phase === "held") {
    return (
      <span
        className="row g6 small t2 num hide-t"
        title={t("The task is held for you so long. Your draft is kept in any case.")}
      >
        <IconClock {...SMALL} />
        {t("held {time}", { time: clockOf(left) })}
      </span>
    );
  }
  if (phase === "ending") {
    return (
      <Button size="s" onClick={onProlong} icon={<IconClock {...SMALL} />} chord={chordFor(prolong as never)}>
        <span className="cau num">{t("Hold it longer, {time} left", { time: clockOf(left) })}</span>
      </Button>
    );
  }
  return (
    <span className="state cau" title={t("Submit: the answer counts unless somebody took the task meanwhile.")}>
      <IconClock {...SMALL} />
      {t("Hold ended, submit still counts")}
    </span>
  );
}

/** What is counted while one answers, in plain words, where it is counted. */
function Counted() {
  return (
    <Menu
      label={t("What is counted while you answer")}
      className="btn icon s quiet"
      button={<IconInfoCircle {...ICON} />}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: a text; clicks inside do not close it */}
      <div className="counted small p16" onClick={(event) => event.stopPropagation()}>
        <p className="b">{t("What is counted while you answer")}</p>
        <ul>
          <li>{t("How often you paste into an answer, and how many characters.")}</li>
          <li>{t("How many characters you type, and how often you change an answer.")}</li>
          <li>{t("How often you leave this window, and for how long.")}</li>
          <li>{t("How long you work on the task.")}</li>
        </ul>
        <p>
          {t(
            "Only these numbers are sent, with your answer. Never what you paste or type, no keys, no screen, nor where else you go.",
          )}
        </p>
        <p className="t2">{t("People who lead the project see sums. Nothing is decided from them automatically.")}</p>
      </div>
    </Menu>
  );
}

function ReadingMenu() {
  const { preferences, prefer } = usePreferences();
  const words = [t("short lines"), t("usual lines"), t("long lines")];
  return (
    <Menu label={t("Text size and length of lines")} className="btn icon s quiet" button={<IconTextSize {...ICON} />}>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: clicks inside do not close the menu; keys act on the buttons */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: only keeps the menu open */}
      <div className="col g8 p12" onClick={(event) => event.stopPropagation()}>
        <span className="over">{t("Size of the text")}</span>
        <Segmented
          label={t("Size of the text")}
          value={String(sizeOf(preferences))}
          options={SIZES.map((size) => [String(size), number(size)] as const)}
          onChange={(size) => prefer({ text_size: Number(size) })}
        />
        <span className="over">{t("Length of the lines")}</span>
        <Segmented
          label={t("Length of the lines")}
          value={String(measureOf(preferences))}
          options={MEASURES.map((measure, index) => [String(measure), words[index] ?? ""] as const)}
          onChange={(measure) => prefer({ layout: { ...preferences.layout, measure: Number(measure) } })}
        />
      </div>
    </Menu>
  );
}

/** Where guidelines are shown for a project; the same version is asked for once. */
export function guidelineKey(project: Id, version: number): [string, Id, number] {
  return ["guideline", project, version];
}
