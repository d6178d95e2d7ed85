/** The calm page in place of the work, while the customer decides whether it goes on. Nothing of the material stays behind it. */
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { useMay, useSession } from "../../api/session";
import { AccountMenu } from "../../app/AccountMenu";
import { t } from "../../i18n";
import { Empty } from "../../kit/Empty";
import { LiveRegion, say } from "../../kit/LiveRegion";
import { Mark } from "../../kit/Mark";
import { useForgetting } from "./useForgetting";

export function OnHold() {
  const session = useSession();
  const may = useMay();
  useForgetting(session);
  useEffect(() => {
    document.title = t("On hold · Evenhand");
    say(t("Work for this customer is on hold."));
  }, []);
  return (
    <div className="solo" data-on-hold>
      <header className="topnav">
        <span className="brand">
          <Mark />
          Evenhand
        </span>
        <span className="grow" />
        <AccountMenu session={session} />
      </header>
      <main>
        <Empty
          title={t("Work for this customer is on hold")}
          action={
            may("audit.read") && (
              <Link className="btn primary" to="/holds">
                {t("See why")}
              </Link>
            )
          }
        >
          <p>
            {t(
              "Your answers are kept, and so are your drafts and the time you had left. This page goes on by itself when {customer} lets work continue.",
              { customer: session.organization.name },
            )}
          </p>
        </Empty>
      </main>
      <LiveRegion />
    </div>
  );
}
