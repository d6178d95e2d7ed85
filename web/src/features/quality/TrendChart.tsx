/** Accuracy over stretches of time with their band, what is asked, and the moment of a change: drawn by hand, as three shapes need no library. */
import { useLayoutEffect, useRef, useState } from "react";
import type { PersonDetail } from "../../api/contract";
import { day, number, t, when } from "../../i18n";
import { two } from "./figures";

const HEIGHT = 144;
const LEFT = 30;
const RIGHT = 10;
const TOP = 18;
const BOTTOM = 22;
const DAY = 86_400_000;

interface ChartProps {
  name: string;
  windows: PersonDetail["windows"];
  change: PersonDetail["change"];
  target: number | null;
}

export function TrendChart({ name, windows, change, target }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(370);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const watcher = new ResizeObserver(
      ([entry]) => entry && setWidth(Math.max(220, Math.round(entry.contentRect.width))),
    );
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  const lowest = Math.max(0, Math.floor(Math.min(target ?? 1, ...windows.map(({ low }) => low)) * 5) / 5);
  const middle = (window: ChartProps["windows"][number]): number =>
    (Date.parse(window.at) + Date.parse(window.until)) / 2;
  const times = windows.map(middle);
  const from = Math.min(...times);
  const span = Math.max(...times) - from;
  // Answers that all came in one moment have no time to be spread over: then their order is what is shown.
  const x = (time: number, place: number): number =>
    LEFT + (span > 0 ? (time - from) / span : place / Math.max(windows.length - 1, 1)) * (width - LEFT - RIGHT);
  const y = (share: number): number => TOP + ((1 - share) / (1 - lowest)) * (HEIGHT - TOP - BOTTOM);
  const at = (place: number): number => x(times[place] ?? from, place);
  const band = [
    ...windows.map(({ high }, place) => `${at(place)},${y(high)}`),
    ...windows.map(({ low }, place) => `${at(place)},${y(low)}`).reverse(),
  ].join(" ");
  const line = windows.map(({ mean }, place) => `${at(place)},${y(mean)}`).join(" ");
  const [first, last] = [windows[0], windows.at(-1)];
  if (!first || !last) return null;
  const inside = (time: string): number => Math.max(LEFT, Math.min(width - RIGHT, x(Date.parse(time), 0)));
  const moment = change && span > 0 ? inside(change.at) : null;
  const tick = (time: string): string => (span > 2 * DAY ? day(time) : when(time));
  const label = t("Accuracy of {name} over time, from {first} to {last}, in {count} stretches", {
    name,
    first: two(first.mean),
    last: two(last.mean),
    count: windows.length,
  });
  return (
    <div ref={box}>
      <svg className="trend" height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={label}>
        {[lowest, (1 + lowest) / 2, 1].map((share) => (
          <g key={share}>
            <line className="grid" x1={LEFT} x2={width - RIGHT} y1={y(share)} y2={y(share)} />
            <text x={LEFT - 6} y={y(share) + 4} textAnchor="end">
              {number(share, { maximumFractionDigits: 2 })}
            </text>
          </g>
        ))}
        {target !== null && target >= lowest && (
          <line className="asked" x1={LEFT} x2={width - RIGHT} y1={y(target)} y2={y(target)} />
        )}
        {change && moment !== null && (
          <rect
            className="unsure"
            x={inside(change.low)}
            width={Math.max(1, inside(change.high) - inside(change.low))}
            y={TOP}
            height={HEIGHT - TOP - BOTTOM}
          />
        )}
        <polygon className="band" points={band} />
        <polyline className="line" points={line} />
        {change && moment !== null && (
          <>
            <line className="moment" x1={moment} x2={moment} y1={TOP - 6} y2={HEIGHT - BOTTOM} />
            <text
              className="change"
              x={moment + (moment > width / 2 ? -6 : 6)}
              y={TOP - 6}
              textAnchor={moment > width / 2 ? "end" : "start"}
            >
              {t("change, {day}", { day: tick(change.at) })}
            </text>
          </>
        )}
        <text x={LEFT} y={HEIGHT - 6}>
          {tick(first.at)}
        </text>
        <text x={width - RIGHT} y={HEIGHT - 6} textAnchor="end">
          {tick(last.until)}
        </text>
      </svg>
      <details className="small">
        <summary className="t2">{t("The same as a table")}</summary>
        <table className="tbl">
          <thead>
            <tr>
              <th>{t("From")}</th>
              <th>{t("Accuracy")}</th>
              <th className="r">{t("Checked")}</th>
            </tr>
          </thead>
          <tbody>
            {windows.map((window, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: stretches may begin in one moment, and never change places
              <tr key={place}>
                <td>{when(window.at)}</td>
                <td className="num">
                  <span className="bb">{two(window.mean)}</span>{" "}
                  <span className="t2">{t("{low} to {high}", { low: two(window.low), high: two(window.high) })}</span>
                </td>
                <td className="num r">{number(window.count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </div>
  );
}
