/** What could be said after each audit: the bound falls as audits are done, and stays where one finds an error. Drawn by hand. */
import { useLayoutEffect, useRef, useState } from "react";
import type { Audit } from "../../api/contract";
import { number, t } from "../../i18n";

const HEIGHT = 168;
const LEFT = 44;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 34;

const percent = (share: number): string => number(share, { style: "percent", maximumFractionDigits: 1 });

export function BoundChart({ audit }: { audit: Audit }) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(640);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const watcher = new ResizeObserver(
      ([entry]) => entry && setWidth(Math.max(220, Math.round(entry.contentRect.width))),
    );
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  const { moments, drawn, share, upper } = audit;
  const x = (audits: number): number => LEFT + (audits / Math.max(drawn, 1)) * (width - LEFT - RIGHT);
  const y = (bound: number): number => TOP + (1 - bound) * (HEIGHT - TOP - BOTTOM);
  // The bound holds from one audit to the next: a staircase, whose steps are told apart from a line that guesses between them.
  const steps = moments
    .flatMap(({ audits, upper: bound }, place) => {
      const before = moments[place - 1];
      return before ? [`${x(audits)},${y(before.upper)}`, `${x(audits)},${y(bound)}`] : [`${x(audits)},${y(bound)}`];
    })
    .join(" ");
  const found = moments.filter(({ errors }, place) => errors > (moments[place - 1]?.errors ?? 0));
  const last = moments.at(-1);
  const label = t("At most {upper} wrong after {audits} of {drawn} audits, from {first} before the first", {
    upper: percent(upper),
    audits: audit.audited,
    drawn,
    first: percent(moments[0]?.upper ?? 1),
  });
  return (
    <div ref={box}>
      <svg className="trend bound" height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={label}>
        {[0, 0.5, 1].map((bound) => (
          <g key={bound}>
            <line className="grid" x1={LEFT} x2={width - RIGHT} y1={y(bound)} y2={y(bound)} />
            <text x={LEFT - 6} y={y(bound) + 4} textAnchor="end">
              {percent(bound)}
            </text>
          </g>
        ))}
        <line className="asked" x1={LEFT} x2={width - RIGHT} y1={y(share)} y2={y(share)} />
        <text x={width - RIGHT} y={y(share) - 4} textAnchor="end">
          {t("asked: {share}", { share: percent(share) })}
        </text>
        <polyline className="line" points={steps} />
        {last && <circle className="now" cx={x(last.audits)} cy={y(last.upper)} r={3.5} />}
        {found.map(({ audits, upper: bound }) => (
          <path
            className="wrong"
            key={audits}
            d={`M${x(audits) - 4},${y(bound) - 4} l8,8 m0,-8 l-8,8`}
            aria-hidden="true"
          />
        ))}
        <text x={LEFT} y={HEIGHT - BOTTOM + 14}>
          0
        </text>
        <text x={width - RIGHT} y={HEIGHT - BOTTOM + 14} textAnchor="end">
          {number(drawn)}
        </text>
        <text x={(LEFT + width - RIGHT) / 2} y={HEIGHT - 4} textAnchor="middle">
          {t("audits done; a cross is an error that was found")}
        </text>
      </svg>
      <details className="small">
        <summary className="t2">{t("The same as a table")}</summary>
        <table className="tbl">
          <thead>
            <tr>
              <th className="r">{t("Audits")}</th>
              <th className="r">{t("Errors")}</th>
              <th className="r">{t("At most wrong")}</th>
            </tr>
          </thead>
          <tbody>
            {moments.map(({ audits, errors, upper: bound }) => (
              <tr key={audits}>
                <td className="r num">{number(audits)}</td>
                <td className="r num">{number(errors)}</td>
                <td className="r num">{percent(bound)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </div>
  );
}
