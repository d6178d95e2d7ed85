/** After a rule changed: how many tasks were answered under an earlier version, narrowed as one likes; to look at, or to queue again. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import { useMay } from "../../api/session";
import { number, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Faces } from "../../kit/Faces";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { toast } from "../../kit/Toasts";

type Stage = "label" | "review" | "adjudicate";
const PART = 500;

interface AffectedProps {
  project: string;
  /** The version whose predecessors' answers are looked for. */
  version: number;
  onClose: () => void;
}

export function Affected({ project, version, onClose }: AffectedProps) {
  const [batch, setBatch] = useState("");
  const [tag, setTag] = useState("");
  const query = { guideline_before: version, batch: batch || null, tag: tag.trim() || null };
  const batches = useQuery({
    queryKey: ["batches", project],
    queryFn: () => call("GET /projects/{project}/batches", { path: { project } }),
  });
  const counted = useQuery({
    queryKey: ["count", project, query],
    queryFn: () => call("GET /projects/{project}/tasks/count", { path: { project }, query }),
    placeholderData: (before) => before,
  });
  const client = useQueryClient();
  const may = useMay();
  const [stage, setStage] = useState<Stage>("label");
  const [opinions, setOpinions] = useState(1);
  const [queued, setQueued] = useState(0);
  const path = { project };
  const fresh = (): void => {
    for (const key of ["tasks", "task", "project", "progress", "count"])
      void client.invalidateQueries({ queryKey: [key, project] });
  };
  const undo = async (ids: string[]): Promise<void> => {
    for (let start = 0; start < ids.length; start += PART) {
      const part = ids.slice(start, start + PART);
      await call("POST /projects/{project}/tasks/bulk", { path, body: { ids: part, action: "unqueue" } });
    }
    fresh();
  };
  const requeue = useMutation({
    mutationFn: async () => {
      const ids: string[] = [];
      let cursor: string | null = null;
      setQueued(0);
      do {
        const filter = { guideline_before: version, batch: batch || null, tag: tag.trim() || null };
        const body = { filter, cursor, action: "requeue" as const, stage, opinions };
        const done: { ids: string[]; next_cursor: string | null } = await call("POST /projects/{project}/tasks/bulk", {
          path,
          body,
        });
        ids.push(...done.ids);
        setQueued(ids.length);
        cursor = done.next_cursor;
      } while (cursor);
      return ids;
    },
    onSuccess: (ids) => {
      fresh();
      onClose();
      toast(
        t("{count, plural, one {# task is} other {# tasks are}} queued again", { count: ids.length }),
        ids.length > 0 ? { word: t("Undo"), run: () => void undo(ids) } : undefined,
      );
    },
  });
  const search = {
    guideline_before: String(version),
    batch: batch || undefined,
    tag: tag.trim() || undefined,
  };
  return (
    <Dialog
      title={t("Tasks answered before version {version}", { version })}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("Leave them as they are")}</Button>
          <Link to="/projects/$project/tasks" params={{ project }} search={search} className="btn">
            {t("See them in the table")}
          </Link>
          {may("task.manage") && (
            <Button
              look="primary"
              isBusy={requeue.isPending}
              aria-disabled={!counted.data?.count}
              onClick={() => counted.data?.count && !requeue.isPending && requeue.mutate()}
            >
              {requeue.isPending ? t("{count} queued again", { count: number(queued) }) : t("Queue them again")}
            </Button>
          )}
        </>
      }
    >
      <Faces query={counted} lines={1}>
        {({ count, is_capped }) => (
          <p role="status">
            {is_capped
              ? t("More than {count} tasks have an answer that was given under an earlier version.", {
                  count: number(count),
                })
              : t(
                  "{count, plural, =0 {No task has} one {# task has} other {# tasks have}} an answer that was given under an earlier version.",
                  { count },
                )}
          </p>
        )}
      </Faces>
      <Field label={t("Only of the batch")}>
        <select className="input" value={batch} onChange={({ target }) => setBatch(target.value)}>
          <option value="">{t("any")}</option>
          {(batches.data?.items ?? []).map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      <Field label={t("Only with the tag")}>
        <input
          className="input"
          type="text"
          maxLength={100}
          defaultValue={tag}
          onBlur={({ target }) => setTag(target.value)}
          onKeyDown={(event) => event.key === "Enter" && setTag(event.currentTarget.value)}
        />
      </Field>
      {may("task.manage") && (
        <>
          <Field label={t("Queue them again for")} hint={t("Tasks that still wait for answers stay as they are.")}>
            <select className="input" value={stage} onChange={({ target }) => setStage(target.value as Stage)}>
              <option value="label">{t("more answers, of others")}</option>
              <option value="review">{t("review")}</option>
              <option value="adjudicate">{t("adjudication")}</option>
            </select>
          </Field>
          {stage === "label" && (
            <Field label={t("More answers a task")}>
              <input
                className="input"
                type="number"
                min={1}
                max={98}
                value={opinions}
                onChange={({ target }) => setOpinions(Math.min(98, Math.max(1, Math.floor(Number(target.value)) || 1)))}
              />
            </Field>
          )}
          {requeue.error && <ProblemNotice problem={requeue.error} onRetry={() => requeue.mutate()} />}
        </>
      )}
    </Dialog>
  );
}
