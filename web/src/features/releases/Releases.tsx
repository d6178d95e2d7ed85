/** Releases of a project: cut one, watch it being built, download it, see what it holds and how it is verified. */
import { IconDownload, IconPackageExport } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import type { Release } from "../../api/contract";
import { useMay } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { bytes, number, t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Empty } from "../../kit/Empty";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { Skeleton } from "../../kit/Skeleton";
import { StateTag } from "../../kit/StateTag";
import "../progress/progress.css";

export default function Releases() {
  const { project: id } = useParams({ strict: false }) as { project: string };
  const may = useMay();
  const [isCutting, setCutting] = useState(false);
  const project = useQuery({
    queryKey: ["project", id],
    queryFn: () => call("GET /projects/{project}", { path: { project: id } }),
  });
  const releases = useQuery({
    queryKey: ["releases", id],
    queryFn: () => call("GET /projects/{project}/releases", { path: { project: id } }),
    refetchInterval: (query) => (query.state.data?.items.some((each) => each.state === "building") ? 1000 : false),
  });
  const items = releases.data?.items ?? [];
  const cut = may("release.create") && (
    <Button
      look="primary"
      icon={<IconPackageExport size={16} stroke={1.75} aria-hidden="true" />}
      onClick={() => setCutting(true)}
    >
      {t("Cut a release")}
    </Button>
  );

  return (
    <>
      <Crumbs
        trail={[
          { to: "/projects", word: t("Projects") },
          { to: `/projects/${id}`, word: project.data?.name ?? "…" },
        ]}
        here={t("Releases")}
      >
        {cut}
      </Crumbs>
      <div className="page">
        {releases.isPending ? (
          <div className="card">
            <Skeleton />
          </div>
        ) : releases.error ? (
          <ProblemNotice problem={releases.error} onRetry={() => releases.refetch()} />
        ) : items.length === 0 ? (
          <div className="card">
            <Empty title={t("No release yet")} action={cut}>
              {t(
                "A release freezes the labels as they stand, numbers them, and signs them. It never changes afterwards.",
              )}
            </Empty>
          </div>
        ) : (
          items.map((each) => <Card release={each} key={each.id} />)
        )}
      </div>
      {isCutting && <CutDialog project={id} onClose={() => setCutting(false)} />}
    </>
  );
}

function Card({ release }: { release: Release }) {
  const files = release.files ?? [];
  const counts = release.counts ?? {};
  return (
    <section className="card" aria-label={t("Release {number}", { number: release.number })}>
      <div className="cardhead">
        <div className="row g12">
          <h3>{t("Release {number}", { number: release.number })}</h3>
          <StateTag state={release.state} />
          <span className="t2">{when(release.created_at)}</span>
        </div>
        {release.state === "ready" && (
          <a className="btn" href={`/api/v1/releases/${release.id}/archive`} download>
            <IconDownload size={16} stroke={1.75} aria-hidden="true" />
            {t("Download all")}
          </a>
        )}
      </div>
      {release.note && <p className="p16 rule">{release.note}</p>}
      {release.state === "building" && (
        <p className="p16 t2">{t("The labels are frozen; files are being written and signed.")}</p>
      )}
      {release.state === "ready" && (
        <>
          <div className="stages">
            {(
              [
                [t("Tasks"), counts.tasks],
                [t("Answers"), counts.annotations],
                [t("Labels"), counts.labels],
                [t("People"), counts.annotators],
              ] as [string, number | undefined][]
            ).map(([word, count]) => (
              <div key={word}>
                <div className="t2">{word}</div>
                <div className="bb num">{number(count ?? 0)}</div>
              </div>
            ))}
          </div>
          <table className="tbl">
            <thead>
              <tr>
                <th>{t("File")}</th>
                <th className="r">{t("Rows")}</th>
                <th className="r">{t("Size")}</th>
                <th>SHA-256</th>
              </tr>
            </thead>
            <tbody>
              {files.map((file) => (
                <tr key={file.name}>
                  <td>
                    <a href={`/api/v1/releases/${release.id}/files/${file.name}`} download>
                      {file.name}
                    </a>
                  </td>
                  <td className="r num">{file.rows ? number(file.rows) : "–"}</td>
                  <td className="r num">{bytes(file.bytes)}</td>
                  <td className="mono small t2 cut" title={file.sha256}>
                    {file.sha256.slice(0, 24)}…
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <p className="p16 small t2">
            {t("Signed; stated by the server. Check it yourself, offline: VERIFY.md in the download says how.")}
          </p>
        </>
      )}
    </section>
  );
}

function CutDialog({ project, onClose }: { project: string; onClose: () => void }) {
  const client = useQueryClient();
  const [include, setInclude] = useState<"done" | "all">("done");
  const [note, setNote] = useState("");
  const cut = useMutation({
    mutationFn: () => call("POST /projects/{project}/releases", { path: { project }, body: { note, include } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["releases", project] });
      onClose();
    },
  });
  return (
    <Dialog
      title={t("Cut a release")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button look="primary" isBusy={cut.isPending} onClick={() => cut.mutate()}>
            {t("Cut a release")}
          </Button>
        </>
      }
    >
      <div className="col g16">
        <Segmented
          label={t("Which tasks")}
          value={include}
          options={[
            ["done", t("Finished tasks")],
            ["all", t("All tasks, with the answers there are")],
          ]}
          onChange={setInclude}
        />
        <Field label={t("Note")} hint={t("For whoever receives it; optional.")}>
          <textarea className="input" rows={3} value={note} onChange={(event) => setNote(event.target.value)} />
        </Field>
        {cut.error && <ProblemNotice problem={cut.error} />}
      </div>
    </Dialog>
  );
}
