/** Releases of a project: cut one, watch it being written, see what it holds, download it, and how to check it without us. */
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconDownload,
  IconHourglass,
  IconPackageExport,
} from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import type { Project, Release } from "../../api/contract";
import { useMay } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { useWalk } from "../../commands/useWalk";
import { bytes, number, percent, t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Field } from "../../kit/Field";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { StateTag } from "../../kit/StateTag";
import { isMeasured, two } from "../progress/needs";
import type { ReleaseSearch } from "./address";
import { CheckCommands, Checks } from "./CheckCommands";
import "./releases.css";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

export default function Releases() {
  const { project: id } = useParams({ strict: false }) as { project: string };
  const search = useSearch({ strict: false }) as ReleaseSearch;
  const navigate = useNavigate();
  const may = useMay();
  const go = (to: ReleaseSearch): void =>
    void navigate({ to: "/projects/$project/releases", params: { project: id }, search: to, replace: true });
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
  const shown = items.find((each) => each.number === search.number) ?? items[0];
  useWalk({ ids: items.map((each) => each.id) });
  const cut = may("release.create") && (
    <Button
      look={items.length > 0 && shown?.state === "ready" ? "plain" : "primary"}
      icon={<IconPackageExport {...ICON} />}
      onClick={() => go({ ...search, cut: true })}
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
        chip={shown?.state === "ready" ? t("frozen, cannot change") : null}
      >
        {cut}
        {shown?.state === "ready" && (
          <a className="btn primary" href={`/api/v1/releases/${shown.id}/archive`} download>
            <IconDownload {...ICON} />
            {t("Download, {size}", { size: bytes(shown.files.reduce((sum, file) => sum + file.bytes, 0)) })}
          </a>
        )}
      </Crumbs>
      <div className="page">
        <Faces query={releases}>
          {() =>
            shown ? (
              <div className="cols">
                <div className="col">
                  <One release={shown} />
                </div>
                <div className="col">
                  <All items={items} shown={shown} onShow={(each) => go({ number: each.number })} />
                  {shown.state === "ready" && <MadeUnder release={shown} />}
                  {shown.state === "ready" && <Audited release={shown} />}
                </div>
              </div>
            ) : (
              <div className="card">
                <Empty title={t("No release yet")} action={cut}>
                  {t(
                    "A release freezes the labels as they stand, numbers them, and signs them. It never changes afterwards.",
                  )}
                </Empty>
              </div>
            )
          }
        </Faces>
      </div>
      {search.cut && project.data && (
        <CutDialog
          project={project.data}
          onClose={() => go({ number: search.number })}
          onCut={(release) => go({ number: release.number })}
        />
      )}
    </>
  );
}

