/** The public governance log, for whoever comes: what it says, who cosigned it, and how to check it without us. Needs no sign-in. */
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { call } from "../../api/client";
import type { LogFacts } from "../../api/contract";
import { number, t, when } from "../../i18n";
import { CopyField } from "../../kit/CopyField";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { Mark } from "../../kit/Mark";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import { LogNow, Witnesses } from "./LogFacts";
import { saidOf } from "./said";
import { useChecked, useEntries } from "./useLog";
import { VerdictDetails, VerdictTag } from "./Verdict";
import "../trust/trust.css";
import "../holds/holds.css";

export default function PublicLog() {
  const found = useQuery({
    queryKey: ["governance"],
    queryFn: () => call("GET /ledger/governance"),
    refetchInterval: 30_000,
  });
  const here = t("Public log");
  useEffect(() => {
    document.title = `${here} · Evenhand`;
  }, [here]);
  return (
    <div className="solo">
      <header className="topnav">
        <a className="brand" href="/" aria-label={t("Evenhand, home")}>
          <Mark />
          <span>Evenhand</span>
        </a>
        <h1 className="b" style={{ font: "inherit", fontWeight: 500, letterSpacing: 0, marginInlineStart: 12 }}>
          {here}
        </h1>
      </header>
      <main id="content" tabIndex={-1}>
        <div className="page" style={{ padding: 0 }}>
          <p className="t2" style={{ maxWidth: "90ch" }}>
            {t(
              "Who owns and runs this installation, by which rules and with which software it works, and how often its operator was let in to somebody’s data: each of these is an entry here, which nobody can change or take away unseen. Of customers it says nothing.",
            )}
          </p>
          <Faces query={found} lines={6}>
            {({ governance: log }) =>
              log ? (
                <Found log={log} />
              ) : (
                <div className="card">
                  <Empty title={t("The log begins in a moment")}>
                    {t("Its first entry says which software runs. Its checkpoint is signed seconds later.")}
                  </Empty>
                </div>
              )
            }
          </Faces>
        </div>
      </main>
    </div>
  );
}

function Found({ log }: { log: LogFacts }) {
  const verdict = useChecked(log);
  return (
    <div className="cols">
      <div className="col">
        <Entries log={log} />
      </div>
      <div className="col">
        <section className="card clip" aria-labelledby="checkpoint-title">
          <header className="wrap">
            <h2 id="checkpoint-title" className="h3">
              {t("Checkpoint")}
            </h2>
            {log.checkpoint && !verdict.error && <VerdictTag verdict={verdict.data} />}
          </header>
          <div className="p16 col g12">
            <LogNow log={log} />
            {verdict.data && <VerdictDetails verdict={verdict.data} log={log} onAgain={() => void verdict.refetch()} />}
            {verdict.error && <ProblemNotice problem={verdict.error} onRetry={() => void verdict.refetch()} />}
            <h3 className="b">{t("Witnesses")}</h3>
            <Witnesses log={log} />
          </div>
        </section>
        <Verify log={log} />
      </div>
    </div>
  );
}

function Entries({ log }: { log: LogFacts }) {
  const entries = useEntries(log);
  return (
    <section className="card clip" aria-labelledby="entries-title">
      <header>
        <h2 id="entries-title" className="h3 grow">
          {t("Newest entries")}
        </h2>
        {entries.data && (
          <span className="small t3 num">
            {t("{shown} of {all}", {
              shown: number(Math.min(entries.data.entries.length, 50)),
              all: number(entries.data.checkpoint.size),
            })}
          </span>
        )}
      </header>
      {entries.error && <ProblemNotice problem={entries.error} onRetry={() => void entries.refetch()} />}
      {!entries.data && !entries.error && <Skeleton lines={6} />}
      <ol>
        {entries.data?.entries.slice(0, 50).map((each) => (
          <li className="entry rule first" key={each.index}>
            <span className="num t3">{number(each.index)}</span>
            <span className="break">{saidOf(each)}</span>
            <span className="small t3 num">{when(each.at)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Verify({ log }: { log: LogFacts }) {
  const address = new URL(new URL(log.url).pathname, window.location.href).href;
  return (
    <section className="card" aria-labelledby="verify-title">
      <header>
        <h2 id="verify-title" className="h3">
          {t("Check it without us")}
        </h2>
      </header>
      <div className="p16 col g12">
        <p className="t2">
          {t(
            "Its files follow public specifications: C2SP tlog-tiles, tlog-checkpoint, tlog-cosignature. Any tool that reads them verifies it, among them Go’s own golang.org/x/mod/sumdb. Take the key from your contract, and not from here.",
          )}
        </p>
        <CopyField label={t("Address of the log")} value={address} />
        <CopyField label={t("Key of the log")} value={log.vkey} />
        <p className="t2">
          {t("The pages docs/trust of the source say step by step how, with tools that we did not write.")}
        </p>
        <p>
          <a href={`${new URL(log.url).pathname}/checkpoint`}>{t("The checkpoint as it is published")}</a>
        </p>
      </div>
    </section>
  );
}
