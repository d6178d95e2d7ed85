/** Answers that the server did not take: why, what was written, and the way back to each. */
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { shortId } from "./BottomBar";
import type { SittingState } from "./sitting";

interface ReturnedProps {
  returned: SittingState["returned"];
  onTake: (at: number) => void;
  onDrop: (at: number) => void;
  onClose: () => void;
}

/** Refusals after which the same answer can be mended and sent again. */
const MENDABLE = new Set(["answer-refused"]);

export function Returned({ returned, onTake, onDrop, onClose }: ReturnedProps) {
  return (
    <Dialog title={t("Answers that came back")} onClose={onClose}>
      <ul className="col g16">
        {returned.map(({ held, problem }, index) => (
          <li key={held.assignment.task_id} className="col g6">
            <div className="row g8">
              <span className="mono small t3">{t("task {id}", { id: shortId(held.assignment.task_id) })}</span>
              <span className="mono small t3 push">{problem.code}</span>
            </div>
            <div className="b">{problem.hint ?? problem.message}</div>
            <div className="t2">{problem.hint ? problem.message : ""}</div>
            <div className="row g8">
              <Button size="s" look="primary" onClick={() => onTake(index)}>
                {MENDABLE.has(problem.code) ? t("Mend it") : t("See what you wrote")}
              </Button>
              <Button size="s" onClick={() => onDrop(index)}>
                {t("Let it go")}
              </Button>
            </div>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
