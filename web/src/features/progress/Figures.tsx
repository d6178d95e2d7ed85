/** How far a project is, when it will be finished, how well people agree, how much was answered. */
import type { Progress, Project } from "../../api/contract";
import { day, number, percent, t } from "../../i18n";
import { Interval } from "../../kit/Interval";
import { ALPHA_FLOOR, ENOUGH, isMeasured, two } from "./needs";

export function Figures({ progress, project }: { progress: Progress; project: Project | undefined }) {
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
