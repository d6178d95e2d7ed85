/** The bar under a task in review: undo at its start, the three verdicts at its end. */
import { IconCheck, IconCornerUpLeft, IconPencil } from "@tabler/icons-react";
import { chordFor } from "../../commands/scopes";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { type BarStart, StageBarStart } from "../annotate/StageBarStart";
import type { ReviewDesk } from "./commands";
import * as acts from "./commands";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

interface BarProps extends BarStart {
  desk: ReviewDesk;
  /** How far one is. */
  word: string;
  verb: string;
}

export function ReviewBar({ desk, word, verb, ...start }: BarProps) {
  const { isFixing, hasTask } = desk;
  return (
    <footer className="wbot">
      <StageBarStart {...start} />
      {hasTask && (
        <>
          <span className="small t2 hide-p" style={{ marginInlineEnd: 8 }}>
            {word}
          </span>
          {!isFixing && (
            <Button
              icon={<IconCornerUpLeft {...ICON} />}
              chord={chordFor(acts.sendBack as never)}
              aria-disabled={!desk.canSendBack}
              title={desk.canSendBack ? undefined : t("What is fixed is done, so nothing of it can be sent back")}
              onClick={() => desk.canSendBack && desk.sendBack()}
            >
              {t("Send back")}
            </Button>
          )}
          <Button
            icon={<IconPencil {...ICON} />}
            chord={chordFor(acts.fix as never)}
            aria-disabled={!desk.canFix}
            title={desk.canFix ? undefined : t("An answer is sent back, so nothing of the task can be fixed")}
            onClick={() => desk.canFix && desk.fix()}
          >
            {isFixing ? t("Leave as it was") : t("Fix")}
          </Button>
          <Button
            look="primary"
            icon={<IconCheck {...ICON} />}
            chord={chordFor(acts.accept as never)}
            onClick={desk.accept}
          >
            {verb}
          </Button>
        </>
      )}
    </footer>
  );
}
