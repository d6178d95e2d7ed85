/** The flaws that were planted for reviewers: how often each was caught, and those that nobody was dealt, taken out again. */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Id, PlantedFlaw } from "../../api/contract";
import { number, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Confirm } from "../../kit/Confirm";
import { Faces } from "../../kit/Faces";
import { Interval } from "../../kit/Interval";
import { toast } from "../../kit/Toasts";
import { wordOfReason } from "../annotate/reasons";
import { CHECKED_MIN } from "../quality/figures";

const PAGE = 200;

export function Flaws({ project }: { project: Id }) {
  const client = useQueryClient();
  const [removing, setRemoving] = useState<PlantedFlaw | null>(null);
  const flaws = useInfiniteQuery({
    queryKey: ["gold", project, "flaws"],
    queryFn: ({ pageParam }) =>
      call("GET /projects/{project}/gold/flaws", { path: { project }, query: { cursor: pageParam, limit: PAGE } }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const remove = useMutation({
    mutationFn: (task: Id) => call("DELETE /projects/{project}/gold/{task}/flaw", { path: { project, task } }),
    onSuccess: () => {
      setRemoving(null);
      toast(t("The flaw is taken out."));
    },
    onSettled: () => void client.invalidateQueries({ queryKey: ["gold", project, "flaws"] }),
  });
  return (
    <Faces query={flaws} lines={3}>
      {(data) => {
        const items = data.pages.flatMap((page) => page.items);
        return (
          <section className="card clip" aria-label={t("Flaws planted for reviewers")}>
            <div className="cardhead">
              <h2 className="h3">{t("Flaws planted for reviewers")}</h2>
              <span className="small t3">{t("They come as if they were work; whoever accepts one missed it")}</span>
            </div>
            {items.length === 0 ? (
              <p className="t3 p16">
                {t(
                  "None yet. Open a gold task and plant one: an answer that you write to be wrong, beside those that annotators gave.",
                )}
              </p>
            ) : (
              <div className="scroll-x">
                <table className="tbl goldperson">
                  <thead>
                    <tr>
                      <th>{t("Task")}</th>
                      <th>{t("Flawed answer")}</th>
                      <th>{t("Reason")}</th>
                      <th style={{ minWidth: 140 }}>{t("Caught")}</th>
                      <th className="r">{t("Of verdicts")}</th>
                      <th>{t("State")}</th>
                      <th />
                    </tr>
                  </thead>
                  <tbody>
                    {items.map((flaw) => (
                      <Row key={flaw.task_id} flaw={flaw} onRemove={() => setRemoving(flaw)} />
                    ))}
                  </tbody>
                </table>
              </div>
            )}
            {flaws.hasNextPage && (
              <div className="p16">
                <Button isBusy={flaws.isFetchingNextPage} onClick={() => void flaws.fetchNextPage()}>
                  {t("Show more flaws")}
                </Button>
              </div>
            )}
            {removing && (
              <Confirm
                title={t("Take the flaw out")}
                action={t("Take it out")}
                isBusy={remove.isPending}
                problem={remove.error}
                onConfirm={() => remove.mutate(removing.task_id)}
                onClose={() => {
                  setRemoving(null);
                  remove.reset();
                }}
              >
                <p>{t("No reviewer was dealt it yet. The task stays gold.")}</p>
              </Confirm>
            )}
          </section>
        );
      }}
    </Faces>
  );
}

function Row({ flaw, onRemove }: { flaw: PlantedFlaw; onRemove: () => void }) {
  const states: Record<PlantedFlaw["state"], string> = {
    waiting: t("waits for tasks in review"),
    ready: t("ready to be dealt"),
    dealt: t("was dealt"),
    retired: t("its gold was taken back"),
  };
  const { caught, with_reason } = flaw;
  return (
    <tr>
      <td className="cut" style={{ maxWidth: 280 }}>
        {flaw.preview || flaw.task_id.slice(-8)}
      </td>
      <td className="cut">{flaw.summary}</td>
      <td className="nowrap">
        {flaw.reason ? wordOfReason(flaw.reason) : <span className="t3">{t("any")}</span>}
        {with_reason && with_reason.total > 0 && (
          <span className="small t3 num">
            {" "}
            {t("given {count} of {all} times", { count: number(with_reason.right), all: number(with_reason.total) })}
          </span>
        )}
      </td>
      <td>
        {caught.total > 0 && (
          <Interval
            name={t("Caught")}
            value={caught.total >= CHECKED_MIN ? caught.value : null}
            low={caught.low}
            high={caught.high}
            count={caught.total}
          />
        )}
      </td>
      <td className="r num nowrap">
        {t("{right} of {total}", { right: number(caught.right), total: number(caught.total) })}
      </td>
      <td className="t2 nowrap">{states[flaw.state]}</td>
      <td className="r">
        {(flaw.state === "waiting" || flaw.state === "ready") && (
          <Button look="quiet" onClick={onRemove}>
            {t("Take it out")}
          </Button>
        )}
      </td>
    </tr>
  );
}
