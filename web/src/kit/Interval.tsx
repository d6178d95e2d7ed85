/** An estimate with its 95 % interval: the drawing, and the same as a sentence for a screen reader. */
import { number, t } from "../i18n";

interface IntervalProps {
  name: string;
  /** Null while it is not known well enough to be said: the band alone is drawn. */
  value: number | null;
  low: number;
  high: number;
  count: number;
  scale?: [number, number];
  target?: number;
  countMin?: number;
  /** Another color than the interval alone would have: where what it measures is falling. */
  tone?: Tone;
}

export type Tone = "" | "mute" | "cau" | "dan";

/** Which colour the interval has, by where it lies and never by the estimate alone. */
export function toneOf(low: number, high: number, value: number | null, target: number | undefined): Tone {
  if (target === undefined || low >= target) return "";
  if (high < target) return "dan";
  return value !== null && value < target ? "cau" : "mute";
}

export function Interval({
  name,
  value,
  low,
  high,
  count,
  scale = [0, 1],
  target,
  countMin = 20,
  tone,
}: IntervalProps) {
  const at = (x: number): number => Math.max(0, Math.min(100, ((x - scale[0]) / (scale[1] - scale[0])) * 100));
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  const ends = { name, low: number(low, digits), high: number(high, digits), count };
  const sentence =
    value === null
      ? t("{name}: no estimate yet, 95 % interval {low} to {high}, {count} counted", ends)
      : t("{name} {value}, 95 % interval {low} to {high}, {count} counted", { ...ends, value: number(value, digits) });
  return (
    <span
      className={`iv ${tone ?? toneOf(low, high, value, target)}`}
      role="img"
      aria-label={sentence}
      title={sentence}
    >
      <b style={{ left: `${at(low)}%`, width: `${Math.max(1, at(high) - at(low))}%` }} />
      {value !== null && count >= countMin && <i style={{ left: `${at(value)}%` }} />}
      {target !== undefined && <u style={{ left: `${at(target)}%` }} />}
    </span>
  );
}
