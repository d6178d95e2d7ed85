/** An empty view: why it is empty, when it will not be, one action. */
import type { ReactNode } from "react";

export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <h2 className="h3">{title}</h2>
      {children && <div className="t2">{children}</div>}
      {action}
    </div>
  );
}
