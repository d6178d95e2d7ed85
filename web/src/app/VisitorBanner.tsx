/** Above everything while one of the operator's is let in: whose data this is, that every look is told, and how long it lasts. */
import { IconDoorExit } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { call, serverNow } from "../api/client";
import { useSession } from "../api/session";
import { clock, t } from "../i18n";
import { Button } from "../kit/Button";
import { useEnter } from "./entering";

const MINUTE = 60_000;

/** Minutes that are left, rounded up, never below none. */
export function minutesLeft(until: string, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(until) - now) / MINUTE));
}

export function VisitorBanner() {
  const session = useSession();
  const enter = useEnter();
  const [now, setNow] = useState(serverNow);
  const sessions = useQuery({ queryKey: ["sessions"], queryFn: () => call("GET /sessions") });
  const until = sessions.data?.items.find((each) => each.is_current)?.expires_at;
  const home = session.organizations.find(({ id }) => id !== session.organization.id);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), 10_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <aside className="banner" aria-label={t("You are let in")}>
      <p className="grow break">
        <span className="b">{t("You are let in to the data of {name}.", { name: session.organization.name })}</span>{" "}
        {t("Each look is on its record, with your pseudonym {who}.", { who: session.pseudonym })}
      </p>
      {until && (
        <span className="num b" role="timer">
          {t("{minutes, plural, one {# minute left} other {# minutes left}}, until {clock}", {
            minutes: minutesLeft(until, now),
            clock: clock(until),
          })}
        </span>
      )}
      {home && (
        <Button
          size="s"
          icon={<IconDoorExit size={16} stroke={1.75} aria-hidden="true" />}
          onClick={() => void enter(home.id)}
        >
          {t("Back to {name}", { name: home.name })}
        </Button>
      )}
    </aside>
  );
}
