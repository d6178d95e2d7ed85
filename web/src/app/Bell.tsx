/** How many notifications nobody has read yet, as a number beside the bell and in its name. */
import { IconBell } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { call } from "../api/client";
import { number, t } from "../i18n";

export function useUnread(): number {
  const { data } = useQuery({
    queryKey: ["unread"],
    queryFn: async () => (await call("GET /notifications", { query: { limit: 1 } })).unread,
    refetchInterval: 30_000,
  });
  return data ?? 0;
}

export function Bell() {
  const unread = useUnread();
  const name = unread > 0 ? t("Notifications, {count} new", { count: unread }) : t("Notifications");
  return (
    <Link className="btn s quiet bell" to="/notifications" aria-label={name} title={name}>
      <IconBell size={16} stroke={1.75} aria-hidden="true" />
      {unread > 0 && <span className="small bb acc">{number(unread)}</span>}
    </Link>
  );
}
