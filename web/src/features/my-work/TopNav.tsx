/** The bar over what is an annotator's own: my work, history; and whether what was answered has left this device. */
import { IconCircleCheck, IconCloudOff, IconKeyboard } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useSyncExternalStore } from "react";
import { useMay, useSession } from "../../api/session";
import { AccountMenu } from "../../app/AccountMenu";
import { Bell } from "../../app/Bell";
import { useRoot } from "../../app/root-context";
import { t } from "../../i18n";
import { IconButton } from "../../kit/IconButton";
import { Mark } from "../../kit/Mark";
import { deskOf } from "../annotate/outboxes";
import { useOnline } from "../annotate/useOnline";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

export function TopNav() {
  const session = useSession();
  const may = useMay();
  const { showSheet } = useRoot();
  const active = { className: "on", "aria-current": "page" as const };
  return (
    <>
      <a className="skip-link btn" href="#content">
        {t("Skip to the content")}
      </a>
      <header className="topnav">
        <Link to="/" className="brand" aria-label={t("Evenhand, home")}>
          <Mark />
          <span className="word">Evenhand</span>
        </Link>
        <nav aria-label={t("Main")}>
          <Link to="/" activeOptions={{ exact: true }} activeProps={active}>
            {t("My work")}
          </Link>
          <Link to="/history" activeProps={active}>
            {t("History")}
          </Link>
          {may("project.read") && <Link to="/projects">{t("Projects")}</Link>}
          <Link to="/settings">{t("Settings")}</Link>
        </nav>
        <span className="grow" />
        <Wire />
        <span className="sep" />
        <Bell />
        <IconButton name={t("Keyboard map")} chord="?" onClick={showSheet}>
          <IconKeyboard {...ICON} />
        </IconButton>
        <AccountMenu session={session} />
      </header>
    </>
  );
}

/** Whether what was answered has left this device. */
function Wire() {
  const session = useSession();
  const online = useOnline();
  const { outbox } = deskOf(session);
  const waiting = useSyncExternalStore(outbox.subscribe, () => outbox.snapshot().waiting.length);
  const isWell = online && waiting === 0;
  return (
    <span className={isWell ? "state pos" : "state cau"} role="status">
      {online ? (
        <IconCircleCheck size={14} stroke={1.75} aria-hidden="true" />
      ) : (
        <IconCloudOff size={14} stroke={1.75} aria-hidden="true" />
      )}
      {waiting > 0
        ? t("{count, plural, one {# answer waits} other {# answers wait}} on this device", { count: waiting })
        : online
          ? t("Online, everything sent")
          : t("Offline")}
    </span>
  );
}
