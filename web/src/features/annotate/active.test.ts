/** Active time is what a person can stand up for: page in front, and a sign of life within half a minute. */
import { expect, test } from "vitest";
import { ActiveClock, IDLE_MS } from "./active";

test("time between signs of life counts", () => {
  const clock = new ActiveClock(0);

  clock.touch(4_000);
  clock.touch(9_000);

  expect(clock.activeMs(9_000)).toBe(9_000);
});

test("a walk to the coffee machine counts half a minute, whatever it takes", () => {
  const clock = new ActiveClock(0);

  clock.touch(10 * 60_000);

  expect(clock.activeMs(10 * 60_000)).toBe(IDLE_MS);
});

test("nothing counts while the page is in the back", () => {
  const clock = new ActiveClock(0);
  clock.pause(5_000);

  expect(clock.activeMs(60_000)).toBe(5_000);

  clock.touch(60_000);
  clock.touch(62_000);
  expect(clock.activeMs(62_000)).toBe(7_000);
});

test("elapsed time goes on meanwhile", () => {
  const clock = new ActiveClock(1_000);
  clock.pause(2_000);

  expect(clock.elapsedMs(61_000)).toBe(60_000);
});

test("each question gets the time that was spent while it was the active one", () => {
  const clock = new ActiveClock(0);

  clock.stroke(2_000, "tone");
  clock.stroke(5_000, "why");
  clock.touch(6_000, "why");

  expect(clock.questions()).toEqual({ tone: 2_000, why: 4_000 });
  expect(clock.keystrokes).toBe(2);
});

test("a second look adds to the first", () => {
  const clock = new ActiveClock(100_000, 8_000);

  clock.touch(101_000);

  expect(clock.activeMs(101_000)).toBe(9_000);
});
