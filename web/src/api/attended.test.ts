import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { attendance } from "./attended";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a page that nobody has touched for five minutes says so, until somebody does", () => {
  window.dispatchEvent(new Event("keydown"));
  vi.advanceTimersByTime(5 * 60_000);
  expect(attendance()).toEqual({});

  vi.advanceTimersByTime(1);
  expect(attendance()).toEqual({ "X-Unattended": "1" });

  window.dispatchEvent(new Event("pointermove"));
  expect(attendance()).toEqual({});
});
