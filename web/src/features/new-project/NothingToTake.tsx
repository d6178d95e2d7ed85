/** A file in which nothing is that could become a task: an archive without pictures, a document of some other program. */
import type { Proposals } from "../../api/contract";
import { t } from "../../i18n";
import { Notice } from "../../kit/Notice";

/** Parquet may keep its rows beyond what was read of it. */
export function isNothing({ columns, proposals, format }: Proposals): boolean {
  return columns.length === 0 && proposals.length === 0 && format !== "parquet";
}

export function NothingToTake({ name }: { name: string }) {
  return (
    <Notice tone="cau">
      <span className="b">{t("Choose a file of rows, or pictures.")}</span>{" "}
      {t("Nothing at the beginning of {name} could become a task.", { name })}
    </Notice>
  );
}
