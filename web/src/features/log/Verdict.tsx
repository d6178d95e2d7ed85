/** What this browser found of a log, as sign, word, and when: "verified" only for a check that ran here. */
import { IconCircleCheck, IconCircleDashed, IconCircleX, IconHourglass } from "@tabler/icons-react";
import type { LogFacts } from "../../api/contract";
import { number, t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Notice } from "../../kit/Notice";
import { type Verdict as Found, forget, remembered } from "./checking";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

export function VerdictTag({ verdict }: { verdict: Found | undefined }) {
  if (!verdict) {
    return (
      <span className="state">
        <IconHourglass {...ICON} />
        {t("being checked")}
      </span>
    );
  }
  if (verdict.state === "verified") {
    return (
      <span className="state pos">
        <IconCircleCheck {...ICON} />
        {t("verified by this browser, {when}", { when: when(verdict.at) })}
      </span>
    );
  }
  if (verdict.state === "failed") {
    return (
      <span className="state dan">
        <IconCircleX {...ICON} />
        {t("failed")}
      </span>
    );
  }
  return (
    <span className="state">
      <IconCircleDashed {...ICON} />
      {t("not checked")}
    </span>
  );
}

/** What was seen before, what is wrong, and what to do about it. */
export function VerdictDetails({ verdict, log, onAgain }: { verdict: Found; log: LogFacts; onAgain: () => void }) {
  if (verdict.state === "not-checked") {
    return (
      <p className="small t2">
        {verdict.why === "insecure"
          ? t("This page came without TLS, and browsers then do not check signatures. Use the verifier of the package.")
          : t("This browser does not know Ed25519 signatures. Use the verifier of the package.")}
      </p>
    );
  }
  if (verdict.state === "failed") {
    const words: Record<typeof verdict.why, () => string> = {
      key: () => t("The log is signed with another key than the one that this browser remembers."),
      signature: () => t("The checkpoint does not bear the signature of the log’s key."),
      smaller: () => t("The log is smaller than what this browser has seen of it."),
      changed: () => t("What this browser has seen of the log was changed since."),
      root: () => t("The published hashes do not make the tree that was signed."),
    };
    return (
      <Notice
        tone="dan"
        action={
          <Button
            size="s"
            onClick={() => {
              forget(log.origin);
              onAgain();
            }}
          >
            {t("Begin anew")}
          </Button>
        }
      >
        <div className="b">{t("Keep this page, and tell your auditor and the witnesses.")}</div>
        <div className="t2">{words[verdict.why]()}</div>
        {verdict.before && (
          <div className="small t2">
            {t("Seen before: {size} entries, {when}", {
              size: number(verdict.before.size),
              when: when(verdict.before.at),
            })}{" "}
            <span className="mono break">{verdict.before.root}</span>
          </div>
        )}
      </Notice>
    );
  }
  return (
    <p className="small t3">
      {verdict.before
        ? t("Signed with the key that this browser remembers, and it holds unchanged the {size} entries seen {when}.", {
            size: number(verdict.before.size),
            when: when(verdict.before.at),
          })
        : t(
            "Signed with the key that the server names. This is the first time that this browser sees it: compare it with the one in your contract.",
          )}
    </p>
  );
}

/** The last checkpoint that this browser found good, whatever the server says now. */
export function LastSeen({ origin }: { origin: string }) {
  const last = remembered(origin);
  if (!last) return null;
  return (
    <p className="small t3">
      {t("Last verified here: {size} entries, {when}.", { size: number(last.size), when: when(last.at) })}
    </p>
  );
}
