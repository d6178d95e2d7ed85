/** The quarterly statements of the operator and its vendors, read from the public log itself; above them, who owes one. */
import { IconCircleCheck } from "@tabler/icons-react";
import { t, when } from "../../i18n";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { ListOfSilences, useSilences } from "../holds/Silences";
import type { Entry } from "../log/said";
import { useEntries } from "../log/useLog";
import { useLedger } from "./CheckpointCard";
import { quartersOf } from "./quarters";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

export function StatementsCard() {
  const ledger = useLedger();
  const entries = useEntries(ledger.data?.governance);
  const silences = useSilences();
  return (
    <section className="card clip" aria-labelledby="quarter-title">
      <header>
        <h2 id="quarter-title" className="h3 grow">
          {t("Quarterly statements")}
        </h2>
        <a className="small" href="/log">
          {t("The public log")}
        </a>
      </header>
      {silences.error && <ProblemNotice problem={silences.error} onRetry={() => void silences.refetch()} />}
      {silences.data && <ListOfSilences items={silences.data.items} />}
      {entries.error && <ProblemNotice problem={entries.error} onRetry={() => void entries.refetch()} />}
      {entries.data && <Found entries={entries.data.entries} />}
      {!entries.data && !entries.error && (
        <p className="p16 t2">{t("The public log begins with its first entry, a second after the start.")}</p>
      )}
    </section>
  );
}

function Found({ entries }: { entries: Entry[] }) {
  const { filed, stated } = quartersOf(entries);
  return (
    <div className="p16 col g8">
      {stated ? (
        <p className="row g8">
          <span className="state pos">
            <IconCircleCheck {...ICON} />
            {t("{party}: nothing changed, {quarter}", stated)}
          </span>
          <span className="small t3 push num">{when(stated.at)}</span>
        </p>
      ) : (
        <p className="t2">{t("Nobody has stated yet that nothing changed.")}</p>
      )}
      {filed && (
        <p className="row g8">
          <span className="t2">{t("The last change was filed, register version {epoch}", { epoch: filed.epoch })}</span>
          <span className="small t3 push num">{when(filed.at)}</span>
        </p>
      )}
      <p className="small t3">
        {t(
          "Whoever works for you states every quarter who owns it, also when nothing changed. Silence is an alarm. Among the newest entries of the public log.",
        )}
      </p>
    </div>
  );
}
