/** The bar under an adjudication: undo at its start, what is still open and what to do at its end. */
import { IconCornerUpLeft, IconPlus } from "@tabler/icons-react";
import { chordFor } from "../../commands/scopes";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { type BarStart, StageBarStart } from "../annotate/StageBarStart";
import type { AdjudicationDesk } from "./commands";
import * as acts from "./commands";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

interface BarProps extends BarStart {
  desk: AdjudicationDesk;
  /** What is still to be decided. */
  word: string;
}

export function AdjudicateBar({ desk, word, ...start }: BarProps) {
  return (
    <footer className="wbot">
      <StageBarStart {...start} />
      {desk.hasTask && (
        <>
          <span className="small t2 hide-p cut" style={{ marginInlineEnd: 8, maxWidth: 220 }}>
            {word}
          </span>
          <Button look="quiet" icon={<IconPlus {...ICON} />} chord={chordFor(acts.more as never)} onClick={desk.more}>
            {t("One more answer")}
          </Button>
          <Button
            icon={<IconCornerUpLeft {...ICON} />}
            chord={chordFor(acts.sendBack as never)}
            onClick={desk.sendBack}
          >
            {t("Send back")}
          </Button>
          <Button look="primary" chord={chordFor(acts.decide as never)} onClick={desk.decide}>
            {t("Decide")}
          </Button>
        </>
      )}
    </footer>
  );
}
