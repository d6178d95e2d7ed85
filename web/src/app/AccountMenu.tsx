/** The person's own menu: organization, theme, settings, sign out. */
import { IconBuilding, IconLogout, IconMoon, IconSettings } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { call } from "../api/client";
import type { Session } from "../api/contract";
import { leave, SESSION } from "../api/session";
import { leaveDesk } from "../features/annotate/outboxes";
import { t } from "../i18n";
import { Avatar } from "../kit/Avatar";
import { Menu } from "../kit/Menu";
import { useEnter } from "./entering";
import { useRoot } from "./root-context";

const ICON = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

export function wordOfRole(role: string): string {
  const words: Record<string, () => string> = {
    owner: () => t("Owner"),
    manager: () => t("Manager"),
    annotator: () => t("Annotator"),
    reviewer: () => t("Reviewer"),
    auditor: () => t("Auditor"),
    visitor: () => t("Visitor of the operator"),
  };
  return words[role]?.() ?? role;
}

export function AccountMenu({ session, isUp, withName }: { session: Session; isUp?: boolean; withName?: boolean }) {
  const client = useQueryClient();
  const { toggleTheme } = useRoot();
  const name = session.person.name || session.person.email;
  const signOut = async (): Promise<void> => {
    await call("DELETE /session").catch(() => undefined);
    leave();
    leaveDesk();
    client.clear();
    client.setQueryData(SESSION, null);
  };
  const enter = useEnter();
  return (
    <Menu
      isUp={isUp}
      hasWords={withName}
      label={t("Account of {name}", { name })}
      className={withName ? "item" : ""}
      button={
        <>
          <Avatar name={name} />
          {withName && (
            <span className="col word" style={{ lineHeight: "16px", minWidth: 0 }}>
              <span className="b cut" style={{ color: "var(--ev-text)" }}>
                {name}
              </span>
              <span className="small t3 cut">{wordOfRole(session.role)}</span>
            </span>
          )}
        </>
      }
    >
      {session.organizations
        .filter(({ id }) => id !== session.organization.id)
        .map(({ id, name: other }) => (
          <button type="button" role="menuitem" key={id} onClick={() => enter(id)}>
            <IconBuilding {...ICON} />
            {t("Work for {name}", { name: other })}
          </button>
        ))}
      <button type="button" role="menuitem" onClick={toggleTheme}>
        <IconMoon {...ICON} />
        {t("Light or dark")}
      </button>
      <Link to="/settings" role="menuitem">
        <IconSettings {...ICON} />
        {t("Settings")}
      </Link>
      <button type="button" role="menuitem" onClick={signOut}>
        <IconLogout {...ICON} />
        {t("Sign out")}
      </button>
    </Menu>
  );
}
