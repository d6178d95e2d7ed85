/** Whether the server can be reached, said where the person looks anyway; nothing while all is well. */
import { IconWifiOff } from "@tabler/icons-react";
import { useOnline } from "../features/annotate/useOnline";
import { t } from "../i18n";

export function Connection() {
  if (useOnline()) return null;
  return (
    <span className="state cau" role="status">
      <IconWifiOff size={14} stroke={1.75} aria-hidden="true" />
      {t("Offline: what was loaded stays readable")}
    </span>
  );
}
