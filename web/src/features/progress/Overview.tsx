/** A project's overview: how far, when finished, how well people agree, what wants attention; live while it is open. */
import {
  IconAlertTriangle,
  IconInfoCircle,
  IconPackageExport,
  IconPencil,
  IconPlugConnectedX,
  IconUpload,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import type { Progress, Project } from "../../api/contract";
import { useMay } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { clock, day, duration, number, percent, t, when } from "../../i18n";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Interval } from "../../kit/Interval";
import { Segmented } from "../../kit/Segmented";
import { StateTag } from "../../kit/StateTag";
import { wordsOfPreset } from "../projects/preset";
import { ALPHA_FLOOR, isMeasured, needsOf, two } from "./needs";
import { PaceChart } from "./PaceChart";
import "./progress.css";
import { useLive } from "./useLive";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

/** Below so many tasks the interval is shown and the estimate is not. */
const ENOUGH = 20;

export default function Overview() {
  const { project: id } = useParams({ strict: false }) as { project: string };
  const may = useMay();
  const isLive = useLive(id);
  const project = useQuery({
    queryKey: ["project", id],
    queryFn: () => call("GET /projects/{project}", { path: { project: id } }),
  });
  const progress = useQuery({
    queryKey: ["progress", id],
    queryFn: () => call("GET /projects/{project}/progress", { path: { project: id } }),
  });
  const facts = project.data;
  const isOpen = facts?.state === "active" || facts?.state === "paused";

  return (
    <>
      <Crumbs
        trail={[{ to: "/projects", word: t("Projects") }]}
        here={facts?.name ?? t("Project")}
        chip={wordsOfPreset(facts?.preset)}
      >
        {!isLive && (
          <span className="state cau">
            <IconPlugConnectedX size={14} stroke={1.75} aria-hidden="true" />
            {t("Not live, connecting again")}
          </span>
        )}
        {facts && facts.state !== "active" && <StateTag state={facts.state} />}
        {may("task.label") && facts?.state === "active" && (
          <Link className="btn quiet" to="/projects/$project/label" params={{ project: id }}>
            <IconPencil {...ICON} />
            {t("Label")}
          </Link>
        )}
        {may("task.import") && isOpen && (
          <Link className="btn" to="/projects/$project/add" params={{ project: id }}>
            <IconUpload {...ICON} />
            {t("Add tasks")}
          </Link>
        )}
        {may("release.create") && (
          <Link
            className="btn primary"
            to="/projects/$project/releases"
            params={{ project: id }}
            search={{ cut: true }}
          >
            <IconPackageExport {...ICON} />
            {t("Cut a release")}
          </Link>
        )}
      </Crumbs>
      <div className="page">
        <Faces query={progress} lines={10}>
          {(data) =>
            data.counts.tasks === 0 ? (
              <NoTasks project={id} />
            ) : (
              <>
                <Figures progress={data} project={facts} />
                <div className="cols">
                  <div className="col">
                    <Pace progress={data} />
                    <AgreementTable progress={data} />
                    <People progress={data} />
                  </div>
                  <div className="col">
                    {facts && <Needs progress={data} project={facts} checkedAt={progress.dataUpdatedAt} />}
                    <Labels progress={data} />
                  </div>
                </div>
              </>
            )
          }
        </Faces>
      </div>
    </>
  );
}

function NoTasks({ project }: { project: string }) {
  const may = useMay();
  return (
    <div className="card">
      <Empty
        title={t("Add the first tasks")}
        action={
          may("task.import") && (
            <Link className="btn primary" to="/projects/$project/add" params={{ project }}>
              {t("Add tasks from a file")}
            </Link>
          )
        }
      >
        {t("The project is ready; it has nothing to ask about yet.")}
      </Empty>
    </div>
  );
}

