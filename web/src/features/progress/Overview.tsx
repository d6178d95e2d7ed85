/** A project's overview: how far, when finished, how well people agree, who works; live while it is open. */
import { IconPackageExport, IconUpload } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { call } from "../../api/client";
import type { Agreement, Progress } from "../../api/contract";
import { useMay } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { day, duration, number, percent, t, when } from "../../i18n";
import { Empty } from "../../kit/Empty";
import { Interval } from "../../kit/Interval";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import { StateTag } from "../../kit/StateTag";
import "./progress.css";
import { PaceChart } from "./PaceChart";

/** Asks for the progress again whenever the server says that the counts moved, at most every two seconds. */
function useLive(project: string): void {
  const client = useQueryClient();
  useEffect(() => {
    const source = new EventSource(`/api/v1/projects/${project}/events`);
    let timer: ReturnType<typeof setTimeout> | null = null;
    source.addEventListener("progress", () => {
      timer ??= setTimeout(() => {
        timer = null;
        void client.invalidateQueries({ queryKey: ["progress", project] });
        void client.invalidateQueries({ queryKey: ["project", project] });
      }, 2000);
    });
    return () => {
      if (timer) clearTimeout(timer);
      source.close();
    };
  }, [project, client]);
}

export default function Overview() {
  const { project: id } = useParams({ strict: false }) as { project: string };
  const may = useMay();
  useLive(id);
  const project = useQuery({
    queryKey: ["project", id],
    queryFn: () => call("GET /projects/{project}", { path: { project: id } }),
  });
  const progress = useQuery({
    queryKey: ["progress", id],
    queryFn: () => call("GET /projects/{project}/progress", { path: { project: id } }),
  });
  const facts = project.data;

  return (
    <>
      <Crumbs
        trail={[{ to: "/projects", word: t("Projects") }]}
        here={facts?.name ?? t("Project")}
        chip={facts?.preset?.replace(/\/\d+$/, "").replaceAll("-", " ")}
      >
        {facts && facts.state !== "active" && <StateTag state={facts.state} />}
        {may("task.label") && facts?.state === "active" && (
          <Link className="btn" to="/projects/$project/label" params={{ project: id }}>
            {t("Label")}
          </Link>
        )}
        {may("task.import") && (
          <Link className="btn" to="/projects/$project/add" params={{ project: id }}>
            <IconUpload size={16} stroke={1.75} aria-hidden="true" />
            {t("Add tasks")}
          </Link>
        )}
        {may("release.create") && (
          <Link className="btn primary" to="/projects/$project/releases" params={{ project: id }}>
            <IconPackageExport size={16} stroke={1.75} aria-hidden="true" />
            {t("Cut a release")}
          </Link>
        )}
      </Crumbs>
      <div className="page">
        {progress.isPending ? (
          <div className="card">
            <Skeleton />
          </div>
        ) : progress.error ? (
          <ProblemNotice problem={progress.error} onRetry={() => progress.refetch()} />
        ) : progress.data.counts.tasks === 0 ? (
          <div className="card">
            <Empty
              title={t("Add the first tasks")}
              action={
                may("task.import") && (
                  <Link className="btn primary" to="/projects/$project/add" params={{ project: id }}>
                    {t("Add tasks from a file")}
                  </Link>
                )
              }
            >
              {t("The project is ready; it has nothing to ask about yet.")}
            </Empty>
          </div>
        ) : (
          <>
            <Figures progress={progress.data} />
            <div className="cols">
              <section className="card grow">
                <div className="cardhead">
                  <h3>{t("Progress and pace")}</h3>
                </div>
                <PaceChart progress={progress.data} />
                <Stages progress={progress.data} />
              </section>
              <Labels progress={progress.data} />
            </div>
            <AgreementTable agreement={progress.data.agreement} />
            <People progress={progress.data} />
          </>
        )}
      </div>
    </>
  );
}

function Figures({ progress }: { progress: Progress }) {
  const { counts, forecast } = progress;
  const share = counts.tasks ? counts.done / counts.tasks : 0;
  const first = progress.agreement.find((each) => "value" in each);
  return (
    <section className="card figures" aria-label={t("In figures")}>
      <div>
        <div className="t2">{t("Done")}</div>
        <div className="fig">
          {percent(share)}{" "}
          <small>{t("{done} of {tasks}", { done: number(counts.done), tasks: number(counts.tasks) })}</small>
        </div>
        <div className="bar mt4" aria-hidden="true">
          <span style={{ width: `${share * 100}%` }} />
        </div>
      </div>
      <div>
        <div className="t2">{t("Finished by")}</div>
        {forecast ? (
          <>
            <div className="fig">
              {day(forecast.at)}{" "}
              <small>{t("{low} to {high}", { low: day(forecast.low), high: day(forecast.high) })}</small>
            </div>
            <div className="small t3 mt4">{t("at the pace of the last days, 80 % interval")}</div>
          </>
        ) : (
          <>
            <div className="fig t3">{t("Not known yet")}</div>
            <div className="small t3 mt4">
              {counts.done === counts.tasks ? t("Everything is done.") : t("It appears when the pace has been seen.")}
            </div>
          </>
        )}
      </div>
      <div>
        <div className="t2">{t("Agreement, alpha")}</div>
        {first && "value" in first && first.low !== null && first.high !== null ? (
          <>
            <div className="fig">
              {two(first.value)} <small>{t("{low} to {high}", { low: two(first.low), high: two(first.high) })}</small>
            </div>
            <div className="small t3 mt4">{t("{count} tasks with two answers or more", { count: first.tasks })}</div>
          </>
        ) : (
          <>
            <div className="fig t3">{t("Not known yet")}</div>
            <div className="small t3 mt4">{t("It needs tasks that two people answered.")}</div>
          </>
        )}
      </div>
      <div>
        <div className="t2">{t("Being answered")}</div>
        <div className="fig">{number(counts.held)}</div>
        <div className="small t3 mt4">
          {t("{answers} answers, {skipped} skipped, {reports} reported", {
            answers: number(counts.answers),
            skipped: number(counts.skipped),
            reports: number(counts.reports),
          })}
        </div>
      </div>
    </section>
  );
}

