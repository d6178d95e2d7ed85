/** Changing the organization that one works for: what was open belongs to the other one. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { call } from "../api/client";
import { begin, SESSION } from "../api/session";
import { leaveDesk } from "../features/annotate/outboxes";
import { t } from "../i18n";
import { toast } from "../kit/Toasts";

export function useEnter(): (organization: string) => Promise<void> {
  const client = useQueryClient();
  const navigate = useNavigate();
  return async (organization) => {
    leaveDesk();
    const changed = await begin(await call("POST /session/organization", { body: { organization_id: organization } }));
    client.clear();
    client.setQueryData(SESSION, changed);
    void navigate({ to: changed.role === "visitor" ? "/projects" : "/" });
    toast(t("You work for {name} now", { name: changed.organization.name }));
  };
}
