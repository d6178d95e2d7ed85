/** How well people agree, question by question, with interval and count. */
import type { Progress } from "../../api/contract";
import { number, t } from "../../i18n";
import { Interval } from "../../kit/Interval";
import { ALPHA_FLOOR, ENOUGH, isMeasured, two } from "./needs";

export function AgreementTable({ progress: { agreement } }: { progress: Progress }) {
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
