/** Tasks done over time with a fan to when all will be, or the answers of each day: drawn by hand, since two shapes need no chart library. */
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";
import type { Progress } from "../../api/contract";
import { day, number, t, when } from "../../i18n";
import { type Bar, barsOf, lineOf, niceSteps, timeTicks } from "./pace";

const HEIGHT = 252;
const LEFT = 56;
const RIGHT = 24;
const TOP = 24;
const BOTTOM = 30;
const HOUR = 3_600_000;

interface Frame {
  width: number;
  from: number;
  to: number;
  max: number;
  x: (time: number) => number;
  y: (count: number) => number;
}

export function PaceChart({ progress, shows }: { progress: Progress; shows: "done" | "answers" }) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(760);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const watcher = new ResizeObserver(
      ([entry]) => entry && setWidth(Math.max(320, Math.round(entry.contentRect.width))),
    );
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  return (
    <div ref={box} style={{ minHeight: HEIGHT }}>
      {progress.pace.length === 0 ? (
        <p className="p20 t3">{t("The line begins with the first answer.")}</p>
      ) : shows === "done" ? (
        <Done progress={progress} width={width} />
      ) : (
        <Answers progress={progress} width={width} />
      )}
    </div>
  );
}

function frameOf(width: number, from: number, to: number, max: number): Frame {
  const span = Math.max(to - from, HOUR / 60);
  return {
    width,
    from,
    to: from + span,
    max,
    x: (time) => LEFT + ((time - from) / span) * (width - LEFT - RIGHT),
    y: (count) => HEIGHT - BOTTOM - (count / Math.max(max, 1)) * (HEIGHT - TOP - BOTTOM),
  };
}

function Chart({
  frame,
  label,
  counts,
  children,
}: {
  frame: Frame;
  label: string;
  counts: number[];
  children: ReactNode;
}) {
  const { width, x, y } = frame;
  return (
    <svg className="pace" height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={label}>
      {counts.map((count) => (
        <g key={count}>
          <line x1={LEFT} x2={width - RIGHT} y1={y(count)} y2={y(count)} className="grid" />
          <text x={LEFT - 8} y={y(count) + 4} textAnchor="end">
            {number(count)}
          </text>
        </g>
      ))}
      {timeTicks(frame.from, frame.to, Math.floor(width / 110)).map(({ at, word }) => (
        <text
          key={at}
          x={x(at)}
          y={HEIGHT - 10}
          textAnchor={x(at) > width - 60 ? "end" : x(at) < LEFT + 20 ? "start" : "middle"}
        >
          {word}
        </text>
      ))}
      {children}
    </svg>
  );
}

function Done({ progress: { counts, pace, forecast }, width }: { progress: Progress; width: number }) {
  const now = Date.now();
  const points = lineOf(pace, counts.done, now);
  const from = points[0]?.at ?? now;
  const end = forecast ? Date.parse(forecast.high) : now;
  // A forecast of a year would squeeze what has been into a hair: the fan is cut where three times the past has gone by.
  const past = now - from;
  const to = forecast ? Math.max(now, Math.min(end, now + Math.max(3 * past, 24 * HOUR))) : now + past / 8;
  const frame = frameOf(width, from, to, counts.tasks);
  const { x, y } = frame;
  const line = points.map(({ at, count }) => `${x(at)},${y(count)}`).join(" ");
  const at = { x: x(now), y: y(counts.done) };
  /** Where a ray from now to "all done at that time" leaves the chart. */
  const ray = (time: number): { x: number; y: number } => {
    const share = Math.min(1, (to - now) / Math.max(time - now, 1));
    return { x: x(now + share * (time - now)), y: at.y + share * (y(counts.tasks) - at.y) };
  };
  const label = t("{done} of {tasks} tasks done since {day}", {
    done: counts.done,
    tasks: counts.tasks,
    day: day(new Date(from).toISOString()),
  });
  const [low, middle, high] = forecast
    ? [ray(Date.parse(forecast.low)), ray(Date.parse(forecast.at)), ray(Date.parse(forecast.high))]
    : [];
  return (
    <Chart frame={frame} label={label} counts={niceSteps(counts.tasks)}>
      <polygon className="area" points={`${x(from)},${y(0)} ${line} ${at.x},${y(0)}`} />
      <line className="now" x1={at.x} x2={at.x} y1={TOP - 8} y2={HEIGHT - BOTTOM} />
      {low && middle && high && (
        <>
          <polygon
            className="fan"
            points={`${at.x},${at.y} ${low.x},${low.y} ${high.x},${low.y} ${high.x},${high.y}`}
          />
          <line className="line dashed" x1={at.x} y1={at.y} x2={middle.x} y2={middle.y} />
        </>
      )}
      <polyline className="line" points={line} />
      <circle className="dot" cx={at.x} cy={at.y} r={4} />
      <text className="said" x={at.x - 8} y={Math.max(at.y - 10, 12)} textAnchor={at.x > LEFT + 90 ? "end" : "start"}>
        {t("{count} done", { count: number(counts.done) })}
      </text>
    </Chart>
  );
}

function Answers({ progress: { pace }, width }: { progress: Progress; width: number }) {
  const { bars, step } = barsOf(pace, Date.now());
  const most = Math.max(...bars.map(({ count }) => count));
  const steps = niceSteps(most);
  const frame = frameOf(width, bars[0]?.at ?? 0, (bars.at(-1)?.at ?? 0) + step, steps.at(-1) ?? most);
  const { x, y } = frame;
  const thick = Math.max(2, Math.min(40, x(frame.from + step) - x(frame.from) - 3));
  const sum = bars.reduce((total, { count }) => total + count, 0);
  const label = t("{count} answers since {day}", { count: sum, day: day(new Date(frame.from).toISOString()) });
  return (
    <Chart frame={frame} label={label} counts={steps}>
      {bars.map((bar: Bar) => (
        <rect
          className="one"
          key={bar.at}
          x={x(bar.at) + 1.5}
          width={thick}
          y={y(bar.count)}
          height={y(0) - y(bar.count)}
          rx={2}
        >
          <title>{`${step === HOUR ? when(new Date(bar.at).toISOString()) : day(new Date(bar.at).toISOString())}: ${number(bar.count)}`}</title>
        </rect>
      ))}
    </Chart>
  );
}
