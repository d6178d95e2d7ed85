/** The trust centre: who saw what, which walls stand, who owns whom, where the keys are, who witnessed the log, and what nobody can prove. */
import {
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconHandStop,
  IconHourglass,
  IconLock,
  type TablerIcon,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { call } from "../../api/client";
import type { BreakGlass } from "../../api/contract";
import { useMay } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { useCommands } from "../../commands/scopes";
import { number, t, when } from "../../i18n";
import { useChecked } from "../log/useLog";
import { BreakGlassCard, isGoing, useBreakGlass } from "./BreakGlassCard";
import { CheckpointCard, PackageCard, useLedger } from "./CheckpointCard";
import { trustCommands } from "./commands";
import { KeysCard, useKeys, wordOfMode } from "./KeysCard";
import { Limits } from "./Limits";
import { Looks } from "./Looks";
import { OwnersCard } from "./OwnersCard";
import { StatementsCard } from "./StatementsCard";
import { useWalls, WallsCard } from "./WallsCard";
import "./trust.css";

export default function Trust() {
  const may = useMay();
  const [ending, setEnding] = useState<BreakGlass | null>(null);
  const ledger = useLedger();
  const verdict = useChecked(ledger.data?.log);
  const visits = useBreakGlass();
  const going = visits.data?.items.find(isGoing);
  useCommands(trustCommands, {
    canEnd: may("people.write") && going !== undefined,
    end: () => setEnding(going ?? null),
    check: () => void verdict.refetch(),
  });
  return (
    <>
      <Crumbs trail={[]} here={t("Trust centre")}>
        <span className="small t3 cut wide-only">{t("You see the same record that an auditor sees")}</span>
        <a className="btn" href="/log">
          {t("Public log")}
        </a>
      </Crumbs>
      <div className="page">
        <Strip />
        <WallsCard />
        <div className="cols">
          <div className="col">
            <Looks />
            <BreakGlassCard ending={ending} onEnd={setEnding} />
            <OwnersCard />
          </div>
          <div className="col">
            <CheckpointCard />
            <KeysCard />
            <StatementsCard />
            <PackageCard />
            <Limits />
          </div>
        </div>
      </div>
    </>
  );
}

/** The four answers that a person comes for, each from what was measured. */
function Strip() {
  const ledger = useLedger();
  const log = ledger.data?.log;
  const verdict = useChecked(log);
  const walls = useWalls();
  const keys = useKeys();
  const holds = useQuery({ queryKey: ["holds"], queryFn: () => call("GET /holds"), refetchInterval: 30_000 });
  const inForce = walls.data?.ties.filter(({ effect }) => effect === "wall").length ?? 0;
  const open = holds.data?.items.find((each) => each.countersigned_at === null);
  return (
    <section className="card strip" aria-label={t("State")}>
      <Checked verdict={verdict.data} size={log?.published} isBroken={verdict.error !== null} />
      <Sign
        icon={walls.data ? IconCircleCheck : IconHourglass}
        tone={walls.data ? "pos" : ""}
        title={
          walls.data
            ? t("{count, plural, =0 {No wall is needed} one {# wall in force} other {# walls in force}}", {
                count: inForce,
              })
            : t("Walls are being read")
        }
      >
        {walls.data &&
          t("against {count, plural, =0 {nobody yet} one {# party} other {# parties}}; register version {epoch}", {
            count: walls.data.conflicts.length,
            epoch: String(walls.data.epoch),
          })}
      </Sign>
      <Sign
        icon={IconLock}
        tone={keys.data?.revoked_at ? "dan" : keys.data && keys.data.mode !== "managed" ? "pos" : ""}
        title={keys.data ? wordOfMode(keys.data.mode) : t("Keys are being read")}
      >
        {keys.data &&
          (keys.data.revoked_at
            ? t("taken back {when}", { when: when(keys.data.revoked_at) })
            : (keys.data.service ?? t("in the key file of the installation")))}
      </Sign>
      {open ? (
        <Sign icon={IconHandStop} tone="cau" title={t("Your signature is awaited")}>
          <Link to="/holds">{t("Work is on hold since {when}", { when: when(open.opened_at) })}</Link>
        </Sign>
      ) : (
        <Sign
          icon={holds.data ? IconCircleCheck : IconHourglass}
          tone={holds.data ? "pos" : ""}
          title={holds.data ? t("Nothing waits for you") : t("Holds are being read")}
        >
          {holds.data && (
            <Link to="/holds">
              {t(
                "{count, plural, =0 {no change of control so far} one {# change of control so far} other {# changes of control so far}}",
                { count: holds.data.items.length },
              )}
            </Link>
          )}
        </Sign>
      )}
    </section>
  );
}

type Verdict = ReturnType<typeof useChecked>["data"];

function Checked({ verdict, size, isBroken }: { verdict: Verdict; size: number | undefined; isBroken: boolean }) {
  if (verdict?.state === "verified") {
    return (
      <Sign icon={IconCircleCheck} tone="pos" title={t("Log verified, {when}", { when: when(verdict.at) })}>
        {t("{size} entries, by this browser", { size: number(verdict.checkpoint.size) })}
      </Sign>
    );
  }
  if (verdict?.state === "failed") {
    return (
      <Sign icon={IconCircleX} tone="dan" title={t("The log does not verify")}>
        {t("Keep this page; what is wrong stands beside the log.")}
      </Sign>
    );
  }
  const isOpen = verdict !== undefined || isBroken;
  return (
    <Sign
      icon={isOpen ? IconCircleDashed : IconHourglass}
      tone=""
      title={isOpen ? t("Log not checked here") : t("The log is being checked")}
    >
      {size !== undefined && t("{size} entries, stated by the server", { size: number(size) })}
    </Sign>
  );
}

interface SignProps {
  icon: TablerIcon;
  tone: string;
  title: string;
  children: ReactNode;
}

function Sign({ icon: Icon, tone, title, children }: SignProps) {
  return (
    <div>
      <Icon size={20} stroke={1.75} aria-hidden="true" className={tone} />
      <div>
        <div className="bb">{title}</div>
        <div className="small t2">{children}</div>
      </div>
    </div>
  );
}
