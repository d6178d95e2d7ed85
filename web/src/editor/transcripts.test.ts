/** A transcript is made segment by segment, in the order of their beginnings, and heard where one writes. */
import { beforeAll, expect, test, vi } from "vitest";
import type { OntologyBody } from "../api/contract";
import { loadKinds } from "../kinds/registry";
import { Editor } from "./store";
import { timelineOf } from "./timeline";
import {
  beside,
  currentOf,
  hear,
  hearAgain,
  listed,
  make,
  remove,
  said,
  sayNothing,
  speak,
  standAt,
  stretch,
  takesCaret,
  write,
} from "./transcripts";

const RATE = 8_000;
beforeAll(() => loadKinds({ questions: ["transcript"], inputs: ["audio"] }));

function asking(settings: object = {}) {
  const ontology = {
    format: "evenhand-ontology/1",
    name: "o",
    language: "en",
    inputs: [{ name: "call", kind: "audio" }],
    questions: [{ name: "words", kind: "transcript", settings }],
  } as unknown as OntologyBody;
  const media = { samples: 10 * RATE, sample_rate: RATE, channels: 1 };
  const editor = new Editor(ontology, { inputs: { call: { blob: "b", media } } });
  const [asked] = editor.asked();
  if (!asked) throw new Error("nothing is asked");
  return { editor, asked };
}

test("segments stand in the order of their beginnings, and the new one takes the caret, once", () => {
  const { editor, asked } = asking();

  make(editor, asked, 40_000, 50_000);
  make(editor, asked, 9_000, -1);

  expect(said(editor, asked)).toEqual([
    { id: "k2", start: 0, end: 9_000, text: "" },
    { id: "k1", start: 40_000, end: 50_000, text: "" },
  ]);
  expect([takesCaret(editor, asked, "k2"), takesCaret(editor, asked, "k2")]).toEqual([true, false]);
  expect(make(editor, asked, 7, 7)).toBeNull();
  expect(stretch(editor, asked, "k1", { end: 40_000 })).toBe(false);
  expect(stretch(editor, asked, "k1", { start: 0, end: 10 })).toBe(true);
  expect(said(editor, asked).map(({ id }) => id)).toEqual(["k1", "k2"]);
});

test("one goes from segment to segment, and after a removal stands at the one in its place", () => {
  const { editor, asked } = asking();
  for (const at of [0, 10_000, 20_000]) make(editor, asked, at, at + 5_000);
  standAt(editor, asked, null);

  expect([beside(editor, asked, 1)?.id, beside(editor, asked, -1)?.id]).toEqual(["k1", "k3"]);
  standAt(editor, asked, "k2");
  expect([beside(editor, asked, 1)?.id, beside(editor, asked, -1)?.id]).toEqual(["k3", "k1"]);
  remove(editor, asked, "k2");
  expect(currentOf(editor, asked)?.id).toBe("k3");
  remove(editor, asked, "k3");
  remove(editor, asked, "k1");
  expect(editor.submission()).toEqual([]);
});

test("whoever was named last speaks in the next segment too", () => {
  const { editor, asked } = asking({ speakers: [{ value: "A" }, { value: "B" }] });

  make(editor, asked, 0, 10);
  speak(editor, asked, "B");
  make(editor, asked, 10, 20);
  speak(editor, asked, "A");
  editor.undo();

  expect(said(editor, asked).map(({ speaker }) => speaker)).toEqual(["B", "B"]);
});

test("a recording that is not cut has one text, as long as it is, and none while nothing is written", () => {
  const { editor, asked } = asking({ segments: "none" });

  expect(make(editor, asked, 0, 10)).toBeNull();
  write(editor, asked, listed(editor, asked)[0]!.id, "مرحبا");
  expect(said(editor, asked)).toEqual([{ id: "k1", start: 0, end: 10 * RATE, text: "مرحبا" }]);
  write(editor, asked, "k1", "");
  expect(editor.submission()).toEqual([]);
});

test("that nothing is said is an answer, and is taken back", () => {
  const { editor, asked } = asking();

  sayNothing(editor, asked);
  expect(editor.answer(asked.key)?.value).toEqual({ segments: [] });
  sayNothing(editor, asked);
  expect(editor.answer(asked.key)).toBeUndefined();
});

test("the segment plays on from the hand until its end, and two seconds back from there", () => {
  vi.stubGlobal("requestAnimationFrame", () => 0);
  vi.stubGlobal("cancelAnimationFrame", () => undefined);
  const { editor, asked } = asking();
  const timeline = timelineOf(editor, "call", { ticks: 10 * RATE, rate: RATE })!;
  const play = vi.spyOn(timeline, "play");
  timeline.attach({ currentTime: 0, playbackRate: 1, play: () => undefined, pause: () => undefined });
  make(editor, asked, 3 * RATE, 8 * RATE);

  hear(editor, asked);
  expect(play).toHaveBeenLastCalledWith(3 * RATE, 8 * RATE);
  hear(editor, asked);
  expect(timeline.snapshot().isPlaying).toBe(false);
  timeline.seek(6 * RATE);
  hear(editor, asked);
  expect(play).toHaveBeenLastCalledWith(6 * RATE, 8 * RATE);
  hearAgain(editor, asked);
  expect(play).toHaveBeenLastCalledWith(4 * RATE, 8 * RATE);
  timeline.pause();
  hearAgain(editor, asked);
  expect(timeline.snapshot().at).toBe(2 * RATE);
  vi.unstubAllGlobals();
});
