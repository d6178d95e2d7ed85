/** An address that leads nowhere. */
import { Link } from "@tanstack/react-router";
import { t } from "../i18n";
import { Empty } from "../kit/Empty";

export function NotFound() {
  return (
    <Empty title={t("Go back to your work. Nothing is at this address.")} action={<Link to="/">{t("My work")}</Link>}>
      {t("It may have been moved to the trash, or the link was cut short.")}
    </Empty>
  );
}