function Figures({ progress, project }: { progress: Progress; project: Project | undefined }) {
  const { counts, forecast } = progress;
  const share = counts.tasks ? counts.done / counts.tasks : 0;
  const held = counts.tasks ? counts.held / counts.tasks : 0;
  const first = progress.agreement.find(isMeasured);
  const now = Date.now();
  const due = project?.due_at ? Date.parse(project.due_at) : undefined;
  const last = forecast ? Math.max(Date.parse(forecast.high), due ?? 0) : now;
  return (
    <section className="card figures" aria-label={t("In figures")}>
      <div>
        <div className="t2">{t("Done")}</div>
        <div className="fig">
          {percent(share)}{" "}
          <small>{t("{done} of {tasks}", { done: number(counts.done), tasks: number(counts.tasks) })}</small>
        </div>
        <div className="under" aria-hidden="true">
          <div className="bar">
            <span style={{ width: `${share * 100}%` }} />
            <span className="two" style={{ width: `${held * 100}%` }} />
          </div>
        </div>
        <div className="small t3">
          {t("{count, plural, one {# is} other {# are}} being answered now", { count: counts.held })}
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
            <div className="under">
              <TimeBand
                at={forecast.at}
                low={forecast.low}
                high={forecast.high}
                from={now}
                to={last + (last - now) / 8}
                due={due}
              />
            </div>
            <div className="small t3">
              {t("at the pace so far, {share} interval", { share: percent(forecast.confidence, 0) })}
              {project?.due_at && ` · ${t("due {day}", { day: day(project.due_at) })}`}
            </div>
          </>
        ) : (
          <>
            <div className="fig t3">{counts.done === counts.tasks ? t("Done") : t("Not known yet")}</div>
            <div className="under" />
            <div className="small t3">
              {counts.done === counts.tasks
                ? t("Every task has its answers.")
                : t("It appears when the pace has been seen.")}
            </div>
          </>
        )}
      </div>
      <div>
        <div className="t2">{t("Agreement, alpha")}</div>
        {first ? (
          <>
            <div className="fig">
              {first.tasks >= ENOUGH && two(first.value)}{" "}
              <small>{t("{low} to {high}", { low: two(first.low), high: two(first.high) })}</small>
            </div>
            <div className="under">
              <Interval
                name={t("Agreement, alpha")}
                value={first.value}
                low={first.low}
                high={first.high}
                count={first.tasks}
                scale={[Math.min(0, first.low), 1]}
                target={ALPHA_FLOOR}
              />
            </div>
            <div className="small t3 cut" title={first.text}>
              {t("{count, plural, one {# task} other {# tasks}} with two answers or more", { count: first.tasks })}
              {progress.agreement.length > 1 && ` · ${first.text || first.question}`}
            </div>
          </>
        ) : (
          <>
            <div className="fig t3">{t("Not known yet")}</div>
            <div className="under" />
            <div className="small t3">{t("It needs tasks that two people answered.")}</div>
          </>
        )}
      </div>
      <div>
        <div className="t2">{t("Answers")}</div>
        <div className="fig">
          {number(counts.answers)}{" "}
          <small>
            {t("{count, plural, one {by # person} other {by # people}}", { count: progress.annotators.length })}
          </small>
        </div>
        <div className="under" />
        <div className="small t3">
          {t("{skipped} skipped, {reports} reported", {
            skipped: number(counts.skipped),
            reports: number(counts.reports),
          })}
        </div>
      </div>
    </section>
  );
}

/** A date with its range, as every estimate is drawn; dashed: when it is due. */
function TimeBand({
  at,
  low,
  high,
  from,
  to,
  due,
}: {
  at: string;
  low: string;
  high: string;
  from: number;
  to: number;
  due?: number;
}) {
  const share = (time: number): number => Math.max(0, Math.min(100, ((time - from) / Math.max(to - from, 1)) * 100));
  const tone =
    due === undefined || Date.parse(high) <= due
      ? ""
      : Date.parse(low) > due
        ? "dan"
        : Date.parse(at) > due
          ? "cau"
          : "mute";
  const sentence = t("finished on {at}, between {low} and {high}", { at: day(at), low: day(low), high: day(high) });
  const left = share(Date.parse(low));
  return (
    <span className={`iv ${tone}`} role="img" aria-label={sentence} title={sentence}>
      <b style={{ left: `${left}%`, width: `${Math.max(1, share(Date.parse(high)) - left)}%` }} />
      <i style={{ left: `${share(Date.parse(at))}%` }} />
      {due !== undefined && <u style={{ left: `${share(due)}%` }} />}
    </span>
  );
}

