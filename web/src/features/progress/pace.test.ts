/** The pace chart ends at the present count, whatever the hours say, and its axes are numbers and times that people read. */
import { beforeAll, expect, test } from "vitest";
import { loadLanguage } from "../../i18n";
import { barsOf, lineOf, niceSteps, timeTicks, withDone } from "./pace";

const HOUR = 3_600_000;
const at = (hour: number): string => new Date(Date.UTC(2026, 2, 2, hour)).toISOString();

beforeAll(() => loadLanguage("en"));

test("the line ends at what is done now, and begins at what was done before the fortnight", () => {
  const now = Date.parse(at(12));
  const line = lineOf([{ at: at(9), answers: 4, done: 2 }], 7, now);

  expect(line[0]).toEqual({ at: Date.parse(at(9)), count: 5 });
  expect(line.at(-1)).toEqual({ at: now, count: 7 });
});

test("an hour without work is flat", () => {
  const now = Date.parse(at(13));
  const line = lineOf(
    [
      { at: at(9), answers: 2, done: 2 },
      { at: at(11), answers: 2, done: 2 },
    ],
    4,
    now,
  );

  const flat = line.filter(({ count }) => count === 2).map((each) => each.at);
  expect(flat).toEqual([Date.parse(at(10)), Date.parse(at(11))]);
});

test("tasks that are done while one looks belong to this hour, not to the time before the fortnight", () => {
  const now = Date.parse(at(12)) + HOUR / 2;
  const pace = [{ at: at(9), answers: 4, done: 2 }];

  const line = lineOf(withDone(withDone(pace, 3, now), 1, now), 6, now);

  expect(line[0]).toEqual({ at: Date.parse(at(9)), count: 0 });
  expect(line.find((each) => each.at === Date.parse(at(12)))?.count).toBe(2);
  expect(line.at(-1)).toEqual({ at: now, count: 6 });
});

test("within three days there is a bar an hour, and hours without answers have one too", () => {
  const { bars, step } = barsOf(
    [
      { at: at(9), answers: 3, done: 0 },
      { at: at(12), answers: 5, done: 0 },
    ],
    Date.parse(at(12)) + HOUR / 2,
  );

  expect(step).toBe(HOUR);
  expect(bars.map(({ count }) => count)).toEqual([3, 0, 0, 5]);
});

test("beyond three days there is a bar a day, and none is lost or doubled", () => {
  const pace = Array.from({ length: 10 }, (_, index) => ({ at: at(24 * index), answers: index, done: 0 }));
  const { bars } = barsOf(pace, Date.parse(at(24 * 9)) + HOUR);

  expect(bars).toHaveLength(10);
  expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(45);
});

test.each([[1], [4], [7], [60], [120], [1_001], [12_480]])(
  "the steps to %i begin at 0, end at it, and never crowd",
  (count) => {
    const steps = niceSteps(count);

    expect(steps[0]).toBe(0);
    expect(steps.at(-1)).toBe(count);
    expect(steps.length).toBeLessThanOrEqual(6);
    expect(steps.every(Number.isInteger)).toBe(true);
    expect([...steps].sort((a, b) => a - b)).toEqual(steps);
  },
);

test.each([
  ["an hour", 1],
  ["a day", 24],
  ["a month", 720],
  ["three years", 26_280],
])("under %s stand at most as many times as there is room for", (_, hours) => {
  const from = Date.parse(at(9));
  const ticks = timeTicks(from, from + hours * HOUR, 6);

  expect(ticks.length).toBeGreaterThan(0);
  expect(ticks.length).toBeLessThanOrEqual(7);
});
