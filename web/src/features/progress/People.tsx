/** What each annotator did here. */
import type { Progress } from "../../api/contract";
import { duration, number, t, when } from "../../i18n";

export function People({ progress }: { progress: Progress }) {
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
