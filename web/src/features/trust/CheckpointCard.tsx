/** The organization's log: its newest checkpoint as this browser checked it, its witnesses, and how to take all of it along. */
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/client";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { CopyField } from "../../kit/CopyField";
import { Faces } from "../../kit/Faces";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { LogNow, Witnesses } from "../log/LogFacts";
import { useChecked } from "../log/useLog";
import { LastSeen, VerdictDetails, VerdictTag } from "../log/Verdict";

export function useLedger() {
  return useQuery({ queryKey: ["ledger"], queryFn: () => call("GET /ledger"), refetchInterval: 30_000 });
}

export function CheckpointCard() {
  const ledger = useLedger();
  const log = ledger.data?.log;
  const verdict = useChecked(log);
  return (
    <section className="card clip" aria-labelledby="log-title">
      <header className="wrap">
        <h2 id="log-title" className="h3">
          {t("Your log")}
        </h2>
        {log?.checkpoint && !verdict.error && <VerdictTag verdict={verdict.data} />}
      </header>
      <Faces query={ledger} lines={5}>
        {({ log: own }) =>
          own ? (
            <div className="p16 col g12">
              <LogNow log={own} />
              {verdict.data && (
                <VerdictDetails verdict={verdict.data} log={own} onAgain={() => void verdict.refetch()} />
              )}
              {verdict.error && <ProblemNotice problem={verdict.error} onRetry={() => void verdict.refetch()} />}
              {verdict.data?.state !== "verified" && <LastSeen origin={own.origin} />}
              <h3 className="b">{t("Witnesses")}</h3>
              <Witnesses log={own} />
              <div>
                <Button size="s" isBusy={verdict.isFetching} chord="Shift+V" onClick={() => void verdict.refetch()}>
                  {t("Check again")}
                </Button>
              </div>
            </div>
          ) : (
            <p className="p16 t2">{t("Your log begins with its first entry, a second after something happens.")}</p>
          )
        }
      </Faces>
    </section>
  );
}

/** The audit package: made by a command, on the reader's own machine. */
export function PackageCard() {
  return (
    <section className="card" aria-labelledby="package-title">
      <header>
        <h2 id="package-title" className="h3">
          {t("Verify it without us")}
        </h2>
      </header>
      <div className="p16 col g12">
        <p className="t2">
          {t(
            "Fetches your log, the governance log, the policy and the statements into a folder, and holds each later fetch against it.",
          )}
        </p>
        <CopyField label={t("Command that fetches the audit package")} value="evenhand ledger fetch audit" />
        <p className="t2">{t("Checks the folder offline: one file, Python’s standard library alone.")}</p>
        <CopyField
          label={t("Command that checks the audit package")}
          value="evenhand-verify audit audit --policy audit/policy.tlog"
        />
      </div>
    </section>
  );
}
