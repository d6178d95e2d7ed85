/** The start of the bar under a task that is judged: undo, comments, reports, and what just happened to it. */
import { IconArrowBackUp, IconArrowForwardUp, IconFlag, IconMessage2 } from "@tabler/icons-react";
import { chordFor } from "../../commands/scopes";
import { t } from "../../i18n";
import { IconButton } from "../../kit/IconButton";
import { Sign, shortId } from "./BottomBar";
import type { Bench } from "./bench";
import * as shared from "./commands";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

export interface BarStart {
  bench: Bench;
  canUndo: boolean;
  canRedo: boolean;
  undo: () => void;
  redo: () => void;
}

export function StageBarStart({ bench, canUndo, canRedo, undo, redo }: BarStart) {
  const { held, state, post } = bench;
  return (
    <>
      <IconButton
        name={t("Undo")}
        chord={chordFor(shared.undo as never)}
        aria-disabled={!canUndo}
        onClick={() => canUndo && undo()}
      >
        <IconArrowBackUp {...ICON} />
      </IconButton>
      <IconButton
        name={t("Redo")}
        chord={chordFor(shared.redo as never)}
        aria-disabled={!canRedo}
        onClick={() => canRedo && redo()}
      >
        <IconArrowForwardUp {...ICON} />
      </IconButton>
      {held && (
        <>
          <IconButton
            name={t("Comments on this task")}
            chord={chordFor(shared.comments as never)}
            onClick={() => bench.setDialog("comments")}
          >
            <IconMessage2 {...ICON} />
          </IconButton>
          <IconButton
            name={t("Report a problem")}
            chord={chordFor(shared.report as never)}
            onClick={() => bench.setDialog("report")}
          >
            <IconFlag {...ICON} />
          </IconButton>
          <span className="sep hide-t" />
          <span className="mono small t3 hide-t" title={held.assignment.task_id}>
            {t("task {id}", { id: shortId(held.assignment.task_id) })}
          </span>
        </>
      )}
      <Sign state={state} isWaiting={post.isOffline && post.waiting.length > 0} />
      <span className="grow" />
    </>
  );
}
