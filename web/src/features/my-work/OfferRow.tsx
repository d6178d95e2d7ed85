/** One project at one stage, as a row of my work: what waits there, how far it is, and the way in. */
import { Link } from "@tanstack/react-router";
import type { Stage, Work } from "../../api/contract";
import { day, number, t } from "../../i18n";
import { Keys } from "../../kit/Keys";
import { wordsOfPreset } from "../projects/preset";
import { isReady, type Offer, placeOf } from "./offers";

function stateOf({ work, stage, waiting, rework }: Offer): string {
  if (work.state === "paused") return t("Paused by its manager");
  if (stage === "review")
    return t("{count, plural, one {# task waits for review} other {# tasks wait for review}}", { count: waiting });
  if (stage === "adjudicate")
    return t("{count, plural, one {# task waits for a decision} other {# tasks wait for a decision}}", {
      count: waiting,
    });
  if (stage === "audit")
    return t("{count, plural, one {# task waits for an audit} other {# tasks wait for an audit}}", { count: waiting });
  if (rework > 0)
    return t("{count, plural, one {# answer of yours came back} other {# answers of yours came back}}", {
      count: rework,
    });
  if (waiting === 0) return t("Nothing waits for you here");
  if (work.state === "consent-needed") return t("Read the guidelines first");
  return t("{count, plural, one {# task waits} other {# tasks wait}}", { count: waiting });
}

function verbOf({ work, stage }: Offer): string {
  if (stage === "review") return t("Review");
  if (stage === "adjudicate") return t("Adjudicate");
  if (stage === "audit") return t("Audit");
  if (work.state === "consent-needed") return t("Read and go on");
  return work.done_by_me > 0 || work.held > 0 ? t("Go on") : t("Start");
}

export function OfferRow({ offer, index }: { offer: Offer; index: number }) {
  const { work, stage } = offer;
  const canStart = isReady(offer);
  const isFirst = index === 0 && canStart;
  const isLate = work.due_at !== null && Date.parse(work.due_at) < Date.now();
  return (
    <li className="offer">
      <div className="grow">
        <div className="row g8 wrap">
          <span className={isFirst ? "bb" : "b"} style={isFirst ? { fontSize: 15 } : undefined}>
            {work.project.name}
          </span>
          {stage === "label" ? (
            work.project.preset && <span className="chip flat">{wordsOfPreset(work.project.preset)}</span>
          ) : (
            <span className="chip flat">{wordOf(stage)}</span>
          )}
        </div>
        <div className="small t2 mt4">
          {stateOf(offer)}
          {work.due_at && (
            <>
              {" · "}
              <span className={isLate ? "cau b" : ""}>{t("due {day}", { day: day(work.due_at) })}</span>
            </>
          )}
        </div>
      </div>
      {stage === "label" ? <Progress work={work} /> : <Later stage={stage} />}
      <div className="go">
        {canStart ? (
          <Link
            className={isFirst ? "btn primary l" : "btn"}
            to={placeOf(offer)}
            params={{ project: work.project.id }}
            data-walk={offer.id}
          >
            {verbOf(offer)}
            <Keys chord={isFirst ? "Enter" : index < 9 ? String(index + 1) : undefined} />
          </Link>
        ) : (
          <span className="small t3">{work.state === "paused" ? t("Wait for its manager") : t("Come back later")}</span>
        )}
      </div>
    </li>
  );
}

/** How far it is, by this person and by all. */
function Progress({ work }: { work: Work }) {
  const share = work.tasks ? work.done / work.tasks : 0;
  return (
    <>
      <div className="num">
        <span className="bb">{number(work.done_by_me)}</span> <span className="t2">{t("answered by you")}</span>
        <div className="small t3">
          {work.held > 0
            ? t("{count} held for you", { count: work.held })
            : t("{done} of {tasks} done by all", { done: number(work.done), tasks: number(work.tasks) })}
        </div>
      </div>
      <span className="bar" aria-hidden="true">
        <span style={{ width: `${share * 100}%` }} />
      </span>
    </>
  );
}

/** What waits for it. */
function Later({ stage }: { stage: Stage }) {
  return (
    <div className="small t3 later">
      {stage === "audit" ? t("You answer without seeing what others said.") : t("Those who answered wait for it.")}
    </div>
  );
}

function wordOf(stage: Stage): string {
  if (stage === "audit") return t("Audit");
  return stage === "review" ? t("Review") : t("Adjudication");
}