function Pace({ progress }: { progress: Progress }) {
  const [shows, setShows] = useState<"done" | "answers">("done");
  const { counts } = progress;
  const cells: [string, number][] = [
    [t("Waiting"), Math.max(counts.open - counts.held, 0)],
    [t("Being answered"), counts.held],
    [t("Reported"), counts.reports],
    [t("Skipped"), counts.skipped],
    [t("Done"), counts.done],
  ];
  return (
    <section className="card">
      <div className="cardhead">
        <h2 className="h3">{t("Progress and pace")}</h2>
        <Segmented
          label={t("Show")}
          value={shows}
          options={[
            ["done", t("Done")],
            ["answers", t("Answers")],
          ]}
          onChange={setShows}
        />
      </div>
      <PaceChart progress={progress} shows={shows} />
      <div className="stages">
        {cells.map(([word, count]) => (
          <div key={word}>
            <div className="t2 cut">{word}</div>
            <div className="bb num">{number(count)}</div>
          </div>
        ))}
      </div>
    </section>
  );
}

function Needs({ progress, project, checkedAt }: { progress: Progress; project: Project; checkedAt: number }) {
  const may = useMay();
  const needs = needsOf(progress, project);
  if (!may("project.write")) return null;
  return (
    <section className="card">
      <div className="cardhead">
        <h2 className="h3">{t("Needs you")}</h2>
        {needs.length > 0 && <span className="small t3">{needs.length}</span>}
      </div>
      <ul className="needs">
        {needs.map(({ id, tone, title, text, action }) => (
          <li key={id}>
            {tone === "info" ? (
              <IconInfoCircle {...ICON} className="acc" />
            ) : (
              <IconAlertTriangle {...ICON} className={tone === "dan" ? "dan" : "cau"} />
            )}
            <div>
              <div className="b">{title}</div>
              <div className="small t2 mt4">{text}</div>
              <Link className="btn s mt8" to={action.to} search={action.search}>
                {action.word}
              </Link>
            </div>
          </li>
        ))}
      </ul>
      <p className={needs.length > 0 ? "small t3 p16 rule" : "small t3 p16"}>
        {needs.length > 0
          ? t("Nothing else is outside its limits. Checked at {clock}.", {
              clock: clock(new Date(checkedAt).toISOString()),
            })
          : t("Nothing is outside its limits. Checked at {clock}.", {
              clock: clock(new Date(checkedAt).toISOString()),
            })}
      </p>
    </section>
  );
}

function Labels({ progress }: { progress: Progress }) {
  if (progress.labels.length === 0) return null;
  return (
    <section className="card">
      <div className="cardhead">
        <h2 className="h3">{t("Labels so far")}</h2>
        <span className="small t3">{t("majority; ties count in parts")}</span>
      </div>
      {progress.labels.map((each) => (
        <div className="p16 rule first" key={each.question}>
          <div className="b">{each.text || each.question}</div>
          <ul>
            {each.classes.slice(0, 12).map((label) => (
              <li className="row g8 mt4" key={String(label.value)}>
                <span className="cut" style={{ flex: "0 0 38%" }} title={label.text}>
                  {label.text || String(label.value)}
                </span>
                <span className="bar grow" aria-hidden="true">
                  <span style={{ width: `${label.share * 100}%` }} />
                </span>
                <span className="small t2 num" style={{ minWidth: 84, textAlign: "end" }}>
                  {percent(label.share, 0)} · {number(label.count, { maximumFractionDigits: 1 })}
                </span>
              </li>
            ))}
          </ul>
          {each.classes.length > 12 && (
            <div className="small t3 mt4">{t("and {count} more", { count: each.classes.length - 12 })}</div>
          )}
        </div>
      ))}
    </section>
  );
}