function All({ items, shown, onShow }: { items: Release[]; shown: Release; onShow: (release: Release) => void }) {
  return (
    <section className="card clip">
      <div className="cardhead">
        <h2 className="h3">{t("All releases")}</h2>
        <span className="small t3">{items.length}</span>
      </div>
      <ul className="releaselist">
        {items.map((each) => (
          <li key={each.id}>
            <button
              type="button"
              data-walk={each.id}
              className={each.id === shown.id ? "on" : ""}
              aria-pressed={each.id === shown.id}
              onClick={() => onShow(each)}
            >
              <span className="b">{t("Release {number}", { number: each.number })}</span>
              <StateTag state={each.state} />
              <span className="small t3 push">{when(each.created_at)}</span>
              {each.note && <span className="small t2 cut note-line">{each.note}</span>}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function One({ release }: { release: Release }) {
  if (release.state === "building") {
    return (
      <section className="card p20 row g12" role="status">
        <IconHourglass {...ICON} />
        <div>
          <h2 className="h3">{t("Release {number} is being written", { number: release.number })}</h2>
          <p className="t2 mt4">
            {t("The labels are frozen already: work goes on without touching them. You get a notice when it is ready.")}
          </p>
        </div>
      </section>
    );
  }
  if (release.state === "failed") {
    return (
      <Notice tone="dan">
        <div className="b">{release.problem?.hint ?? t("Cut another one.")}</div>
        <div className="t2">
          {t("Release {number} could not be written. Nothing of it was given out.", { number: release.number })}
        </div>
        <div className="mono small t3">{release.problem?.code}</div>
      </Notice>
    );
  }
  return (
    <>
      <Head release={release} />
      <Files release={release} />
      <Losses release={release} />
      <section className="card">
        <div className="cardhead">
          <h2 className="h3">{t("Check it without us")}</h2>
          <span className="state">
            <IconCircleDashed size={14} stroke={1.75} aria-hidden="true" />
            {t("not checked on this device")}
          </span>
        </div>
        <div className="p16 col g12">
          <p className="t2">
            {t(
              "Unpack the download and run one of these in it. The first needs Python alone and one file of ours that you can read; the second needs nothing of ours. VERIFY.md in the download says how it works.",
            )}
          </p>
          <CheckCommands release={release.number} />
          <Checks />
        </div>
      </section>
    </>
  );
}

function Head({ release }: { release: Release }) {
  const { counts } = release;
  const alpha = release.agreement?.find(isMeasured);
  if (!counts) return null;
  const cells: [string, string, string][] = [
    [
      t("Labels"),
      number(counts.labels),
      t("{count, plural, one {of # task} other {of # tasks}}", { count: counts.tasks }),
    ],
    [
      t("Answers"),
      number(counts.annotations),
      t("{each} a task", {
        each: number(counts.tasks ? counts.annotations / counts.tasks : 0, { maximumFractionDigits: 1 }),
      }),
    ],
    [t("People"), number(counts.annotators), t("as pseudonyms")],
  ];
  return (
    <section className="card" aria-label={t("Release {number}", { number: release.number })}>
      <div className="cardhead">
        <h2 className="h3">
          {t("Release {number}", { number: release.number })}{" "}
          <span className="t3 small">{when(release.created_at)}</span>
        </h2>
        <span className="small t3">
          {release.include === "done" ? t("finished tasks") : t("all tasks, with the answers there were")}
        </span>
      </div>
      {release.note && <p className="p16 pre">{release.note}</p>}
      <div className={release.note ? "figures rule" : "figures"}>
        {cells.map(([word, figure, under]) => (
          <div key={word}>
            <div className="t2">{word}</div>
            <div className="fig">{figure}</div>
            <div className="small t3">{under}</div>
          </div>
        ))}
        <div>
          <div className="t2">{t("Agreement, alpha")}</div>
          {alpha ? (
            <>
              <div className="fig">{two(alpha.value)}</div>
              <div className="small t3">
                {t("{low} to {high} on {count, plural, one {# task} other {# tasks}}", {
                  low: two(alpha.low),
                  high: two(alpha.high),
                  count: alpha.tasks,
                })}
              </div>
            </>
          ) : (
            <>
              <div className="fig t3">{t("None")}</div>
              <div className="small t3">{t("no task had two answers to compare")}</div>
            </>
          )}
        </div>
      </div>
    </section>
  );
}

const WORDS: Record<string, () => string> = {
  "items.jsonl": () => t("the items, as they were imported"),
  "annotations.jsonl": () => t("every answer, people as pseudonyms"),
  "labels.jsonl": () => t("one row a task, with its consensus"),
  "labels.parquet": () => t("the same labels in columns"),
  "croissant.json": () => t("description for data catalogues"),
  "manifest.json": () => t("files, digests, counts, versions"),
  "release.dsse.json": () => t("signed statement over all of it"),
  "public-key.pem": () => t("the key that signed; compare it with your contract’s"),
  "VERIFY.md": () => t("how to check it with tools of others"),
};

function Files({ release }: { release: Release }) {
  return (
    <section className="card clip">
      <div className="cardhead">
        <h2 className="h3">{t("Files")}</h2>
        <span className="small t3">{t("the SHA-256 of each is in the signed statement")}</span>
      </div>
      <div className="scroll-x">
        <table className="tbl">
          <thead>
            <tr>
              <th>{t("File")}</th>
              <th>{t("What it holds")}</th>
              <th className="r">{t("Rows")}</th>
              <th className="r">{t("Size")}</th>
              <th>SHA-256</th>
              <th aria-label={t("Actions")} />
            </tr>
          </thead>
          <tbody>
            {release.files.map((file) => (
              <tr key={file.name}>
                <td className="mono">{file.name}</td>
                <td className="t2">{WORDS[file.name]?.() ?? file.media_type}</td>
                <td className="r num">{file.rows ? number(file.rows) : "–"}</td>
                <td className="r num">{bytes(file.bytes)}</td>
                <td className="mono small t2 nowrap" title={file.sha256}>
                  {file.sha256.slice(0, 6)}…{file.sha256.slice(-4)}
                </td>
                <td className="r">
                  <a
                    className="btn icon s quiet"
                    href={`/api/v1/releases/${release.id}/files/${file.name}`}
                    download
                    aria-label={t("Download {file}", { file: file.name })}
                    title={t("Download {file}", { file: file.name })}
                  >
                    <IconDownload {...ICON} />
                  </a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** What every release leaves on the platform, in the reader's language; what else a format lacks, as the release says it. */
function wordsOfLoss(loss: string): string {
  if (loss.startsWith("guidelines: ")) return t("Guidelines: their text and pictures; the release names their version");
  if (loss.startsWith("discussions: ")) {
    return t("Discussions: comments, reports and what was said about the guidelines");
  }
  if (loss.startsWith("models: ")) {
    return t("Models: what a fit learned of annotators; each label names its model, version and fit");
  }
  return loss;
}

function Losses({ release }: { release: Release }) {
  return (
    <section className="card">
      <div className="cardhead">
        <h2 className="h3">{t("What a format could not carry")}</h2>
      </div>
      {release.losses.length === 0 ? (
        <p className="p16 row g8">
          <IconCircleCheck {...ICON} className="pos" />
          {t("Nothing is lost.")}
        </p>
      ) : (
        <ul className="p16 col g8">
          {release.losses.map((loss) => (
            <li key={loss} className="row top g8">
              <IconAlertTriangle {...ICON} className="cau" style={{ marginTop: 2 }} />
              <span className="break">{wordsOfLoss(loss)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** What audits said when it was frozen, apart from every figure of a model. */
function Audited({ release }: { release: Release }) {
  const audits = release.audits ?? [];
  if (audits.length === 0) return null;
  return (
    <section className="card">
      <div className="cardhead">
        <h2 className="h3">{t("Audited")}</h2>
      </div>
      <div className="col g16 p16">
        {audits.map((each) => (
          <div className="col g4" key={each.audit}>
            <span className="b">
              {t("At most {share} of the labels is wrong, with {confidence} probability, if the auditors are right", {
                share: percent(each.wrong_at_most, 1),
                confidence: percent(each.confidence),
              })}
            </span>
            <span className="small t3">
              {t("{errors} of {audited} audited were wrong, of {tasks} tasks as they stood {day}; no model enters it", {
                errors: number(each.errors),
                audited: number(each.audited),
                tasks: number(each.tasks),
                day: when(each.asked_at),
              })}
            </span>
          </div>
        ))}
      </div>
    </section>
  );
}

function MadeUnder({ release }: { release: Release }) {
  const rows: [string, string][] = [
    [t("Questions"), t("version {version}", { version: release.ontology_version ?? 0 })],
    [
      t("Guidelines"),
      release.guideline_version
        ? t("version {version}", { version: release.guideline_version })
        : t("none were written"),
    ],
    [t("Frozen"), when(release.created_at)],
    ...(release.agreement ?? [])
      .filter(isMeasured)
      .map((each): [string, string] => [
        each.text || each.question,
        t("alpha {value}, {low} to {high}", { value: two(each.value), low: two(each.low), high: two(each.high) }),
      ]),
  ];
  return (
    <section className="card">
      <div className="cardhead">
        <h2 className="h3">{t("Made under")}</h2>
      </div>
      <dl className="pairs p16">
        {rows.map(([term, value]) => (
          <div key={term}>
            <dt className="t2">{term}</dt>
            <dd className="b">{value}</dd>
          </div>
        ))}
        {release.key_id && (
          <div>
            <dt className="t2">{t("Signed by key")}</dt>
            <dd className="mono small break">{release.key_id}</dd>
          </div>
        )}
      </dl>
      <p className="small t3 p16 rule">
        {t("Stated by the server. The same is in the signed statement of the download.")}
      </p>
    </section>
  );
}

interface CutProps {
  project: Project;
  onClose: () => void;
  onCut: (release: Release) => void;
}

function CutDialog({ project, onClose, onCut }: CutProps) {
  const client = useQueryClient();
  const [include, setInclude] = useState<"done" | "all">("done");
  const [note, setNote] = useState("");
  const [formats, setFormats] = useState<readonly string[]>([]);
  const offered = useQuery({
    queryKey: ["release-formats", project.id],
    queryFn: () => call("GET /projects/{project}/release-formats", { path: { project: project.id } }),
  });
  const fitting = offered.data?.items.filter(({ fits }) => fits) ?? [];
  const cut = useMutation({
    mutationFn: () =>
      call("POST /projects/{project}/releases", {
        path: { project: project.id },
        body: { note, include, formats: [...formats] },
      }),
    onSuccess: (release) => {
      void client.invalidateQueries({ queryKey: ["releases", project.id] });
      onCut(release);
    },
  });
  const { done, tasks } = project.counts;
  const choices = [
    [
      "done",
      t("{count, plural, one {# finished task} other {# finished tasks}}", { count: done }),
      t("Every label has all its answers."),
    ],
    [
      "all",
      t("{count, plural, one {# task} other {All # tasks}}", { count: tasks }),
      t("With the answers there are, also none."),
    ],
  ] as const;
  return (
    <Dialog
      title={t("Cut release of “{project}”", { project: project.name })}
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
      <div className="col g8" role="radiogroup" aria-label={t("Which tasks")}>
        {choices.map(([name, word, under]) => (
          <label className={include === name ? "opt on" : "opt"} key={name}>
            <input
              type="radio"
              name="include"
              className="hidden-visually"
              checked={include === name}
              onChange={() => setInclude(name)}
            />
            <span className="rad" aria-hidden="true" />
            <span className="grow">
              {word}
              <span className="small t3" style={{ display: "block", fontWeight: 400 }}>
                {under}
              </span>
            </span>
          </label>
        ))}
      </div>
      {include === "done" && done === 0 && (
        <Notice tone="cau">{t("No task is finished yet: this release would be empty.")}</Notice>
      )}
      {fitting.length > 0 && (
        <fieldset className="col g6">
          <legend className="b">{t("Also as")}</legend>
          <div className="twoup" style={{ gap: 6 }}>
            {fitting.map(({ name, title }) => (
              <label className="row g8" key={name}>
                <input
                  type="checkbox"
                  checked={formats.includes(name)}
                  onChange={({ target }) =>
                    setFormats(target.checked ? [...formats, name] : formats.filter((each) => each !== name))
                  }
                />
                {title}
              </label>
            ))}
          </div>
          <span className="small t3">{t("What a format cannot carry is listed with the release.")}</span>
        </fieldset>
      )}
      <Field label={t("Note")} hint={t("For whoever receives it; optional. It is signed too.")}>
        <textarea
          className="area"
          rows={3}
          maxLength={10_000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
      </Field>
      {cut.error && <ProblemNotice problem={cut.error} />}
    </Dialog>
  );
}
