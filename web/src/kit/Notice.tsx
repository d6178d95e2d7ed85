/** A notice inside the view it concerns: tint, icon, at most one button. The remedy comes first. */
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";

interface NoticeProps {
  tone?: "info" | "cau" | "dan" | "pos" | "plain";
  children: ReactNode;
  action?: ReactNode;
}

export function Notice({ tone = "info", children, action }: NoticeProps) {
  const Icon = tone === "pos" ? IconCircleCheck : tone === "cau" || tone === "dan" ? IconAlertTriangle : IconInfoCircle;
  return (
    <div className={`note ${tone === "info" ? "" : tone}`} role={tone === "dan" ? "alert" : "status"}>
      <Icon size={16} stroke={1.75} aria-hidden="true" />
      <div className="grow break">{children}</div>
      {action}
    </div>
  );
}