function AgreementTable({ progress: { agreement } }: { progress: Progress }) {
  if (agreement.length === 0) return null;
  const lowest = Math.min(0, ...agreement.filter(isMeasured).map(({ low }) => low));
  const least = Math.floor(lowest * 10) / 10;
  return (
    <section className="card clip">
      <div className="cardhead">
        <h2 className="h3">{t("Agreement by question")}</h2>
        <span className="small t3">
          {t("Krippendorff’s alpha, 95 % interval; dashed: 0.67, the least to conclude from")}
        </span>
      </div>
      <div className="scroll-x">
        <table className="tbl">
          <thead>
            <tr>
              <th>{t("Question")}</th>
              <th>{t("Measured as")}</th>
              <th style={{ width: "26%", minWidth: 140 }}>
                <span className="row between" dir="ltr">
                  <span>{number(least)}</span>
                  <span>1</span>
                </span>
              </th>
              <th>{t("Alpha")}</th>
              <th className="r">{t("Tasks")}</th>
              <th className="r">{t("Answers")}</th>
            </tr>
          </thead>
          <tbody>
            {agreement.map((each) => (
              <tr key={each.question}>
                <td className="b">{each.text || each.question}</td>
                {isMeasured(each) ? (
                  <>
                    <td className="t2">{wordOfLevel(each.level)}</td>
                    <td>
                      <Interval
                        name={each.text || each.question}
                        value={each.value}
                        low={each.low}
                        high={each.high}
                        count={each.tasks}
                        scale={[least, 1]}
                        target={ALPHA_FLOOR}
                      />
                    </td>
                    <td className="num">
                      {each.tasks >= ENOUGH && <span className="bb">{two(each.value)} </span>}
                      <span className="t2">{t("{low} to {high}", { low: two(each.low), high: two(each.high) })}</span>
                    </td>
                    <td className="r num">{number(each.tasks)}</td>
                  </>
                ) : (
                  <td className="t3" colSpan={4}>
                    {whyUndefined(each.undefined ?? "")}
                  </td>
                )}
                <td className="r num">{number(each.votes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function wordOfLevel(level: string): string {
  const words: Record<string, () => string> = {
    nominal: () => t("nominal"),
    ordinal: () => t("ordinal"),
    interval: () => t("interval"),
  };
  return words[level]?.() ?? level;
}

function whyUndefined(reason: string): string {
  if (reason === "one-value") return t("Everybody gave the same answer; chance alone would explain it.");
  if (reason === "structured") return t("Marks and free text are compared by their own distance, in the release.");
  return t("No task has two answers yet.");
}

function People({ progress }: { progress: Progress }) {
  if (progress.annotators.length === 0) return null;
  return (
    <section className="card clip">
      <div className="cardhead">
        <h2 className="h3">{t("People")}</h2>
        <span className="small t3">
          {t("by pseudonym, in the order of their answers; that is no order of quality")}
        </span>
      </div>
      <div className="scroll-x">
        <table className="tbl">
          <thead>
            <tr>
              <th>{t("Person")}</th>
              <th className="r">{t("Answers")}</th>
              <th className="r">{t("Skipped")}</th>
              <th className="r">{t("Active time an answer, mean")}</th>
              <th className="r">{t("Last answer, by the hour")}</th>
            </tr>
          </thead>
          <tbody>
            {progress.annotators.map((each) => (
              <tr key={each.pseudonym}>
                <td className="b">{each.pseudonym}</td>
                <td className="r num">{number(each.answers)}</td>
                <td className="r num">{number(each.skipped)}</td>
                <td className="r num">{each.active_ms_mean ? duration(each.active_ms_mean) : t("not measured")}</td>
                <td className="r t2">{when(each.last_at)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
