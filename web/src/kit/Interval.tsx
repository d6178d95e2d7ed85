/** An estimate with its 95 % interval: the drawing, and the same as a sentence for a screen reader. */
import { number, t } from "../i18n";

interface IntervalProps {
  name: string;
  value: number;
  low: number;
  high: number;
  count: number;
  scale?: [number, number];
  target?: number;
  countMin?: number;
}

/** Which colour the interval has, by where it lies and never by the estimate alone. */
export function toneOf(
  low: number,
  high: number,
  value: number,
  target: number | undefined,
): "" | "mute" | "cau" | "dan" {
  if (target === undefined || low >= target) return "";
  if (high < target) return "dan";
  return value < target ? "cau" : "mute";
}

export function Interval({ name, value, low, high, count, scale = [0, 1], target, countMin = 20 }: IntervalProps) {
  const at = (x: number): number => Math.max(0, Math.min(100, ((x - scale[0]) / (scale[1] - scale[0])) * 100));
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  const sentence = t("{name} {value}, 95 % interval {low} to {high}, {count} counted", {
    name,
    value: number(value, digits),
    low: number(low, digits),
    high: number(high, digits),
    count,
  });
  return (
    <span className={`iv ${toneOf(low, high, value, target)}`} role="img" aria-label={sentence} title={sentence}>
      <b style={{ left: `${at(low)}%`, width: `${Math.max(1, at(high) - at(low))}%` }} />
      {count >= countMin && <i style={{ left: `${at(value)}%` }} />}
      {target !== undefined && <u style={{ left: `${at(target)}%` }} />}
    </span>
  );
}
