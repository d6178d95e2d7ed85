/** A recording in sight: zoomed and moved within its length, played as far as a stretch goes. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clockOf, rowsFor, Timeline, timelineOf } from "./timeline";

let frames: (() => void)[] = [];
beforeEach(() => {
  frames = [];
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => frames.push(frame));
  vi.stubGlobal("cancelAnimationFrame", () => {
    frames = [];
  });
});
afterEach(() => vi.unstubAllGlobals());

function pass(sound: { currentTime: number }, seconds: number): void {
  sound.currentTime = seconds;
  for (const frame of frames.splice(0)) frame();
}

const sight = (timeline: Timeline): [number, number] => {
  const { start, end } = timeline.snapshot();
  return [start, end];
};

test("a view is enlarged about the hand and never leaves the recording", () => {
  const timeline = new Timeline({ ticks: 16_000, rate: 16_000 });
  timeline.seek(4_000);

  timeline.zoom(1);
  expect(sight(timeline)).toEqual([2_000, 10_000]);
  timeline.pan(-5_000);
  expect(sight(timeline)).toEqual([0, 8_000]);
  timeline.reveal(15_000, 16_000);
  expect(sight(timeline)).toEqual([8_000, 16_000]);
  for (let times = 0; times < 20; times += 1) timeline.zoom(1, 15_999);
  expect(timeline.snapshot().end - timeline.snapshot().start).toBe(320);
  timeline.whole();
  expect(sight(timeline)).toEqual([0, 16_000]);
  expect(timeline.tickAt(timeline.shareOf(1_234))).toBe(1_234);
});

test("a stretch plays until its end, and the hand stays there", () => {
  const timeline = new Timeline({ ticks: 16_000, rate: 8_000 });
  const sound = { currentTime: 0, playbackRate: 1, play: vi.fn(async () => undefined), pause: vi.fn() };
  timeline.attach(sound);

  timeline.play(4_000, 6_000);
  expect(sound.currentTime).toBe(0.5);
  pass(sound, 0.6);
  expect(timeline.snapshot()).toMatchObject({ at: 4_800, isPlaying: true });
  pass(sound, 0.76);
  expect(timeline.snapshot()).toMatchObject({ at: 6_000, isPlaying: false });

  timeline.play();
  timeline.back();
  expect(timeline.snapshot()).toMatchObject({ at: 0, isPlaying: true });
  timeline.toggle();
  expect(sound.pause).toHaveBeenCalledTimes(2);
});

test("each task has its own view of a recording", () => {
  const [one, other] = [{}, {}];
  const length = { ticks: 100, rate: 8_000 };

  expect(timelineOf(one, "audio")).toBeUndefined();
  expect(timelineOf(one, "audio", length)).toBe(timelineOf(one, "audio"));
  expect(timelineOf(other, "audio", length)).not.toBe(timelineOf(one, "audio"));
});

test("time is read in minutes, and what overlaps stands in another row", () => {
  expect([clockOf(0, 48_000), clockOf(57_342, 48_000), clockOf(16_000 * 62 + 8, 16_000)]).toEqual([
    "0:00.000",
    "0:01.195",
    "1:02.001",
  ]);
  const rows = rowsFor([
    { start: 5, end: 9 },
    { start: 0, end: 6 },
    { start: 6, end: 8 },
    { start: 9, end: 9 },
  ]);
  expect(rows).toEqual([1, 0, 0, 0]);
});
