/** Change of control, for whoever answers for the customer: the chain that was computed, what stands still, and what can be done. */
import { IconCircleCheck, IconHandStop } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "../../api/client";
import type { Hold, Holds as Shown } from "../../api/contract";
import { useMay, useSession } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { useCommands } from "../../commands/scopes";
import { number, t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Empty } from "../../kit/Empty";
import { Faces } from "../../kit/Faces";
import { StateTag } from "../../kit/StateTag";
import { ChainGraph } from "./ChainGraph";
import { Countersign } from "./Countersign";
import { type Chain, chainsOf, limitOf, sentenceOf, wordsOfRule } from "./chain";
import { holdCommands } from "./commands";
import "./holds.css";
import { SilencesCard } from "./Silences";
import { Sources } from "./Sources";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

export default function Holds() {
  const holds = useQuery({ queryKey: ["holds"], queryFn: () => call("GET /holds"), refetchInterval: 30_000 });
  const may = useMay();
  const [isSigning, setSigning] = useState(false);
  const first = holds.data?.items.find((each) => each.countersigned_at === null);
  const canSign = may("organization.write") && first !== undefined;
  const sign = (): void => setSigning(true);
  useCommands(holdCommands, { canSign, sign });
  return (
    <>
      <Crumbs trail={[]} here={t("Change of control")} />
      <div className="page">
        <SilencesCard />
        <Faces query={holds}>{(shown) => <Found shown={shown} onSign={sign} canSign={canSign} />}</Faces>
      </div>
      {isSigning && first && <Countersign hold={first} onClose={() => setSigning(false)} />}
    </>
  );
}

function Found({ shown, canSign, onSign }: { shown: Shown; canSign: boolean; onSign: () => void }) {
  const open = shown.items.filter((each) => each.countersigned_at === null);
  const past = shown.items.filter((each) => each.countersigned_at !== null);
  const [first] = open;
  if (shown.items.length === 0) {
    return (
      <div className="card">
        <Empty title={t("Nothing stands still")}>
          {t(
            "When a party that you are in conflict with comes to own or run a vendor that works for you, or the operator, work stops here at once, and the chain is drawn for you to decide.",
          )}
        </Empty>
      </div>
    );
  }
  return (
    <>
      {first ? (
        <div className="cols">
          <div className="col">
            {open.map((hold) => (
              <What hold={hold} key={hold.id} />
            ))}
          </div>
          <div className="col">
            <Still shown={shown} since={first.opened_at} />
            <Decide canSign={canSign} onSign={onSign} />
          </div>
        </div>
      ) : (
        <section className="card">
          <div className="row g12 p16">
            <IconCircleCheck {...ICON} size={20} className="pos" />
            <div>
              <h2 className="h3">{t("Work goes on")}</h2>
              <p className="t2">{t("Nothing waits for your word. What was countersigned is below.")}</p>
            </div>
          </div>
        </section>
      )}
      {past.map((hold) => (
        <What hold={hold} key={hold.id} />
      ))}
    </>
  );
}

/** One change: its chains, each drawn, said, and sourced. */
function What({ hold }: { hold: Hold }) {
  const { organization } = useSession();
  const chains = chainsOf(hold);
  return (
    <section className="card clip" aria-label={t("What changed")}>
      <header>
        <h2 className="h3 grow">{hold.countersigned_at ? t("Changed, and countersigned") : t("What changed")}</h2>
        {hold.countersigned_at ? (
          <StateTag
            state="ready"
            word={t("countersigned {when} by {who}", {
              when: when(hold.countersigned_at),
              who: hold.countersigned_by ?? t("somebody who left"),
            })}
          />
        ) : (
          <span className="state dan">
            <IconHandStop size={14} stroke={1.75} aria-hidden="true" />
            {t("on hold since {when}", { when: when(hold.opened_at) })}
          </span>
        )}
      </header>
      {chains.map((chain) => (
        <OneChain chain={chain} organization={organization.name} key={chain.rival + chain.reached} />
      ))}
      <footer className="row wrap g12 rule small t3" style={{ padding: "9px 20px" }}>
        <span>{t("Computed when it was filed, register version {epoch}", { epoch: hold.epoch })}</span>
        <span className="push mono break" title={hold.digest}>
          {hold.digest.slice(0, 23)}…
        </span>
      </footer>
    </section>
  );
}

function OneChain({ chain, organization }: { chain: Chain; organization: string }) {
  const sentence = sentenceOf(chain, organization);
  return (
    <>
      <div style={{ padding: "20px 20px 6px" }}>
        <ChainGraph chain={chain} organization={organization} words={sentence} />
      </div>
      <p style={{ padding: "0 20px 14px", maxWidth: "74ch" }}>
        {sentence} <span className="t3">{t("Solid: shares. Dashed: offices and people.")}</span>
      </p>
      <dl className="kv rule" style={{ padding: "12px 20px" }}>
        <dt>{t("Rule that fired")}</dt>
        <dd>{wordsOfRule(chain.rule)}</dd>
        <dt>{t("Counted as, and your limit")}</dt>
        <dd className="num">
          <span className="bb">{t("{percent} %", { percent: number(chain.percent) })}</span>{" "}
          <span className="t3">{limitOf(chain)}</span>
        </dd>
      </dl>
      <Sources links={chain.links} className="rule" />
    </>
  );
}

function Still({ shown: { standing_still: still }, since }: { shown: Shown; since: string }) {
  return (
    <section className="card">
      <header>
        <h2 className="h3">{t("What stands still")}</h2>
      </header>
      <dl className="kv p16">
        <dt>{t("Tasks that people hold")}</dt>
        <dd className="num bb">{number(still.tasks)}</dd>
        <dt>{t("People at work")}</dt>
        <dd className="num bb">{number(still.people)}</dd>
        <dt>{t("Projects")}</dt>
        <dd className="num bb">{number(still.projects)}</dd>
        <dt>{t("Since")}</dt>
        <dd className="num">{when(since)}</dd>
      </dl>
      <p className="small t2 rule p16">
        {t(
          "Their screens are blank and nothing is dealt. Answers and drafts are kept, and so is the time that each task had left. Your own managers go on reading.",
        )}
      </p>
    </section>
  );
}

function Decide({ canSign, onSign }: { canSign: boolean; onSign: () => void }) {
  return (
    <section className="card">
      <header>
        <h2 className="h3">{t("Decide")}</h2>
      </header>
      <div className="p16 col g12">
        <p className="t2">
          {t(
            "Countersign, and work goes on with these ties as they are. Your word is kept in your ledger, with the digest of what you read.",
          )}
        </p>
        {canSign ? (
          <Button look="primary" chord="Shift+C" onClick={onSign}>
            {t("Countersign…")}
          </Button>
        ) : (
          <p className="small t3">{t("Only the owner of your organization can countersign.")}</p>
        )}
        <p className="t2 rule" style={{ paddingTop: 12 }}>
          {t("Or leave: cut a last release of each project, and take your labels and their proof along.")}
        </p>
        <Link className="btn" to="/projects">
          {t("Take my data along")}
        </Link>
      </div>
    </section>
  );
}
