/** What a check found: whether the checker is strong, its runs as strips, its figures with their intervals, what it let through. */
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import type { CheckReport } from "../../api/contract";
import { number, percent, t } from "../../i18n";
import { Interval } from "../../kit/Interval";
import { Notice } from "../../kit/Notice";

const SMALL = { size: 14, stroke: 1.75, "aria-hidden": true } as const;
type Work = CheckReport["work"][number];

export function CheckFound({ report }: { report: CheckReport }) {
  const { mutation_score: score, flakes, bars, missing, work, survivors } = report;
  const of = (kind: Work["kind"]): Work[] => work.filter((each) => each.kind === kind);
  const wrong = [...of("wrong_solution"), ...of("exploit"), ...of("mutant")];
  const survived = new Set(survivors.map(({ id }) => id));
  return (
    <div className="col g12">
      {missing.length === 0 ? (
        <Notice tone="pos">
          <div className="b">{t("The checker is strong: the task can be accepted.")}</div>
        </Notice>
      ) : (
        <Notice tone="cau">
          <div className="b">{t("The checker is weak: the task cannot be accepted.")}</div>
          <ul className="checks-missing">
            {missing.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </Notice>
      )}
      <Repeats name={t("Reference solution passes")} share={report.solution} work={of("solution")} isToPass />
      <Repeats name={t("Start fails")} share={report.start} work={of("start")} isToPass={false} />
      <Figure
        name={t("Wrong work refused")}
        words={
          score.rate === null
            ? t("none tried")
            : t("{count} of {total}, {share}; {bar} asked for", {
                count: score.count,
                total: score.total,
                share: percent(score.rate),
                bar: percent(bars.mutation_score),
              })
        }
      >
        {score.rate !== null && score.low !== null && score.high !== null && (
          <Interval
            name={t("Mutation score")}
            value={score.rate}
            low={score.low}
            high={score.high}
            count={score.total}
            countMin={1}
            target={bars.mutation_score}
          />
        )}
        <Strip
          label={t("{count} of {total} wrong works refused", { count: score.count, total: score.total })}
          marks={wrong.map(({ id }) => !survived.has(id))}
        />
      </Figure>
      <Figure
        name={t("Flakes")}
        words={t("{count} of {total} repeats; at most {upper} of runs (95 %), {bar} allowed", {
          count: flakes.count,
          total: flakes.total,
          upper: share(flakes.upper),
          bar: share(bars.flake_rate),
        })}
      >
        <Interval
          name={t("Flake rate")}
          value={flakes.total > 0 ? flakes.count / flakes.total : null}
          low={0}
          high={flakes.upper}
          count={flakes.total}
          countMin={1}
          scale={[0, Math.max(2 * bars.flake_rate, flakes.upper)]}
          target={bars.flake_rate}
          tone={flakes.upper <= bars.flake_rate ? "" : "dan"}
        />
      </Figure>
      {survivors.length > 0 && (
        <div className="col g6">
          <h4 className="small b">{t("Not refused")}</h4>
          {survivors.map(({ id, operator, diff }) => (
            <details key={id} className="survivor">
              <summary>
                <span className="mono small">{id}</span> <span className="small t2">{operator}</span>
              </summary>
              {diff && <Diff text={diff} />}
            </details>
          ))}
        </div>
      )}
      <p className="small t3">
        {t("{runs} runs in {seconds} s", { runs: report.runs, seconds: number(report.seconds) })}
      </p>
    </div>
  );
}

function share(of: number): string {
  return number(of, { style: "percent", maximumFractionDigits: 2 });
}

interface RepeatsProps {
  name: string;
  share: CheckReport["solution"];
  work: readonly Work[];
  isToPass: boolean;
}

function Repeats({ name, share: { count, total }, work, isToPass }: RepeatsProps) {
  const rewards = work.flatMap((each) => each.rewards);
  const words = t("{count} of {total} runs", { count, total });
  // What a reward is worth the server says; which of the runs fell out is seen by their rewards.
  const best = Math.max(...rewards, 0);
  const marks = rewards.map((reward) => count === total || (isToPass ? reward === best && count > 0 : reward < best));
  return (
    <Figure name={name} words={words} isGood={count === total && total > 0}>
      <Strip label={`${name}: ${words}`} marks={marks} />
    </Figure>
  );
}

interface FigureProps {
  name: string;
  words: string;
  isGood?: boolean;
  children: React.ReactNode;
}

function Figure({ name, words, isGood, children }: FigureProps) {
  return (
    <div className="check-figure">
      <div className="row between g8 wrap">
        <span className="small b">
          {isGood !== undefined && (
            <span className={isGood ? "state pos" : "state dan"}>
              {isGood ? <IconCircleCheck {...SMALL} /> : <IconAlertTriangle {...SMALL} />}
            </span>
          )}{" "}
          {name}
        </span>
        <span className="small t2">{words}</span>
      </div>
      {children}
    </div>
  );
}

/** One mark a run, in order: what went as it must is low and calm, what did not stands out by height as well. */
function Strip({ label, marks }: { label: string; marks: boolean[] }) {
  return (
    <span className="check-strip" role="img" aria-label={label}>
      {marks.map((isGood, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: runs have no identity but their place
        <i key={index} className={isGood ? undefined : "bad"} />
      ))}
    </span>
  );
}

function Diff({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <pre className="mono small check-diff" tabIndex={0}>
      {text.split("\n").map((line, index) => {
        const look = line.startsWith("+") ? "ins" : line.startsWith("-") ? "del" : undefined;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
          <span key={index} className={look}>
            {line}
            {"\n"}
          </span>
        );
      })}
    </pre>
  );
}