function Stages({ progress: { counts } }: { progress: Progress }) {
  const cells: [string, number][] = [
    [t("Waiting"), Math.max(counts.open - counts.held, 0)],
    [t("Being answered"), counts.held],
    [t("Reported"), counts.reports],
    [t("Done"), counts.done],
  ];
  return (
    <div className="stages">
      {cells.map(([word, count]) => (
        <div key={word}>
          <div className="t2">{word}</div>
          <div className="bb num">{number(count)}</div>
        </div>
      ))}
    </div>
  );
}

function Labels({ progress }: { progress: Progress }) {
  if (progress.labels.length === 0) return null;
  return (
    <section className="card side">
      <div className="cardhead">
        <h3>{t("Labels so far")}</h3>
        <span className="small t3">{t("majority; ties count by halves")}</span>
      </div>
      {progress.labels.map((each) => (
        <div className="p16 rule" key={each.question}>
          <div className="b">{(each as { text?: string }).text ?? each.question}</div>
          {each.classes.slice(0, 12).map((label) => (
            <div className="row g8 mt4" key={String(label.value)}>
              <span className="cut" style={{ width: 110 }}>
                {label.text ?? String(label.value)}
              </span>
              <span className="bar grow" aria-hidden="true">
                <span style={{ width: `${label.share * 100}%` }} />
              </span>
              <span className="small t2 num" style={{ width: 96, textAlign: "end" }}>
                {percent(label.share)} · {number(Math.round(label.count))}
              </span>
            </div>
          ))}
        </div>
      ))}
    </section>
  );
}

function AgreementTable({ agreement }: { agreement: Agreement[] }) {
  if (agreement.length === 0) return null;
  return (
    <section className="card" style={{ overflow: "hidden" }}>
      <div className="cardhead">
        <h3>{t("Agreement by question")}</h3>
        <span className="small t3">{t("Krippendorff's alpha, 95 % interval")}</span>
      </div>
      <table className="tbl">
        <thead>
          <tr>
            <th>{t("Question")}</th>
            <th>{t("Measured as")}</th>
            <th style={{ width: 240 }}>
              <span className="row between">
                <span>0</span>
                <span>1</span>
              </span>
            </th>
            <th className="r">{t("Alpha")}</th>
            <th className="r">{t("Tasks")}</th>
          </tr>
        </thead>
        <tbody>
          {agreement.map((each) => (
            <tr key={each.question}>
              <td className="b">{(each as { text?: string }).text ?? each.question}</td>
              {"value" in each && each.low !== null && each.high !== null ? (
                <>
                  <td className="t2">{each.level}</td>
                  <td>
                    <Interval
                      name={each.question}
                      value={each.value}
                      low={each.low}
                      high={each.high}
                      count={each.tasks}
                    />
                  </td>
                  <td className="r num">
                    <span className="bb">{two(each.value)}</span>{" "}
                    <span className="t2">{t("{low} to {high}", { low: two(each.low), high: two(each.high) })}</span>
                  </td>
                  <td className="r num">{number(each.tasks)}</td>
                </>
              ) : (
                <td className="t3" colSpan={4}>
                  {whyUndefined("undefined" in each ? each.undefined : "")}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function whyUndefined(reason: string): string {
  if (reason === "one-value") return t("Everybody gave the same answer; chance alone would explain it.");
  if (reason === "structured") return t("Compared by the answers' own distance, when the project is released.");
  return t("No task has two answers yet.");
}

function People({ progress }: { progress: Progress }) {
  if (progress.annotators.length === 0) return null;
  return (
    <section className="card" style={{ overflow: "hidden" }}>
      <div className="cardhead">
        <h3>{t("People")}</h3>
        <span className="small t3">{t("by pseudonym; order is by answers, not by quality")}</span>
      </div>
      <table className="tbl">
        <thead>
          <tr>
            <th>{t("Person")}</th>
            <th className="r">{t("Answers")}</th>
            <th className="r">{t("Skipped")}</th>
            <th className="r">{t("Active time an answer")}</th>
            <th className="r">{t("Last seen")}</th>
          </tr>
        </thead>
        <tbody>
          {progress.annotators.map((each) => {
            const mean = (each as { active_ms_mean?: number | null }).active_ms_mean ?? each.active_ms_median;
            return (
              <tr key={each.pseudonym}>
                <td className="b">{each.pseudonym}</td>
                <td className="r num">{number(each.answers)}</td>
                <td className="r num">{number(each.skipped)}</td>
                <td className="r num">{mean ? duration(mean) : "–"}</td>
                <td className="r t2">{each.last_at ? when(each.last_at) : "–"}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function two(value: number): string {
  return number(value, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}
