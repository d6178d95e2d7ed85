/** Figures of quality as they are said and drawn: no more digits than their interval supports, colors by the interval. Pure. */
import type { PersonQuality } from "../../api/contract";
import { day, number, t } from "../../i18n";
import { type Tone, toneOf } from "../../kit/Interval";

/** Fewer checked answers than this: a band without an estimate. */
export const CHECKED_MIN = 20;

/** 0.91 */
export function two(value: number): string {
  return number(value, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/** 0.94; of what is nearly certain only that it is: no probability is shown as 1. */
export function sureness(probability: number): string {
  return probability >= 0.995 ? t("above {bound}", { bound: two(0.99) }) : two(probability);
}

/** An amount in minor units times a factor, as its currency is written; fractions of its smallest coin where they matter. */
export function money(
  { currency, minor_digits, amount }: { currency: string; minor_digits: number; amount: number },
  factor: number,
): string {
  const value = (amount / 10 ** minor_digits) * factor;
  const digits = minor_digits + (value !== 0 && value < 10 ** (1 - minor_digits) ? 2 : 0);
  return number(value, {
    style: "currency",
    currency,
    minimumFractionDigits: minor_digits,
    maximumFractionDigits: digits,
  });
}

/** +0.24, −0.02 */
export function signed(value: number): string {
  return number(value, { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "exceptZero" });
}

/** +3.1, −0.4 */
export function tenth(value: number): string {
  return number(value, { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero" });
}

/** 2:48, minutes and seconds of a task. */
export function pace(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** The scale that all bands of a column share: down to the lowest end, in steps of 0.05, and up to 1. */
export function scaleOf(people: readonly PersonQuality[], target: number | null): [number, number] {
  const lows = people.flatMap(({ accuracy, checked }) => (accuracy && checked >= CHECKED_MIN ? [accuracy.low] : []));
  const lowest = Math.min(0.9, target ?? 1, ...lows);
  return [Math.max(0, Math.floor(lowest * 20) / 20), 1];
}

export interface Standing {
  tone: Tone;
  word: string;
}

/** How somebody stands, in words that go with the color of their band. */
export function standingOf(person: PersonQuality, target: number | null): Standing {
  const { accuracy, trend } = person;
  if (accuracy === null || accuracy.mean === null) return { tone: "mute", word: t("too early to say") };
  if (trend.kind === "falling" && trend.since) {
    return { tone: "cau", word: t("falling since {day}", { day: day(trend.since) }) };
  }
  if (target !== null) {
    const tone = toneOf(accuracy.low, accuracy.high, accuracy.mean, target);
    if (tone === "dan") return { tone, word: t("below {target}, sure", { target: two(target) }) };
    if (tone === "cau") return { tone, word: t("below {target}, likely", { target: two(target) }) };
    if (trend.kind === "steady" && tone === "mute") return { tone, word: t("not known yet") };
  }
  if (trend.kind === "rising" && trend.since) {
    return { tone: "", word: t("rising since {day}", { day: day(trend.since) }) };
  }
  return { tone: "", word: t("steady") };
}

/** The color of a band: by the interval against what is asked, and amber where accuracy falls. */
export function bandOf(person: PersonQuality, target: number | null): Tone {
  const { accuracy, trend } = person;
  if (!accuracy) return "mute";
  const tone = toneOf(accuracy.low, accuracy.high, accuracy.mean, target ?? undefined);
  return trend.kind === "falling" && tone !== "dan" ? "cau" : accuracy.mean === null ? "mute" : tone;
}

/** How many at the head of the list cannot be told apart: their bands overlap the first one's. */
export function levelWithFirst(people: readonly PersonQuality[]): number {
  const known = people.filter(({ accuracy }) => accuracy?.mean != null);
  const first = known[0]?.accuracy;
  if (!first) return 0;
  const apart = known.findIndex(({ accuracy }) => accuracy !== null && accuracy.high < first.low);
  return apart < 0 ? known.length : apart;
}

/** Each cell of a row as its share of the row, in whole percents; null in a row where nothing is expected. */
export function rowPercents(counts: readonly number[][]): (number | null)[][] {
  return counts.map((row) => {
    const sum = row.reduce((total, count) => total + count, 0);
    return row.map((count) => (sum < 0.5 ? null : Math.round((100 * count) / sum)));
  });
}
