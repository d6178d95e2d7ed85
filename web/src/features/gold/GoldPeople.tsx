/** How right everybody is on hidden gold, and how much of it they are dealt now. */
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { Id } from "../../api/contract";
import { number, percent, t } from "../../i18n";
import { Faces } from "../../kit/Faces";
import { Interval } from "../../kit/Interval";
import { CHECKED_MIN, two } from "../quality/figures";

export function GoldPeople({ project }: { project: Id }) {
  const people = useQuery({
    queryKey: ["gold", project, "people"],
    queryFn: () => call("GET /projects/{project}/gold/people", { path: { project } }),
  });
  return (
    <Faces query={people} lines={4}>
      {(data) =>
        data.items.length === 0 ? null : (
          <section className="card clip">
            <div className="cardhead">
              <h2 className="h3">{t("People on hidden gold")}</h2>
              <span className="small t3">
                {t("By pseudonym; the less is known of somebody, the more they are dealt")}
              </span>
            </div>
            <div className="scroll-x">
              <table className="tbl goldperson">
                <thead>
                  <tr>
                    <th>{t("Person")}</th>
                    <th style={{ minWidth: 140 }}>{t("Right")}</th>
                    <th>{t("95 % interval")}</th>
                    <th className="r">{t("Answered")}</th>
                    <th className="r">{t("Dealt now")}</th>
                  </tr>
                </thead>
                <tbody>
                  {data.items.map(({ annotator, right, rate }) => (
                    <tr key={annotator}>
                      <td className="b">{annotator}</td>
                      <td>
                        <Interval
                          name={annotator}
                          value={right.total >= CHECKED_MIN ? right.value : null}
                          low={right.low}
                          high={right.high}
                          count={right.total}
                        />
                      </td>
                      <td className="num nowrap t2">
                        {t("{low} to {high}", { low: two(right.low), high: two(right.high) })}
                      </td>
                      <td className="r num">{number(right.total)}</td>
                      <td className="r num">{percent(rate)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </section>
        )
      }
    </Faces>
  );
}
