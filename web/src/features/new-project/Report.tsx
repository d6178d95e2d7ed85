/** What became of an import: how many went in, and each row that did not, with its line, its place and the remedy. */
import type { Defect } from "../../api/contract";
import { bytes, number, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Meter } from "../../kit/Meter";
import { Notice } from "../../kit/Notice";
import type { Far } from "./importing";

/** What is wrong with rows, each by its line in the file: before an import and after it the same. */
export function Defects({ problems }: { problems: readonly Defect[] }) {
  if (problems.length === 0) return null;
  return (
    <div className="scroll-x card clip">
      <table className="tbl defects">
        <thead>
          <tr>
            <th className="r">{t("Line")}</th>
            <th>{t("Place")}</th>
            <th>{t("What is wrong, and what mends it")}</th>
          </tr>
        </thead>
        <tbody>
          {problems.slice(0, 100).map((each, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two defects of one place are alike
            <tr key={`${each.line} ${each.pointer} ${index}`}>
              <td className="r num">{each.line ? number(each.line) : "–"}</td>
              <td className="mono small break">{each.pointer || "/"}</td>
              <td className="small">
                {each.message} <span className="t2">{each.remedy}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface ReportProps {
  imported: number;
  duplicates: number;
  rejected: number;
  problems: readonly Defect[];
}

export function Report({ imported, duplicates, rejected, problems }: ReportProps) {
  return (
    <div className="col g12">
      <Notice tone={rejected > 0 ? "cau" : "pos"}>
        <div className="b">
          {t("{count, plural, one {# task went in} other {# tasks went in}}", { count: imported })}
          {rejected > 0 && `, ${t("{count, plural, one {# row did not} other {# rows did not}}", { count: rejected })}`}
          .
        </div>
        {duplicates > 0 && (
          <div className="t2">
            {t("{count, plural, one {# was} other {# were}} here already, by the same id.", { count: duplicates })}
          </div>
        )}
        {rejected > problems.length && (
          <div className="t2">{t("The first {count} are listed.", { count: problems.length })}</div>
        )}
      </Notice>
      <Defects problems={problems} />
    </div>
  );
}

/** total: null while nobody has counted the files yet. */
export function takenWords(seen: number, total: number | null): string {
  return total === null
    ? t("Files are being counted…")
    : t("{done} of {files} files taken in", { done: number(seen), files: number(total) });
}

export function Under({ far, onStop }: { far: Far | null; onStop: () => void }) {
  const isSent = far !== null && far.sent >= far.of;
  const words = !far
    ? t("Beginning…")
    : far.isTaking
      ? takenWords(far.done, far.files || null)
      : far.files > 1
        ? t("{done} of {files} pictures", { done: number(far.done), files: number(far.files) })
        : isSent
          ? t("Sent. Rows are being checked and sealed…")
          : t("{sent} of {of} sent", { sent: bytes(far.sent), of: bytes(far.of) });
  return (
    <div className="row g12" role="status">
      <div className="grow">
        <Meter label={t("Import")} done={far?.sent ?? 0} of={far?.of ?? 1} words={words} />
      </div>
      <Button size="s" onClick={onStop}>
        {t("Stop")}
      </Button>
    </div>
  );
}
