/** Queues tasks again that were labeled to the end: for more answers, review or adjudication; the selected, or all that match. */
import { useState } from "react";
import { number, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";

export interface Requeue {
  stage: "label" | "review" | "adjudicate";
  opinions: number;
  /** All that match the filter, not only those that were selected. */
  isAll: boolean;
}

interface RequeueProps {
  count: number;
  /** How many match the filter, before any is moved; undefined until it is known. */
  matching: { count: number; is_capped: boolean } | undefined;
  /** Whether a filter is set, so that more tasks may match than are selected. */
  canAll: boolean;
  isBusy: boolean;
  problem: unknown;
  onClose: () => void;
  onRequeue: (requeue: Requeue) => void;
}

function wordOfMatching(matching: RequeueProps["matching"]): string {
  if (!matching) return t("All that match the filter");
  const count = number(matching.count);
  return matching.is_capped
    ? t("All that match, more than {count}", { count })
    : t("All {count} that match", { count });
}

export function RequeueDialog({ count, matching, canAll, isBusy, problem, onClose, onRequeue }: RequeueProps) {
  const [order, setOrder] = useState<Requeue>({ stage: "review", opinions: 1, isAll: false });
  const hints: Record<Requeue["stage"], string> = {
    label: t("They are dealt to people who have not answered them yet."),
    review: t("A reviewer looks at their answers, again where somebody did before."),
    adjudicate: t("An adjudicator decides between their answers."),
  };
  return (
    <Dialog
      title={t("Queue them again")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" isBusy={isBusy} onClick={() => onRequeue(order)}>
            {order.isAll
              ? t("Requeue all that match")
              : t("{count, plural, one {Requeue # task} other {Requeue # tasks}}", { count })}
          </Button>
        </>
      }
    >
      <div className="field">
        <span className="label">{t("For")}</span>
        <Segmented
          label={t("For")}
          value={order.stage}
          options={[
            ["review", t("Review")],
            ["adjudicate", t("Adjudication")],
            ["label", t("More answers")],
          ]}
          onChange={(stage) => setOrder({ ...order, stage })}
        />
        <span className="small t3">{hints[order.stage]}</span>
      </div>
      {order.stage === "label" && (
        <Field label={t("More answers a task")}>
          <input
            className="input num"
            style={{ width: 84 }}
            type="number"
            min={1}
            max={99}
            value={order.opinions}
            onChange={({ target }) => setOrder({ ...order, opinions: Math.max(1, target.valueAsNumber || 1) })}
          />
        </Field>
      )}
      {canAll && (
        <div className="field">
          <span className="label">{t("Which")}</span>
          <Segmented
            label={t("Which")}
            value={order.isAll ? "all" : "selected"}
            options={[
              ["selected", t("The {count} selected", { count: number(count) })],
              ["all", wordOfMatching(matching)],
            ]}
            onChange={(which) => setOrder({ ...order, isAll: which === "all" })}
          />
        </div>
      )}
      <p className="small t3">
        {t(
          "Only tasks that have all their answers can be queued again; what was decided of them before stays in their history.",
        )}
      </p>
      {problem !== null && problem !== undefined && <ProblemNotice problem={problem} />}
    </Dialog>
  );
}
