/** On what people agree, what they confuse, what a right label costs, and the tasks that are least sure. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { call } from "../../api/client";
import type { Id, Quality, QuestionDetail, QuestionQuality } from "../../api/contract";
import { number, percent, t } from "../../i18n";
import { Faces } from "../../kit/Faces";
import { summed } from "../offers/money";
import { AgreementCells, AgreementHead, leastOf } from "./AgreementCells";
import { ConfusionTable } from "./ConfusionTable";
import { money, sureness, two } from "./figures";
import { whatIsMissing } from "./PeopleTab";
import { RankingCard } from "./RankingCard";
import type { QualitySearch } from "./search";

interface TabProps {
  project: string;
  quality: Quality;
  question: QuestionQuality;
  onGo: (change: Partial<QualitySearch>) => void;
}

export function QuestionsTab({ project, quality, question, onGo }: TabProps) {
  const detail = useQuery({
    queryKey: ["quality", project, "question", question.question, question.fitted_at],
    queryFn: () =>
      call("GET /projects/{project}/quality/questions/{question}", { path: { project, question: question.question } }),
  });
  const least = leastOf(quality.questions);
  return (
    <>
      <section className="card clip">
        <div className="cardhead">
          <h2 className="h3">{t("Agreement by question")}</h2>
          <span className="small t3">
            {t("Krippendorff’s alpha and Gwet’s coefficient, each with its 95 % interval")}
          </span>
        </div>
        <div className="scroll-x">
          <table className="tbl">
            <AgreementHead first={t("Question")} least={least} />
            <tbody>
              {quality.questions.map((each) => (
                <tr key={each.question} className={each.question === question.question ? "on" : ""}>
                  <td>
                    <button
                      type="button"
                      className="rowlink"
                      aria-pressed={each.question === question.question}
                      onClick={() => onGo({ question: each.question })}
                    >
                      {each.text || each.question}
                    </button>
                  </td>
                  <AgreementCells name={each.text || each.question} alpha={each.alpha} gwet={each.gwet} least={least} />
                  <td className="r num">{number(each.votes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <Costs project={project} question={question} decided={quality.decided} />
      {(question.level === "comparison" || question.level === "structured") && (
        <RankingCard key={question.question} project={project} question={question} />
      )}
      <div className="cols">
        <div className="col">
          <Hardest project={project} question={question} />
        </div>
        <div className="col">
          <Faces query={detail}>{(data) => <Confused detail={data} />}</Faces>
        </div>
      </div>
    </>
  );
}

interface CostsProps {
  project: Id;
  question: QuestionQuality;
  decided: Quality["decided"];
}

function Costs({ project, question, decided }: CostsProps) {
  const { answers_per_correct: cost, probability, estimates } = question;
  const spend = useQuery({
    queryKey: ["spend", project],
    queryFn: () => call("GET /projects/{project}/spend", { path: { project } }),
    enabled: cost !== null,
  });
  // What made the labels: exams and audits are the price of knowing how good they are.
  const making = (spend.data?.stages ?? []).filter(({ stage }) => stage !== "exam" && stage !== "audit");
  const totals = summed(making.flatMap((each) => each.totals)).filter(({ amount }) => amount > 0);
  return (
    <section className="card">
      {question.missing.length > 0 && <p className="p16 t2">{whatIsMissing(question.missing)}</p>}
      <div className="costs">
        {cost && (
          <div>
            <h3 className="h4">{t("Answers for one right label")}</h3>
            <div className="num mt8">
              <span className="bb">{two(cost.value)} </span>
              <span className="t2">{t("{low} to {high}", { low: two(cost.low), high: two(cost.high) })}</span>
              <span className="t3"> · {t("{count} answers", { count: number(cost.answers) })}</span>
            </div>
            <p className="small t3 mt8">
              {totals.length > 0
                ? t("By the model’s own probabilities.")
                : t("By the model’s own probabilities; in money once an offer is made.")}
            </p>
          </div>
        )}
        {cost && totals.length > 0 && (
          <div>
            <h3 className="h4">{t("Cost of one right label")}</h3>
            {totals.map((total) => (
              <div className="num mt8" key={total.currency}>
                <span className="bb">{money(total, cost.value / cost.answers)} </span>
                <span className="t2">
                  {t("{low} to {high}", {
                    low: money(total, cost.low / cost.answers),
                    high: money(total, cost.high / cost.answers),
                  })}
                </span>
                <span className="t3"> · {t("{amount} owed so far", { amount: money(total, 1) })}</span>
              </div>
            ))}
            <p className="small t3 mt8">
              {t(
                "What is owed for labels, review and adjudication by the offers frozen at the claim, for each label that the model expects to be right. Exams and audits are not in it.",
              )}
            </p>
          </div>
        )}
        {estimates && (
          <div>
            <h3 className="h4">{t("How wide the estimates are")}</h3>
            <div className="num mt8">
              <span className="bb">{two(estimates.width)}</span>
              <span className="t3"> · {t("{count} tasks", { count: number(estimates.tasks) })}</span>
            </div>
            <p className="small t3 mt8">
              {t("The median width of their intervals of 95 %, in the unit of the question.")}
            </p>
          </div>
        )}
        {probability && (
          <div>
            <h3 className="h4">{t("How sure the labels are")}</h3>
            <div className="num mt8">
              <span className="bb">{percent(probability.mean)}</span>
              <span className="t3"> · {t("{count} tasks", { count: number(probability.tasks) })}</span>
            </div>
            <p className="small t3 mt8">
              {t("The mean probability of the likeliest answers, as the model states it.")}
            </p>
          </div>
        )}
        <div>
          <h3 className="h4">{t("Answers saved")}</h3>
          <div className="num mt8">
            <span className="bb">{number(decided.saved ?? 0)}</span>
            {decided.planned !== null && (
              <span className="t2">
                {" "}
                {t("of {planned}, {used} given", {
                  planned: number(decided.planned),
                  used: number(decided.answers),
                })}
              </span>
            )}
          </div>
          <p className="small t3 mt8">
            {decided.planned === null
              ? t("Each task is asked of as many people as the project says.")
              : t(
                  "Against the most that adaptive opinions allow, over {count, plural, one {# task} other {# tasks}} decided.",
                  {
                    count: decided.tasks,
                  },
                )}
          </p>
        </div>
        {question.gold > 0 && (
          <div>
            <h3 className="h4">{t("Known answers")}</h3>
            <div className="num mt8">
              <span className="bb">{number(question.gold)}</span>
              <span className="t3"> {t("gold tasks taught the model")}</span>
            </div>
          </div>
        )}
      </div>
    </section>
  );
}

function Hardest({ project, question }: { project: string; question: QuestionQuality }) {
  const hardest = useQuery({
    queryKey: ["quality", project, "hardest", question.question, question.fitted_at],
    queryFn: () =>
      call("GET /projects/{project}/quality/tasks", {
        path: { project },
        query: { question: question.question, cursor: null, limit: 20 },
      }),
    enabled: question.model !== null,
  });
  if (question.model === null) return null;
  return (
    <Faces query={hardest} lines={6}>
      {(data) => (
        <section className="card clip">
          <div className="cardhead">
            <h2 className="h3">{t("Hardest tasks")}</h2>
            <span className="small t3">{t("the likeliest answer, least sure first")}</span>
          </div>
          {data.items.length === 0 ? (
            <p className="p16 t2">{t("No task has two answers yet.")}</p>
          ) : (
            <div className="scroll-x">
              <table className="tbl">
                <thead>
                  <tr>
                    <th>{t("Task")}</th>
                    <th>{t("Likeliest answer")}</th>
                    <th className="r">{t("Probability")}</th>
                    <th className="r">{t("Said so")}</th>
                  </tr>
                </thead>
                <tbody>
                  {data.items.map((task) => (
                    <tr key={task.task_id}>
                      <td>
                        <Link
                          className="mono"
                          to="/projects/$project/tasks"
                          params={{ project }}
                          search={{ id: task.task_id, task: task.task_id }}
                        >
                          {task.task_id.slice(-8)}
                        </Link>
                      </td>
                      <td className="cut">{task.answer}</td>
                      <td className="r num">{sureness(task.probability)}</td>
                      <td className="r num">
                        {t("{agreeing} of {votes}", { agreeing: number(task.agreeing), votes: number(task.votes) })}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </section>
      )}
    </Faces>
  );
}

function Confused({ detail }: { detail: QuestionDetail }) {
  const { confusion } = detail;
  if (!confusion) return null;
  return (
    <section className="card p16">
      <h2 className="h3">{t("What is confused with what")}</h2>
      <div className="mt12">
        <ConfusionTable
          confusion={confusion}
          caption={t("Rows: what is true. Columns: what is answered. Per cent of the row, {count} answers.", {
            count: number(Math.round(confusion.tasks)),
          })}
        />
      </div>
    </section>
  );
}
