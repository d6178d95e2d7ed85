/** On my work: what each project offers, what was earned so far under the offers frozen for this person, and how often they are right. */
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { OwnAccuracy, Terms } from "../../api/contract";
import { number, t } from "../../i18n";
import { Interval } from "../../kit/Interval";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { byStage, countsOf, deadlineOf, earnedOf, money, rateOf, type StageEarned, stageWord } from "./money";
import "./offers.css";

export function TermsCard() {
  const terms = useQuery({
    queryKey: ["work", "terms"],
    queryFn: () => call("GET /work/terms"),
    refetchInterval: 300_000,
  });
  const accuracy = useQuery({ queryKey: ["work", "accuracy"], queryFn: () => call("GET /work/accuracy") });
  const items = terms.data?.items ?? [];
  const own = accuracy.data?.items ?? [];
  if (terms.error && !terms.data) {
    return <ProblemNotice problem={terms.error} onRetry={() => void terms.refetch()} />;
  }
  const shown = items.filter(
    ({ project, offers, owed }) =>
      offers.length > 0 || owed.length > 0 || own.some((each) => each.project.id === project.id),
  );
  if (shown.length === 0) return null;
  return (
    <section className="card clip" aria-label={t("Terms and earnings")}>
      <header>
        <h2 className="h3 grow">{t("Terms and earnings")}</h2>
        <span className="small t3">
          {t("A task stays under the offer it was dealt under. Figures only: nothing is paid here.")}
        </span>
      </header>
      <ul>
        {shown.map((each) => (
          <Row
            terms={each}
            accuracy={own.filter(({ project }) => project.id === each.project.id)}
            key={each.project.id}
          />
        ))}
      </ul>
    </section>
  );
}

function Row({ terms, accuracy }: { terms: Terms; accuracy: readonly OwnAccuracy[] }) {
  const { project, offers, owed, totals } = terms;
  const counts = countsOf(owed.filter(({ stage }) => stage === "label"));
  const done = byStage(owed);
  // Where somebody only labels, no word says so.
  const isPlain = [...offers, ...owed].every(({ stage }) => stage === "label");
  return (
    <li className="termsrow">
      <div>
        <span className="b">{project.name}</span>
        {offers.length === 0 && <div className="small t2 mt4">{t("Nothing is offered here")}</div>}
        {offers.map((offer) => (
          <div className="small t2 mt4" key={offer.stage}>
            {!isPlain && <span className="b">{stageWord(offer.stage)} </span>}
            {offer.stage === "label" ? `${rateOf(offer)} · ${deadlineOf(offer)}` : rateOf(offer)}
          </div>
        ))}
      </div>
      <div className="num">
        {totals.length > 0 ? (
          totals.map((each) => (
            <div className="b" key={each.currency}>
              {earnedOf(each)}
            </div>
          ))
        ) : (
          <span className="t3">{t("Nothing earned yet")}</span>
        )}
        {!isPlain && done.map((each) => <Done done={each} key={each.stage} />)}
        {counts.answers > 0 && (
          <div className="small t3">
            {t("{accepted} accepted, {waiting} not judged yet, {rejected} rejected", {
              accepted: number(counts.accepted),
              waiting: number(counts.waiting),
              rejected: number(counts.rejected),
            })}
          </div>
        )}
      </div>
      <div className="col g4">
        {accuracy.map((each) => (
          <Accuracy own={each} key={each.question} />
        ))}
      </div>
    </li>
  );
}

/** What was done at one stage, and what it comes to. */
function Done({ done: { stage, pieces, totals } }: { done: StageEarned }) {
  const count = t("{count, plural, one {# task} other {# tasks}}", { count: pieces });
  const amounts = totals.map((each) => money(each.amount, each)).join(" + ");
  return (
    <div className="small t2">
      <span className="b">{stageWord(stage)}</span> {amounts ? `${count} · ${amounts}` : count}
    </div>
  );
}

function Accuracy({ own }: { own: OwnAccuracy }) {
  if (!own.accuracy) return null;
  const { mean, low, high } = own.accuracy;
  return (
    <div className="row g8 small">
      <span className="t3 cut">{t("right on “{question}”", { question: own.text })}</span>
      <Interval
        name={own.text}
        value={mean}
        low={low}
        high={high}
        count={own.checked}
        target={own.target ?? undefined}
      />
      <span className="num nowrap">
        {number(low, TWO)} – {number(high, TWO)}
        <span className="t3"> · {t("{count} checked", { count: number(own.checked) })}</span>
      </span>
    </div>
  );
}

const TWO = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
