/** Every gold task as a spot: how many should be right if the known answer is, and how many are. Far below the line is likely wrong. */
import { useLayoutEffect, useRef, useState } from "react";
import { number, t } from "../../i18n";
import { two } from "../quality/figures";
import type { Spot } from "./figures";

const HEIGHT = 220;
const LEFT = 34;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 34;

export function HealthPlot({
  spots,
  open,
  onOpen,
}: {
  spots: Spot[];
  open: string | null;
  onOpen: (id: string) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(520);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const watcher = new ResizeObserver(
      ([entry]) => entry && setWidth(Math.max(240, Math.round(entry.contentRect.width))),
    );
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  const least = Math.min(0.5, ...spots.map(({ expected }) => expected));
  const from = Math.max(0, Math.floor(least * 10) / 10);
  const x = (share: number): number => LEFT + ((share - from) / (1 - from)) * (width - LEFT - RIGHT);
  const y = (share: number): number => TOP + (1 - share) * (HEIGHT - TOP - BOTTOM);
  const suspects = spots.filter(({ task }) => task.suspect).length;
  return (
    <div ref={box}>
      <svg
        className="goldplot"
        height={HEIGHT}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        role="img"
        aria-label={t(
          "{count} gold tasks by how many should be right and how many are; {suspects} likely to be wrong",
          {
            count: spots.length,
            suspects,
          },
        )}
      >
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line className="grid" x1={LEFT} x2={width - RIGHT} y1={y(share)} y2={y(share)} />
            <text x={LEFT - 6} y={y(share) + 4} textAnchor="end">
              {number(share)}
            </text>
          </g>
        ))}
        {[from, (from + 1) / 2, 1].map((share) => (
          <text
            key={share}
            x={x(share)}
            y={HEIGHT - 20}
            textAnchor={share === 1 ? "end" : share === from ? "start" : "middle"}
          >
            {number(share, { maximumFractionDigits: 2 })}
          </text>
        ))}
        <text x={(LEFT + width - RIGHT) / 2} y={HEIGHT - 5} textAnchor="middle">
          {t("right if the known answer is, by how right the same people are elsewhere")}
        </text>
        <line className="asked" x1={x(from)} y1={y(from)} x2={x(1)} y2={y(1)} />
        {spots.map(({ task, expected, right, low, high }) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the mouse; the table below opens the same by keys
          <g
            key={task.task_id}
            className={`spot ${task.suspect ? "suspect" : ""} ${task.task_id === open ? "on" : ""}`}
            onClick={() => onOpen(task.task_id)}
          >
            <title>
              {t("{task}: {right} right, {expected} expected, {count} answers", {
                task: task.preview || task.task_id.slice(-8),
                right: two(right),
                expected: two(expected),
                count: number(task.right.total),
              })}
            </title>
            <line x1={x(expected)} x2={x(expected)} y1={y(high)} y2={y(low)} />
            {task.suspect ? (
              <rect
                x={x(expected) - 5}
                y={y(right) - 5}
                width={10}
                height={10}
                transform={`rotate(45 ${x(expected)} ${y(right)})`}
              />
            ) : (
              <circle cx={x(expected)} cy={y(right)} r={4} />
            )}
          </g>
        ))}
      </svg>
      <p className="small t3 mt4">
        {t(
          "Upwards: the share that is right, with its 95 % interval. On the dashed line the known answer fares as it should; a diamond is likely to be wrong.",
        )}
      </p>
    </div>
  );
}
