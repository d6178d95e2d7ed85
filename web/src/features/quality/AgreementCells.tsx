/** Two coefficients of agreement in a row of a table: a band and its figures for one, figures for the other. */
import type { ReactNode } from "react";
import type { QuestionQuality } from "../../api/contract";
import { number, t } from "../../i18n";
import { Interval } from "../../kit/Interval";
import { ALPHA_FLOOR } from "../progress/needs";
import { CHECKED_MIN, two } from "./figures";

type Agreement = QuestionQuality["alpha"];
type Measured = Agreement & Required<Pick<Agreement, "value" | "low" | "high" | "tasks" | "coefficient">>;

function isMeasured(agreement: Agreement): agreement is Measured {
  return agreement.value !== undefined && agreement.low !== undefined && agreement.high !== undefined;
}

/** The left end of a scale that several bands share: 0, or lower where an interval goes below it. */
export function leastOf(rows: readonly { alpha: Agreement }[]): number {
  const lows = rows.flatMap(({ alpha }) => (isMeasured(alpha) ? [alpha.low] : []));
  return Math.floor(Math.min(0, ...lows) * 10) / 10;
}

export function AgreementHead({ first, least, children }: { first: string; least: number; children?: ReactNode }) {
  return (
    <thead>
      <tr>
        <th>{first}</th>
        <th style={{ width: "24%", minWidth: 140 }}>
          <span className="row between" dir="ltr">
            <span>{number(least)}</span>
            <span>1</span>
          </span>
        </th>
        <th>{t("Alpha")}</th>
        <th>{t("Gwet")}</th>
        <th className="r">{t("Tasks")}</th>
        <th className="r">{t("Answers")}</th>
        {children}
      </tr>
    </thead>
  );
}

interface CellsProps {
  name: string;
  alpha: Agreement;
  gwet: Agreement;
  least: number;
}

export function AgreementCells({ name, alpha, gwet, least }: CellsProps) {
  return (
    <>
      <td>
        {isMeasured(alpha) && (
          <Interval
            name={t("Alpha of {name}", { name })}
            value={alpha.value}
            low={alpha.low}
            high={alpha.high}
            count={alpha.tasks}
            scale={[least, 1]}
            target={ALPHA_FLOOR}
          />
        )}
      </td>
      <td className="num nowrap">{said(alpha)}</td>
      <td className="num nowrap">{said(gwet)}</td>
      <td className="r num">{isMeasured(alpha) ? number(alpha.tasks) : ""}</td>
    </>
  );
}

function said(agreement: Agreement) {
  if (!isMeasured(agreement)) return <span className="t3">{whyUndefined(agreement.undefined ?? "")}</span>;
  return (
    <span title={agreement.coefficient}>
      {agreement.tasks >= CHECKED_MIN && <span className="bb">{two(agreement.value)} </span>}
      <span className="t2">{t("{low} to {high}", { low: two(agreement.low), high: two(agreement.high) })}</span>
    </span>
  );
}

function whyUndefined(reason: string): string {
  const words: Record<string, () => string> = {
    "one-value": () => t("everybody gave the same answer"),
    "one-task": () => t("a single task has two answers"),
    "no-classes": () => t("numbers have no classes"),
    structured: () => t("compared by their own distance, in the release"),
  };
  return words[reason]?.() ?? t("no task has two answers");
}
