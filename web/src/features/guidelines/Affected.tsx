/** After a rule changed: how many tasks were answered under an earlier version, narrowed as one likes, and the way to them. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import { number, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Faces } from "../../kit/Faces";
import { Field } from "../../kit/Field";

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
          <Link to="/projects/$project/tasks" params={{ project }} search={search} className="btn primary">
            {t("See them in the table")}
          </Link>
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
    </Dialog>
  );
}
