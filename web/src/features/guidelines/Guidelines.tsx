/** The guidelines of a project: read, edit with a preview, see earlier versions. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import { useMay } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Empty } from "../../kit/Empty";
import { Markdown } from "../../kit/Markdown";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import "../data/data.css";
import "../new-project/new-project.css";
import "../progress/progress.css";

export default function Guidelines() {
  const { project: id } = useParams({ strict: false }) as { project: string };
  const may = useMay();
  const client = useQueryClient();
  const [draft, setDraft] = useState<string | null>(null);
  const project = useQuery({
    queryKey: ["project", id],
    queryFn: () => call("GET /projects/{project}", { path: { project: id } }),
  });
  const guideline = useQuery({
    queryKey: ["guidelines", id],
    queryFn: () => call("GET /projects/{project}/guidelines", { path: { project: id } }),
  });
  const save = useMutation({
    mutationFn: (markdown: string) =>
      call("PUT /projects/{project}/guidelines", {
        path: { project: id },
        body: { markdown },
        headers: { "If-Match": `"${guideline.data?.version ?? 0}"` },
      }),
    onSuccess: () => {
      setDraft(null);
      void client.invalidateQueries({ queryKey: ["guidelines", id] });
      void client.invalidateQueries({ queryKey: ["project", id] });
    },
  });
  const edit = may("project.write") && draft === null && (
    <Button look="primary" onClick={() => setDraft(guideline.data?.markdown ?? "")}>
      {guideline.data?.version ? t("Edit the guidelines") : t("Write guidelines")}
    </Button>
  );
  return (
    <>
      <Crumbs
        trail={[
          { to: "/projects", word: t("Projects") },
          { to: `/projects/${id}`, word: project.data?.name ?? "…" },
        ]}
        here={t("Guidelines")}
        chip={guideline.data?.version ? `v${guideline.data.version}` : null}
      >
        {edit}
      </Crumbs>
      <div className="page">
        {guideline.isPending ? (
          <div className="card">
            <Skeleton />
          </div>
        ) : guideline.error ? (
          <ProblemNotice problem={guideline.error} onRetry={() => guideline.refetch()} />
        ) : draft !== null ? (
          <>
            <Notice>
              {t("Saving makes version {version}. Everybody reads it and says so before their next task.", {
                version: guideline.data.version + 1,
              })}
            </Notice>
            {save.error && <ProblemNotice problem={save.error} />}
            <div className="newproject">
              <textarea
                className="input mono"
                style={{ minHeight: 480 }}
                aria-label={t("Guidelines in Markdown")}
                value={draft}
                onChange={(event) => setDraft(event.target.value)}
              />
              <section className="card p20" aria-label={t("Preview")}>
                <Markdown source={draft} />
              </section>
            </div>
            <div className="row g8">
              <Button look="primary" isBusy={save.isPending} onClick={() => save.mutate(draft)}>
                {t("Save version {version}", { version: guideline.data.version + 1 })}
              </Button>
              <Button onClick={() => setDraft(null)}>{t("Cancel")}</Button>
            </div>
          </>
        ) : guideline.data.version === 0 ? (
          <div className="card">
            <Empty title={t("No guidelines yet")} action={edit}>
              {t("Say what each label means, with examples of the hard cases. Annotators have them one key away.")}
            </Empty>
          </div>
        ) : (
          <div className="cols">
            <section className="card p20 grow">
              <Markdown source={guideline.data.markdown} />
            </section>
            <section className="card side">
              <div className="cardhead">
                <h3>{t("Versions")}</h3>
              </div>
              <ul className="entries p16" style={{ marginTop: 0 }}>
                {[...guideline.data.versions].reverse().map((each) => (
                  <li key={each.version} className="row between">
                    <span className="b">v{each.version}</span>
                    <span className="t3">{when(each.created_at)}</span>
                  </li>
                ))}
              </ul>
            </section>
          </div>
        )}
      </div>
    </>
  );
}
