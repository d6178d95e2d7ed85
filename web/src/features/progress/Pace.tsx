/** Progress over time, and how many tasks are in which state. */
import { useState } from "react";
import type { Progress } from "../../api/contract";
import { number, t } from "../../i18n";
import { Segmented } from "../../kit/Segmented";
import { PaceChart } from "./PaceChart";

export function Pace({ progress }: { progress: Progress }) {
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
