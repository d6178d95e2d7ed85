/** What the pace chart draws, without a screen: the line of tasks done, bars of answers, and ticks that people can read. */
import type { Progress } from "../../api/contract";
import { clock, day } from "../../i18n";

type Pace = Progress["pace"];
export interface Bar {
  at: number;
  count: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Tasks done up to each hour, from the first hour of the fortnight until now. The present count is the truth it ends at. */
export function lineOf(pace: Pace, done: number, now: number): Bar[] {
  const counted = pace.reduce((sum, each) => sum + each.done, 0);
  let count = Math.max(done - counted, 0);
  const points: Bar[] = [{ at: Math.min(...pace.map((each) => Date.parse(each.at)), now), count }];
  for (const each of pace) {
    const from = Date.parse(each.at);
    // Hours without work are flat, not a slope to the next answer.
    if (from > (points.at(-1)?.at ?? 0)) points.push({ at: from, count });
    count += each.done;
    points.push({ at: Math.min(from + HOUR, now), count });
  }
  points.push({ at: now, count: done });
  return points;
}

/** The pace after so many more tasks were done now, until it is counted anew: they belong to this hour, not to the time before. */
export function withDone(pace: Pace, count: number, now: number): Pace {
  if (count <= 0) return pace;
  const hour = Math.floor(now / HOUR) * HOUR;
  const isNow = ({ at }: Pace[number]): boolean => Date.parse(at) === hour;
  if (!pace.some(isNow)) return [...pace, { at: new Date(hour).toISOString(), answers: 0, done: count }];
  return pace.map((each) => (isNow(each) ? { ...each, done: each.done + count } : each));
}

/** Answers by the hour within three days, by the day beyond; days without any are there too. */
export function barsOf(pace: Pace, now: number): { bars: Bar[]; step: number } {
  const first = Math.min(...pace.map((each) => Date.parse(each.at)));
  const step = now - first <= 3 * DAY ? HOUR : DAY;
  const floor = (time: number): number =>
    step === HOUR ? Math.floor(time / HOUR) * HOUR : new Date(time).setHours(0, 0, 0, 0);
  const counts = new Map<number, number>();
  for (let at = floor(first); at <= now; at = floor(at + step + HOUR / 2)) counts.set(at, 0);
  for (const each of pace) {
    const at = floor(Date.parse(each.at));
    counts.set(at, (counts.get(at) ?? 0) + each.answers);
  }
  return { bars: [...counts].map(([at, count]) => ({ at, count })), step };
}

/** 0 up to the count itself, in three or four round steps. */
export function niceSteps(count: number): number[] {
  if (count <= 4) return Array.from({ length: count + 1 }, (_, index) => index);
  const rough = count / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, power > 1 ? 2.5 : 3, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? rough;
  const steps = Array.from({ length: Math.floor(count / step) + 1 }, (_, index) => index * step);
  // The top is the count; a round step just below it would stand in its way.
  return count - (steps.at(-1) ?? 0) < step / 3 ? [...steps.slice(0, -1), count] : [...steps, count];
}

/** Times to write under an axis: hours of a day, or days, at most `count` of them. */
export function timeTicks(from: number, to: number, count: number): { at: number; word: string }[] {
  const steps = [
    HOUR / 12,
    HOUR / 4,
    HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    91 * DAY,
    364 * DAY,
  ];
  const step = steps.find((each) => (to - from) / each <= Math.max(count, 1)) ?? 364 * DAY;
  const start = new Date(from);
  if (step >= DAY) start.setHours(0, 0, 0, 0);
  else start.setTime(Math.floor(from / Math.min(step, HOUR)) * Math.min(step, HOUR));
  const ticks = [];
  for (let at = start.getTime(); at <= to; at += step) {
    const time = new Date(at).toISOString();
    if (at >= from - step / 10) ticks.push({ at: Math.max(at, from), word: step >= DAY ? day(time) : clock(time) });
  }
  return ticks;
}
