/** The guidelines of a project: read them, write the next version beside its preview, see what changed between versions. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useBlocker, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import type { Guideline } from "../../api/contract";
import { Problem } from "../../api/problem";
import { useMay } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { day, t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Confirm } from "../../kit/Confirm";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Markdown } from "../../kit/Markdown";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { toast } from "../../kit/Toasts";
import { WordDiff } from "../../kit/WordDiff";
import "./guidelines.css";

function useVersion(project: string, version: number | null) {
  return useQuery({
    queryKey: ["guidelines", project, version],
    queryFn: () => call("GET /projects/{project}/guidelines", { path: { project }, query: { version } }),
    staleTime: version === null ? 10_000 : Number.POSITIVE_INFINITY,
    enabled: version !== 0,
  });
}

export default function Guidelines() {
  const { project: id } = useParams({ strict: false }) as { project: string };
  const may = useMay();
  const [isEditing, setEditing] = useState(false);
  const project = useQuery({
    queryKey: ["project", id],
    queryFn: () => call("GET /projects/{project}", { path: { project: id } }),
  });
  const guideline = useVersion(id, null);
  const version = guideline.data?.version ?? 0;
  const edit = may("project.write") && !isEditing && guideline.data && (
    <Button look="primary" onClick={() => setEditing(true)}>
      {version ? t("Edit the guidelines") : t("Write guidelines")}
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
        chip={version ? `v${version}` : null}
      >
        {edit}
      </Crumbs>
      <div className="page">
        <Faces query={guideline}>
          {(data) =>
            isEditing ? (
              <Editing project={id} guideline={data} onDone={() => setEditing(false)} />
            ) : data.version === 0 ? (
              <div className="card">
                <Empty title={t("No guidelines yet")} action={edit}>
                  {t("Say what each label means, with examples of the hard cases. Annotators have them one key away.")}
                </Empty>
              </div>
            ) : (
              <Reading project={id} guideline={data} />
            )
          }
        </Faces>
      </div>
    </>
  );
}

function Reading({ project, guideline }: { project: string; guideline: Guideline }) {
  const [chosen, setChosen] = useState(guideline.version);
  const [shows, setShows] = useState<"text" | "changes">("text");
  const shown = useVersion(project, chosen);
  const before = useVersion(project, chosen - 1);
  const versions = [...guideline.versions].reverse();
  return (
    <div className="cols">
      <section className="card">
        <div className="cardhead">
          <h2 className="h3">
            {chosen === guideline.version
              ? t("As they stand, v{version}", { version: chosen })
              : t("As they were, v{version}", { version: chosen })}
          </h2>
          {chosen > 1 && (
            <Segmented
              label={t("Show")}
              value={shows}
              options={[
                ["text", t("Text")],
                ["changes", t("Changes since v{version}", { version: chosen - 1 })],
              ]}
              onChange={setShows}
            />
          )}
        </div>
        <div className="p20 guideline">
          <Faces query={shown}>
            {(data) =>
              shows === "changes" && chosen > 1 ? (
                <Faces query={before}>{(old) => <WordDiff before={old.markdown} after={data.markdown} />}</Faces>
              ) : (
                <Markdown source={data.markdown} />
              )
            }
          </Faces>
        </div>
      </section>
      <section className="card clip">
        <div className="cardhead">
          <h2 className="h3">{t("Versions")}</h2>
          <span className="small t3">{t("none of them ever changes")}</span>
        </div>
        <ul className="guideversions">
          {versions.map((each) => (
            <li key={each.version}>
              <button
                type="button"
                className={each.version === chosen ? "on" : ""}
                aria-pressed={each.version === chosen}
                onClick={() => setChosen(each.version)}
              >
                <span className="b">v{each.version}</span>
                <span className="small t3">{when(each.created_at)}</span>
              </button>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

function Editing({ project, guideline, onDone }: { project: string; guideline: Guideline; onDone: () => void }) {
  const client = useQueryClient();
  const [draft, setDraft] = useState(guideline.markdown);
  const [shows, setShows] = useState<"preview" | "changes">("preview");
  const isChanged = draft !== guideline.markdown;
  const next = guideline.version + 1;
  const save = useMutation({
    mutationFn: () =>
      call("PUT /projects/{project}/guidelines", {
        path: { project },
        body: { markdown: draft },
        headers: { "If-Match": `"${guideline.version}"` },
      }),
    onSuccess: ({ version }) => {
      onDone();
      void client.invalidateQueries({ queryKey: ["guidelines", project] });
      void client.invalidateQueries({ queryKey: ["project", project] });
      toast(t("Version {version} stands. Everybody reads it before their next task.", { version }));
    },
  });
  const isAtRisk = isChanged && !save.isSuccess;
  const leaving = useBlocker({ shouldBlockFn: () => isAtRisk, enableBeforeUnload: () => isAtRisk, withResolver: true });
  const isStale = save.error instanceof Problem && save.error.code === "precondition-failed";
  return (
    <>
      {save.error && (
        <ProblemNotice
          problem={save.error}
          onRetry={
            isStale ? () => void client.invalidateQueries({ queryKey: ["guidelines", project] }) : () => save.mutate()
          }
        />
      )}
      <div className="writing">
        <section className="card col">
          <div className="cardhead">
            <h2 className="h3">
              <label htmlFor="guideline">{t("Version {version}, in Markdown", { version: next })}</label>
            </h2>
            <span className="small t3">{t("headings become places to point at")}</span>
          </div>
          <textarea
            id="guideline"
            className="mono"
            maxLength={400_000}
            // biome-ignore lint/a11y/noAutofocus: the person has just asked to write
            autoFocus
            value={draft}
            onChange={(event) => setDraft(event.target.value)}
          />
        </section>
        <section className="card col" aria-label={t("Preview")}>
          <div className="cardhead">
            <h2 className="h3">{shows === "preview" ? t("As annotators read it") : t("What changes")}</h2>
            {guideline.version > 0 && (
              <Segmented
                label={t("Show")}
                value={shows}
                options={[
                  ["preview", t("Preview")],
                  ["changes", t("Changes")],
                ]}
                onChange={setShows}
              />
            )}
          </div>
          <div className="p20 guideline">
            {shows === "preview" ? <Markdown source={draft} /> : <WordDiff before={guideline.markdown} after={draft} />}
          </div>
        </section>
      </div>
      <div className="row g8 wrap">
        <Button
          look="primary"
          isBusy={save.isPending}
          aria-disabled={!isChanged}
          title={isChanged ? undefined : t("Change something first")}
          onClick={() => isChanged && save.mutate()}
        >
          {t("Save version {version}", { version: next })}
        </Button>
        <Button onClick={onDone}>{t("Cancel")}</Button>
        {guideline.version > 0 && (
          <span className="small t3">
            {t("v{version} of {day} stays readable.", {
              version: guideline.version,
              day: day(guideline.created_at ?? ""),
            })}
          </span>
        )}
      </div>
      {leaving.status === "blocked" && (
        <Confirm
          title={t("Leave without saving")}
          action={t("Leave")}
          isBusy={false}
          onConfirm={leaving.proceed}
          onClose={leaving.reset}
        >
          <p>{t("What you wrote for version {version} would be lost.", { version: next })}</p>
        </Confirm>
      )}
      {isStale && (
        <Notice tone="cau">
          {t("Somebody else saved a version meanwhile. What you wrote is still here: bring it in and save again.")}
        </Notice>
      )}
    </>
  );
}
