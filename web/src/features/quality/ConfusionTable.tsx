/** What is answered where each class is true: per cent of each row, darker where more. */
import type { Confusion } from "../../api/contract";
import { number, t } from "../../i18n";
import { rowPercents } from "./figures";

export function ConfusionTable({ confusion, caption }: { confusion: Confusion; caption: string }) {
  const { classes, counts } = confusion;
  const shares = rowPercents(counts);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <div className="scroll-x" tabIndex={0} role="region" aria-label={t("What is confused with what")}>
      <table className="confusion">
        <caption className="small t3">{caption}</caption>
        <thead>
          <tr>
            <td style={{ background: "none" }} />
            {classes.map((each) => (
              <th key={each} scope="col" title={each}>
                {each}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {classes.map((each, row) => (
            <tr key={each}>
              <th scope="row" title={each}>
                {each}
              </th>
              {classes.map((other, column) => {
                const share = shares[row]?.[column] ?? null;
                const sum = (counts[row] ?? []).reduce((total, count) => total + count, 0);
                return (
                  <td
                    key={other}
                    className={row === column ? "num right" : "num"}
                    style={{ "--share": share ?? 0 } as React.CSSProperties}
                    title={t("{count} of {sum}", {
                      count: number(counts[row]?.[column] ?? 0, { maximumFractionDigits: 1 }),
                      sum: number(sum, { maximumFractionDigits: 1 }),
                    })}
                  >
                    {share === null ? "" : number(share)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
