/** What a question compares, ranked over its tasks: strengths with intervals, ties, what the place on the screen is worth, by person too. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Id, QuestionQuality, RankedTasks } from "../../api/contract";
import { number, percent, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Faces } from "../../kit/Faces";
import { Interval } from "../../kit/Interval";
import { signed, two } from "./figures";

export function RankingCard({ project, question }: { project: Id; question: QuestionQuality }) {
  const [isAsked, ask] = useState(false);
  const ranking = useQuery({
    queryKey: ["quality", project, "ranking", question.question, question.fitted_at],
    queryFn: () =>
      call("GET /projects/{project}/quality/questions/{question}/ranking", {
        path: { project, question: question.question },
      }),
    enabled: isAsked,
  });
  return (
    <section className="card clip">
      <div className="cardhead">
        <h2 className="h3">{t("What was compared, ranked")}</h2>
        {!isAsked && (
          <>
            <Button size="s" onClick={() => ask(true)}>
              {t("Rank it")}
            </Button>
            <span className="small t3">
              {t("opens the newest 2,000 tasks and their answers, and records each look")}
            </span>
          </>
        )}
      </div>
      {isAsked && <Faces query={ranking}>{(data) => <Ranked ranking={data} />}</Faces>}
    </section>
  );
}

function Ranked({ ranking }: { ranking: RankedTasks }) {
  const { items, people, place, ties, undefined: why } = ranking;
  if (why !== null) return <p className="p16 t2">{whyNot(ranking)}</p>;
  const scale = scaleOf(items);
  return (
    <>
      <div className="scroll-x">
        <table className="tbl">
          <thead>
            <tr>
              <th>{t("Compared")}</th>
              <th style={{ minWidth: 200 }}>
                <span className="row between num" dir="ltr">
                  <span>{signed(scale[0])}</span>
                  <span>{t("Strength")}</span>
                  <span>{signed(scale[1])}</span>
                </span>
              </th>
              <th>{t("95 % interval")}</th>
              <th className="r">{t("Comparisons")}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <tr key={item.name}>
                <td className="b">{item.name}</td>
                <td>
                  <Interval
                    name={item.name}
                    value={item.strength}
                    low={item.low}
                    high={item.high}
                    count={item.comparisons}
                    scale={scale}
                    target={0}
                    tone=""
                    countMin={1}
                  />
                </td>
                <td className="num nowrap">
                  <span className="bb">{signed(item.strength)} </span>
                  <span className="t2">{t("{low} to {high}", { low: signed(item.low), high: signed(item.high) })}</span>
                </td>
                <td className="num r t2">{number(item.comparisons)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="p16 col g8 t2">
        <p>
          {t(
            "A difference of 1 is 73 of 100 for the stronger, where an average person decides. {ties} of {total} comparisons are ties.",
            {
              ties: number(ties.right),
              total: number(ties.total),
            },
          )}
        </p>
        <p>
          {place
            ? t(
                "Being shown first is worth {value} ({low} to {high}): the first was preferred in {right} of {total}.",
                {
                  value: signed(place.value),
                  low: signed(place.low),
                  high: signed(place.high),
                  right: number(place.preferred.right),
                  total: number(place.preferred.total),
                },
              )
            : t(
                "What being shown first is worth cannot be told: the order on the screen is not known, or never changed.",
              )}
        </p>
        {(ranking.unnamed > 0 || ranking.is_partial) && (
          <p className="small t3">
            {ranking.unnamed > 0 &&
              t(
                "{count, plural, one {One comparison} other {# comparisons}} of replies without a model’s name left out.",
                {
                  count: ranking.unnamed,
                },
              )}{" "}
            {ranking.is_partial && t("Older tasks were not read.")}
          </p>
        )}
      </div>
      <div className="scroll-x rule">
        <table className="tbl">
          <thead>
            <tr>
              <th>{t("Person")}</th>
              <th>{t("Reliability, 1 the average")}</th>
              <th style={{ minWidth: 120 }}>{t("Prefers the first")}</th>
              <th className="r">{t("of decided")}</th>
              <th className="r">{t("Comparisons")}</th>
            </tr>
          </thead>
          <tbody>
            {people.map((person) => (
              <tr key={person.pseudonym}>
                <td className="b">{person.name ?? person.pseudonym}</td>
                <td className="num nowrap">
                  <span className="bb">{two(person.reliability)} </span>
                  <span className="t2">{t("{low} to {high}", { low: two(person.low), high: two(person.high) })}</span>
                </td>
                <td>
                  {person.first.value !== null && (
                    <Interval
                      name={t("{name} prefers the first", { name: person.name ?? person.pseudonym })}
                      value={person.first.value}
                      low={person.first.low}
                      high={person.first.high}
                      count={person.first.total}
                      target={0.5}
                      tone={person.first.low > 0.5 || person.first.high < 0.5 ? "cau" : "mute"}
                    />
                  )}
                </td>
                <td className="num r t2 nowrap">
                  {person.first.value === null
                    ? ""
                    : t("{share} of {total}", {
                        share: percent(person.first.value),
                        total: number(person.first.total),
                      })}
                </td>
                <td className="num r t2">{number(person.comparisons)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function whyNot({ undefined: why, unnamed }: RankedTasks): string {
  if (why === "not-compared") return t("This question compares nothing.");
  if (why === "one-item") return t("Only one was ever compared.");
  return unnamed > 0
    ? t("No reply names the model that wrote it, so nothing says which of two tasks’ replies belong together.")
    : t("Nothing was compared yet.");
}

/** One scale for all, as wide as the widest interval, with 0 in the middle. */
function scaleOf(items: RankedTasks["items"]): [number, number] {
  const widest = Math.max(1, ...items.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]));
  const end = Math.ceil(widest * 2) / 2;
  return [-end, end];
}
