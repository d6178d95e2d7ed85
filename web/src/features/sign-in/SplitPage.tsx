/** The page outside the door: a form at the start, what this server promises at the end. */
import { IconEye, IconShieldHalf, IconWorld } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { t } from "../../i18n";
import { Mark } from "../../kit/Mark";
import "./sign-in.css";

const ICON = { size: 20, stroke: 1.75, "aria-hidden": true } as const;

export function SplitPage({ children }: { children: ReactNode }) {
  return (
    <div className="split">
      <main className="lhs">
        <span className="brand" style={{ fontSize: 17 }}>
          <Mark size={26} />
          Evenhand
        </span>
        <div className="form col g20">{children}</div>
      </main>
      <aside className="rhs" aria-label={t("About this server")}>
        <div className="row end small t2">{t("Accounts are by invitation. Ask your lead.")}</div>
        <div className="facts">
          <IconEye {...ICON} />
          <div>
            <h3>{t("Every look is recorded")}</h3>
            <div className="t2 mt4">
              {t(
                "Whose data it was, who opened it and when. The record is written before the data is shown, and its owner can check it.",
              )}
            </div>
          </div>
          <IconShieldHalf {...ICON} />
          <div>
            <h3>{t("Walls before work")}</h3>
            <div className="t2 mt4">
              {t(
                "If you have an interest in a competitor of a customer, that customer’s tasks are never offered to you.",
              )}
            </div>
          </div>
          <IconWorld {...ICON} />
          <div>
            <h3>{t("This server calls nobody")}</h3>
            <div className="t2 mt4">
              {t(
                "No telemetry, no fonts or scripts from elsewhere. Connections are only those that the operator has set up.",
              )}
            </div>
          </div>
        </div>
      </aside>
    </div>
  );
}
