/** Which answers were given, and how often. */
import type { Progress } from "../../api/contract";
import { number, percent, t } from "../../i18n";

export function Labels({ progress }: { progress: Progress }) {
  if (progress.labels.length === 0) return null;
  return (
    <section className="card">
      <div className="cardhead">
        <h2 className="h3">{t("Labels so far")}</h2>
        <span className="small t3">
          {progress.labels.some(({ made_by }) => made_by)
            ? t("what stands, as of the last fit; gold left out")
            : t("by votes alone; ties count in parts")}
        </span>
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
          {each.made_by && (
            <div className="small t3 mt4 num">
              {t("{labels, plural, one {# label} other {# labels}}", { labels: each.labels })}
              {(
                [
                  [each.made_by.adjudication, t("by adjudication")],
                  [each.made_by.review, t("by review")],
                  [each.made_by.model, t("by a model")],
                  [each.made_by.votes, t("by votes")],
                  [each.ties, t("tied")],
                ] as const
              )
                .filter(([count]) => count > 0)
                .map(([count, word]) => ` · ${number(count)} ${word}`)
                .join("")}
            </div>
          )}
          {each.classes.length > 12 && (
            <div className="small t3 mt4">{t("and {count} more", { count: each.classes.length - 12 })}</div>
          )}
        </div>
      ))}
    </section>
  );
}
