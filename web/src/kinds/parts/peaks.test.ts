/** Peaks: at every zoom the lowest and highest of what lies there, the last, broken block among them. */
import { expect, test } from "vitest";
import { extremes, peaksOf } from "./peaks";

test("the extremes of a stretch are those of its samples, whichever level they are read from", () => {
  const samples = Float32Array.from({ length: 10_001 }, (_, at) => Math.sin(at / 50) * (at / 10_001));
  samples[7_000] = -1;
  samples[10_000] = 1;
  const { ticks, channels } = peaksOf([samples], 8_000);
  const [levels = []] = channels;

  expect(ticks).toBe(10_001);
  expect(extremes(levels, 0, 10_001)).toEqual([-1, 1]);
  expect(extremes(levels, 6_992, 7_008)[0]).toBe(-1);
  expect(extremes(levels, 10_000, 10_001)[1]).toBe(1);
  const [low, high] = extremes(levels, 4_096, 4_096 + 256);
  const part = [...samples.slice(4_096, 4_096 + 256)];
  expect([low, high]).toEqual([Math.min(...part), Math.max(...part)]);
});

test("silence is drawn as nothing", () => {
  expect(extremes(peaksOf([new Float32Array(0)], 8_000).channels[0] ?? [], 0, 5)).toEqual([0, 0]);
});
