/** Tasks done over time, and a fan to when all will be: drawn by hand in SVG, since one line needs no chart library. */
import type { Progress } from "../../api/contract";
import { day, number, t } from "../../i18n";

const WIDTH = 760;
const HEIGHT = 250;
const LEFT = 56;
const RIGHT = 16;
const TOP = 16;
const BOTTOM = 30;

export function PaceChart({ progress }: { progress: Progress }) {
  const { counts, pace, forecast } = progress;
  if (pace.length === 0) {
    return <div className="p20 t3">{t("The line begins with the first answer.")}</div>;
  }
  const now = Date.now();
  const first = Math.min(...pace.map((each) => Date.parse(each.at)));
  const last = forecast ? Math.max(Date.parse(forecast.high), now) : now;
  const span = Math.max(last - first, 3_600_000);
  const x = (time: number): number => LEFT + ((time - first) / span) * (WIDTH - LEFT - RIGHT);
  const y = (count: number): number => HEIGHT - BOTTOM - (count / Math.max(counts.tasks, 1)) * (HEIGHT - TOP - BOTTOM);

  const counted = pace.reduce((sum, each) => sum + each.done, 0);
  let sum = Math.max(counts.done - counted, 0);
  const points: [number, number][] = [[first, sum]];
  for (const each of pace) {
    sum += each.done;
    points.push([Math.min(Date.parse(each.at) + 3_600_000, now), sum]);
  }
  points.push([now, counts.done]);
  const line = points.map(([time, count]) => `${x(time)},${y(count)}`).join(" ");
  const ticks = [0, 0.5, 1].map((share) => Math.round(counts.tasks * share));
  const label = t("{done} of {tasks} tasks done since {day}", {
    done: counts.done,
    tasks: counts.tasks,
    day: day(new Date(first).toISOString()),
  });

  return (
    <svg className="pace" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      {ticks.map((count) => (
        <g key={count}>
          <line x1={LEFT} x2={WIDTH - RIGHT} y1={y(count)} y2={y(count)} className="grid" />
          <text x={LEFT - 8} y={y(count) + 4} textAnchor="end">
            {number(count)}
          </text>
        </g>
      ))}
      <polygon className="area" points={`${x(first)},${y(0)} ${line} ${x(now)},${y(0)}`} />
      <polyline className="line" points={line} />
      {forecast && (
        <>
          <polygon
            className="fan"
            points={`${x(now)},${y(counts.done)} ${x(Date.parse(forecast.low))},${y(counts.tasks)} ${x(Date.parse(forecast.high))},${y(counts.tasks)}`}
          />
          <line
            className="line dashed"
            x1={x(now)}
            y1={y(counts.done)}
            x2={x(Date.parse(forecast.at))}
            y2={y(counts.tasks)}
          />
        </>
      )}
      <line className="now" x1={x(now)} x2={x(now)} y1={TOP} y2={HEIGHT - BOTTOM} />
      <circle className="dot" cx={x(now)} cy={y(counts.done)} r={4} />
      <text x={LEFT} y={HEIGHT - 10}>
        {day(new Date(first).toISOString())}
      </text>
      <text x={Math.min(x(now), WIDTH - RIGHT - 30)} y={HEIGHT - 10} textAnchor="middle">
        {t("now")}
      </text>
      {forecast && (
        <text x={WIDTH - RIGHT} y={HEIGHT - 10} textAnchor="end">
          {day(forecast.high)}
        </text>
      )}
    </svg>
  );
}
