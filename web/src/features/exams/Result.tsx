/** What came of an exam: passed or not, and what was wrong where its tasks teach. */
import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import type { MyExam, Sitting } from "../../api/contract";
import { number, t, when } from "../../i18n";

const ICON = { size: 18, stroke: 1.75, "aria-hidden": true } as const;

export function Result({ exam, last }: { exam: MyExam; last: Sitting }) {
  return (
    <section className="card pad" aria-label={t("Result")}>
      <h2 className="row g8">
        {last.passed ? <IconCircleCheck {...ICON} /> : <IconCircleX {...ICON} />}
        {last.passed ? t("Passed: you have “{skill}” now", { skill: exam.skill }) : t("Not passed this time")}
      </h2>
      <p className="t2 num">
        {t("{right} of {tasks} right; {needed} pass.", {
          right: number(last.right),
          tasks: number(last.tasks),
          needed: number(last.needed),
        })}
      </p>
      {last.passed && exam.expires_at && (
        <p className="t2">{t("It holds until {time}.", { time: when(exam.expires_at) })}</p>
      )}
      {exam.state === "wait" && exam.retry_at && (
        <p className="t2">
          {t("You may take it again, with other tasks, from {time}.", { time: when(exam.retry_at) })}
        </p>
      )}
      <ol className="col g12 mt8">
        {last.answers.map((each, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the answers of a sitting that is over stay as they are
          <li key={index} className="col g6">
            <div className={each.right ? "state pos" : "state cau"}>
              {each.right ? t("Right") : t("Wrong")}
              {": "}
              {each.yours || t("not answered")}
            </div>
            {!each.right && each.known && (
              <div>
                <span className="small t2">{t("What is right")}</span> <span className="b">{each.known}</span>
                {each.explanation && <p>{each.explanation}</p>}
              </div>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
