/** The bar under a task, the same on every kind: back and undo at its start, what is left and what to do at its end. */
import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconArrowForwardUp,
  IconArrowLeft,
  IconCheck,
  IconDeviceLaptop,
  IconFlag,
  IconMessage2,
} from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { chordFor } from "../../commands/scopes";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { IconButton } from "../../kit/IconButton";
import type { Desk } from "./commands";
import * as acts from "./commands";
import type { DraftState } from "./drafts";
import type { SittingState } from "./sitting";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;
const SMALL = { ...ICON, size: 14 } as const;

interface BottomBarProps {
  desk: Desk;
  state: SittingState;
  left: number;
  /** Answers wait on this device for the server. */
  isWaiting: boolean;
}

export function BottomBar({ desk, state, left, isWaiting }: BottomBarProps) {
  const [held] = state.tasks;
  const isReopened = held?.isReopened ?? false;
  return (
    <footer className="wbot">
      <Button
        size="s"
        look="quiet"
        icon={<IconArrowLeft {...SMALL} />}
        chord={chordFor(acts.previous as never)}
        isBusy={state.isBusy}
        onClick={desk.previous}
      >
        {t("Previous")}
      </Button>
      <IconButton
        name={t("Undo")}
        chord={chordFor(acts.undo as never)}
        aria-disabled={!desk.canUndo}
        onClick={() => desk.canUndo && desk.undo()}
      >
        <IconArrowBackUp {...ICON} />
      </IconButton>
      <IconButton
        name={t("Redo")}
        chord={chordFor(acts.redo as never)}
        aria-disabled={!desk.canRedo}
        onClick={() => desk.canRedo && desk.redo()}
      >
        <IconArrowForwardUp {...ICON} />
      </IconButton>
      {held && (
        <>
          <IconButton
            name={t("Comments on this task")}
            chord={chordFor(acts.comments as never)}
            onClick={() => desk.ask("comments")}
          >
            <IconMessage2 {...ICON} />
          </IconButton>
          <span className="sep hide-t" />
          <span className="mono small t3 hide-t" title={held.assignment.task_id}>
            {t("task {id}", { id: shortId(held.assignment.task_id) })}
          </span>
        </>
      )}
      <Sign state={state} isWaiting={isWaiting} />
      <span className="grow" />
      {held && (
        <>
          <span className="small t2 hide-p" style={{ marginInlineEnd: 8 }}>
            {left > 0 ? t("{count, plural, one {# answer left} other {# answers left}}", { count: left }) : ""}
          </span>
          <Button
            look="quiet"
            icon={<IconFlag {...ICON} />}
            chord={chordFor(acts.report as never)}
            onClick={() => desk.ask("report")}
          >
            {t("Report")}
          </Button>
          {isReopened ? (
            <Button chord={chordFor(acts.giveBack as never)} onClick={desk.giveBack}>
              {t("Leave as it was")}
            </Button>
          ) : (
            <Button chord={chordFor(acts.skip as never)} onClick={() => desk.ask("skip")}>
              {t("Skip")}
            </Button>
          )}
          <Button look="primary" chord={chordFor(acts.submit as never)} onClick={desk.submit}>
            {isReopened ? t("Submit again") : t("Submit")}
          </Button>
        </>
      )}
    </footer>
  );
}

/** The end of an id, where the random digits are: enough to name a task over the phone. */
export function shortId(id: string): string {
  const tail = id.replaceAll("-", "").slice(-6).toUpperCase();
  return `${tail.slice(0, 4)}-${tail.slice(4)}`;
}

/** One place for what just happened to the work: sent and still to be taken back, or how safe the draft is. */
interface SignProps {
  state: SittingState;
  isWaiting: boolean;
}

/** Whether a moment is still to come. */
export function useNotYet(until: number): boolean {
  const [isOver, setOver] = useState(true);
  useEffect(() => {
    setOver(until <= Date.now());
    const timer = setTimeout(() => setOver(true), Math.max(0, until - Date.now()));
    return () => clearTimeout(timer);
  }, [until]);
  return !isOver;
}

export function Sign({ state, isWaiting }: SignProps) {
  const { takeBack, draft } = state;
  const isNotYet = useNotYet(takeBack?.until ?? 0);
  if (takeBack && isNotYet && draft === "none") {
    return (
      <span className="state hide-p">
        {isWaiting ? <IconDeviceLaptop {...SMALL} /> : <IconCheck {...SMALL} />}
        {isWaiting
          ? t("Kept on this device. {key} takes it back", { key: t("Ctrl Z") })
          : t("Sent. {key} takes it back", { key: t("Ctrl Z") })}
      </span>
    );
  }
  const known = SIGNS[draft];
  if (!known) return null;
  return (
    <span className={`state hide-p ${known.tone}`} style={{ fontWeight: 400 }} title={known.title?.()}>
      {known.icon}
      {known.word()}
    </span>
  );
}

const SIGNS: Partial<
  Record<DraftState, { tone: string; icon: React.ReactNode; word: () => string; title?: () => string }>
> = {
  writing: { tone: "", icon: null, word: () => t("Saving") },
  saved: { tone: "pos", icon: <IconCheck {...SMALL} />, word: () => t("Draft saved") },
  device: {
    tone: "cau",
    icon: <IconDeviceLaptop {...SMALL} />,
    word: () => t("Draft on this device"),
    title: () => t("The server does not have it yet. It survives closing this tab."),
  },
  unkept: {
    tone: "dan",
    icon: <IconAlertTriangle {...SMALL} />,
    word: () => t("Draft not kept"),
    title: () => t("This browser keeps nothing and the server did not answer. Stay on this page."),
  },
};
