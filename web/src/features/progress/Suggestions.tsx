/** What became of suggestions: how many were accepted as they are, and how many agree with them unseen. */
import type { ReactNode } from "react";
import type { Progress } from "../../api/contract";
import { number, percent, t } from "../../i18n";
import { Interval } from "../../kit/Interval";
import { ENOUGH } from "./needs";
import { type Share, sharesOf } from "./shares";

interface SuggestionsProps {
  suggestions: Progress["suggestions"];
  /** Where they can be hidden, for who may. */
  children?: ReactNode;
}

export function Suggestions({ suggestions, children }: SuggestionsProps) {
  const { accepted, same, sameHidden } = sharesOf(suggestions);
  if (!accepted && !sameHidden) return null;
  const { unchanged, edited, by_hand, by_hand_same } = suggestions;
  const ways = [
    { look: "one", word: t("Accepted as suggested"), count: unchanged },
    { look: "two", word: t("Accepted, then changed"), count: edited },
    {
      look: "grey",
      word: t("Given by hand"),
      count: by_hand,
      more:
        by_hand_same > 0 && t("{count, plural, one {# says the same} other {# say the same}}", { count: by_hand_same }),
    },
  ];
  return (
    <section className="card uses">
      <div className="cardhead">
        <h2 className="h3">{t("Suggestions")}</h2>
        <span className="small t3">{t("answers that stand, beside what models said")}</span>
      </div>
      {accepted && (
        <div className="p16">
          <Rate share={accepted} name={t("Accepted as suggested")} word={t("accepted as suggested")} />
          <div className="bar mt12" aria-hidden="true">
            {ways.map(
              ({ look, count }) => count > 0 && <span key={look} className={look} style={{ flexGrow: count }} />,
            )}
          </div>
          <ul className="mt8">
            {ways.map(({ look, word, count, more }) => (
              <li key={look} className="row g8 mt4">
                <span className={`sw ${look}`} aria-hidden="true" />
                <span className="grow">
                  {word} {more && <span className="small t3">{more}</span>}
                </span>
                <span className="num t2">{number(count)}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      <div className={accepted ? "p16 rule" : "p16"}>
        {sameHidden ? (
          <>
            <Rate
              share={sameHidden}
              name={t("Agree while suggestions are hidden")}
              word={t("agree, suggestions hidden")}
            />
            {same && (
              <p className="small t2 mt8">
                {t("Where they are shown, {part} of {of} say the same. What lies between is their influence.", {
                  part: number(same.part),
                  of: number(same.of),
                })}
              </p>
            )}
          </>
        ) : (
          <p className="small t2">
            {t("People agree more with what they are shown. Tasks dealt without suggestions tell how much more.")}{" "}
            {children}
          </p>
        )}
      </div>
    </section>
  );
}

/** A share as every estimate is drawn: its interval first, the number itself when enough stand behind it. */
function Rate({ share: { value, low, high, part, of }, name, word }: { share: Share; name: string; word: string }) {
  return (
    <>
      <div className="fig">
        {of >= ENOUGH && percent(value, 0)} <small>{word}</small>
      </div>
      <Interval name={name} value={value} low={low} high={high} count={of} />
      <div className="small t3">
        {t("{part} of {of} answers, {low} to {high}", {
          part: number(part),
          of: number(of),
          low: percent(low, 0),
          high: percent(high, 0),
        })}
      </div>
    </>
  );
}
