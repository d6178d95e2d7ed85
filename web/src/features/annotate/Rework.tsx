/** Over a task that was sent back: why, what was said, and what to do with it. */
import { t, when } from "../../i18n";
import { Notice } from "../../kit/Notice";
import { wordOfReason } from "./reasons";
import { reworkOf } from "./sent-back";
import type { Held } from "./sitting";

export function Rework({ held }: { held: Held }) {
  const back = reworkOf(held.assignment);
  if (!back) return null;
  const { stage, reason, note, at } = back;
  return (
    <div className="rework">
      <Notice tone="cau">
        <div className="row between g8">
          <span className="b">
            {stage === "review" ? t("A reviewer sent your answer back") : t("An adjudicator sent your answer back")}
            {reason && `: ${wordOfReason(reason)}`}
          </span>
          <span className="small t3 nowrap">{when(at)}</span>
        </div>
        {note && (
          <p className="pre" dir="auto">
            {note}
          </p>
        )}
        <p className="small t2">
          {t("Your answer stands here as you gave it. Change it and submit, or submit it as it is.")}
        </p>
      </Notice>
    </div>
  );
}
