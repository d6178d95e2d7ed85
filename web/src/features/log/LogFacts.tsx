/** A log as it stands: its newest checkpoint, its key, and who cosigned it when. */
import { IconCircleCheck, IconCircleX, IconHourglass } from "@tabler/icons-react";
import type { LogFacts } from "../../api/contract";
import { number, t, when } from "../../i18n";
import { readCheckpoint } from "./files";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

export function LogNow({ log }: { log: LogFacts }) {
  if (!log.checkpoint) return <p className="t2">{t("Its first checkpoint is signed in a few seconds.")}</p>;
  const { size, root } = readCheckpoint(log.checkpoint);
  return (
    <>
      <div className="well">
        <pre className="mono small commands">{log.checkpoint.trimEnd()}</pre>
      </div>
      <dl className="kv">
        <dt>{t("Entries")}</dt>
        <dd className="num">{number(size)}</dd>
        <dt>{t("Signed")}</dt>
        <dd className="num">{log.checkpoint_at ? when(log.checkpoint_at) : "–"}</dd>
        <dt>{t("Root")}</dt>
        <dd className="mono small break">{root}</dd>
        <dt>{t("Key")}</dt>
        <dd className="mono small break">{log.vkey}</dd>
      </dl>
      {log.state !== "open" && (
        <p className="state dan">
          <IconCircleX {...ICON} />
          {log.state === "stopped" ? t("stopped: {reason}", { reason: log.reason ?? "" }) : t("closed")}
        </p>
      )}
    </>
  );
}

export function Witnesses({ log: { witnesses } }: { log: LogFacts }) {
  if (witnesses.length === 0) {
    return (
      <p className="small t2">
        {t(
          "No witness is named yet. Without one, a log that shows you another history than others is found only by comparing.",
        )}
      </p>
    );
  }
  return (
    <ul className="col g6" aria-label={t("Witnesses")}>
      {witnesses.map(({ name, outcome, reason, cosigned_at, cosigned_size }) => (
        <li key={name} className="row wrap between g8">
          <span className="break">{name}</span>
          {cosigned_at && cosigned_size !== null ? (
            <span className={outcome === "cosigned" ? "state pos" : "state"} title={reason}>
              {outcome === "cosigned" ? <IconCircleCheck {...ICON} /> : <IconHourglass {...ICON} />}
              {t("cosigned {size}, {when}", { size: number(cosigned_size), when: when(cosigned_at) })}
            </span>
          ) : (
            <span className={outcome === null || outcome === "silent" ? "state" : "state dan"} title={reason}>
              {outcome === null || outcome === "silent" ? <IconHourglass {...ICON} /> : <IconCircleX {...ICON} />}
              {wordOfOutcome(outcome)}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function wordOfOutcome(outcome: LogFacts["witnesses"][number]["outcome"]): string {
  const words: Record<NonNullable<typeof outcome>, () => string> = {
    cosigned: () => t("cosigned"),
    silent: () => t("does not answer"),
    refused: () => t("refused"),
    lied: () => t("answered wrongly"),
    ahead: () => t("has seen more than there is"),
    forked: () => t("has seen another history"),
  };
  return outcome ? words[outcome]() : t("not asked yet");
}
