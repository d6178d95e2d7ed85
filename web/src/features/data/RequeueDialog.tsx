/**
 * Queues tasks again that were labeled to the end: for more answers, review or adjudication; the selected, or all that match the
 * table's filter, narrowed here by what their labels say.
 */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import { number, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { FilterValue, wordOfField } from "./FilterValue";
import { OF_LABELS, type TableSearch, wantedOf } from "./filters";

export interface Requeue {
  stage: "label" | "review" | "adjudicate";
  opinions: number;
  /** All that match this filter; null: those that were selected. */
  filter: ReturnType<typeof wantedOf>;
}

interface RequeueProps {
  project: string;
  count: number;
  /** What the table is narrowed to. */
  search: TableSearch;
  isBusy: boolean;
  problem: unknown;
  onClose: () => void;
  onRequeue: (requeue: Requeue) => void;
}

function wordOfMatching(matching: { count: number; is_capped: boolean } | undefined): string {
  if (!matching) return t("All that match the filter");
  const count = number(matching.count);
  return matching.is_capped
    ? t("All that match, more than {count}", { count })
    : t("All {count} that match", { count });
}

export function RequeueDialog({ project, count, search, isBusy, problem, onClose, onRequeue }: RequeueProps) {
  const [stage, setStage] = useState<Requeue["stage"]>("review");
  const [opinions, setOpinions] = useState(1);
  const [isAll, setAll] = useState(false);
  const [narrowed, setNarrowed] = useState(search);
  const wanted = wantedOf(narrowed);
  const matching = useQuery({
    queryKey: ["tasks", project, "count", wanted],
    queryFn: () => call("GET /projects/{project}/tasks/count", { path: { project }, query: wanted ?? {} }),
    enabled: wanted !== null,
  });
  // An id is no filter that an action on all takes.
  const canAll = search.id === undefined && search.external_id === undefined;
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
          <Button
            look="primary"
            isBusy={isBusy}
            aria-disabled={isAll && wanted === null}
            title={isAll && wanted === null ? t("Choose what their labels say first") : undefined}
            onClick={() => (!isAll || wanted) && onRequeue({ stage, opinions, filter: isAll ? wanted : null })}
          >
            {isAll
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
          value={stage}
          options={[
            ["review", t("Review")],
            ["adjudicate", t("Adjudication")],
            ["label", t("More answers")],
          ]}
          onChange={setStage}
        />
        <span className="small t3">{hints[stage]}</span>
      </div>
      {stage === "label" && (
        <Field label={t("More answers a task")}>
          <input
            className="input num"
            style={{ width: 84 }}
            type="number"
            min={1}
            max={99}
            value={opinions}
            onChange={({ target }) => setOpinions(Math.max(1, target.valueAsNumber || 1))}
          />
        </Field>
      )}
      {canAll && (
        <div className="field">
          <span className="label">{t("Which")}</span>
          <Segmented
            label={t("Which")}
            value={isAll ? "all" : "selected"}
            options={[
              ["selected", t("The {count} selected", { count: number(count) })],
              ["all", wanted === null ? t("By their label") : wordOfMatching(matching.data)],
            ]}
            onChange={(which) => setAll(which === "all")}
          />
        </div>
      )}
      {isAll && (
        <fieldset className="labeled-so">
          <legend className="small t3">{t("Narrow them by what their labels say")}</legend>
          {OF_LABELS.map((each) => (
            <div className="field" key={each}>
              <span className="label" aria-hidden="true">
                {wordOfField(each)}
              </span>
              <FilterValue
                project={project}
                field={each}
                value={narrowed[each]}
                look="input"
                onPick={(value) => setNarrowed({ ...narrowed, [each]: value })}
              />
            </div>
          ))}
        </fieldset>
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
