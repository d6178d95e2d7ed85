/** A picture of a page or of Markdown that lies elsewhere: what it is called and where, and no request to anybody. */
import { IconPhotoOff } from "@tabler/icons-react";
import { t } from "../../i18n";

export function AbsentPicture({ alt, address }: { alt: string; address: string }) {
  const name = alt.trim() || t("without a description");
  // What is written into the text itself has no address that a person could read.
  const shown = address.startsWith("data:") ? "" : address;
  return (
    <span
      className="absent-picture"
      role="img"
      aria-label={t("Picture, not shown: {name}", { name })}
      title={t("Pictures that lie elsewhere are not loaded, so that nobody learns what you look at.")}
    >
      <IconPhotoOff size={16} stroke={1.75} aria-hidden="true" />
      <span className="small">
        <span className="t2">{t("Picture, not shown: {name}", { name })}</span>
        {shown && <span className="mono t3 break">{shown}</span>}
      </span>
    </span>
  );
}
