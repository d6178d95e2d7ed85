/** The page outside the door: a form at the start, what this server promises at the end. */
import { IconEye, IconShieldHalf, IconWorld } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { Theme } from "../../api/contract";
import { showTheme } from "../../api/session";
import { t } from "../../i18n";
import { Mark } from "../../kit/Mark";
import { Segmented } from "../../kit/Segmented";
import "./sign-in.css";

const ICON = { size: 20, stroke: 1.75, "aria-hidden": true } as const;

/** Which version this is, and how it looks here before anybody is known. */
function Foot() {
  const [theme, setTheme] = useState<Theme>(storedTheme);
  const health = useQuery({
    queryKey: ["health"],
    queryFn: version,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  return (
    <div className="row between g12 wrap small t3">
      <span>{health.data ? t("Evenhand {version}", { version: health.data }) : "Evenhand"}</span>
      <Segmented<Theme>
        label={t("Theme")}
        value={theme}
        options={[
          ["system", t("As the system")],
          ["light", t("Light")],
          ["dark", t("Dark")],
        ]}
        onChange={(chosen) => {
          setTheme(chosen);
          showTheme(chosen);
        }}
      />
    </div>
  );
}

async function version(): Promise<string> {
  const answer = (await (await fetch("/healthz")).json()) as { version: string };
  return answer.version;
}

function storedTheme(): Theme {
  const theme = document.documentElement.dataset.theme;
  return theme === "light" || theme === "dark" ? theme : "system";
}

export function SplitPage({ children }: { children: ReactNode }) {
  return (
    <div className="split">
      <main className="lhs">
        <span className="brand" style={{ fontSize: 17 }}>
          <Mark size={26} />
          Evenhand
        </span>
        <div className="form col g20">{children}</div>
        <Foot />
      </main>
      <aside className="rhs" aria-label={t("About this server")}>
        <div className="row end small t2">{t("Accounts are by invitation. Ask your lead.")}</div>
        <div className="facts">
          <IconEye {...ICON} />
          <div>
            <h2 className="h3">{t("Every look is recorded")}</h2>
            <div className="t2 mt4">
              {t(
                "Whose data it was, who opened it and when. The record is written before the data is shown, and its owner can check it.",
              )}
            </div>
          </div>
          <IconShieldHalf {...ICON} />
          <div>
            <h2 className="h3">{t("Walls before work")}</h2>
            <div className="t2 mt4">
              {t(
                "If you have an interest in a competitor of a customer, that customer’s tasks are never offered to you.",
              )}
            </div>
          </div>
          <IconWorld {...ICON} />
          <div>
            <h2 className="h3">{t("This server calls nobody")}</h2>
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
