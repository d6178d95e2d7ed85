/** Transcripts: what is said in each segment of a recording; headless. Segments stand in the order of their beginnings. */
import type { Json, Option, Question } from "../api/contract";
import { countPoints } from "./codepoints";
import { lengthFor, timelineFor } from "./segments";
import { type Asked, type Editor, newRegionId } from "./store";
import { BACK_SECONDS, type Timeline } from "./timeline";

export interface Segment {
  id: string;
  start: number;
  end: number;
  speaker?: string;
  text: string;
}
export const SEGMENT_COUNT_MAX = 10_000;
const TEXT_LENGTH_MAX = 20_000;
const LENGTH_MAX = 100_000;

export function speakersOf({ settings }: Question): Option[] {
  return (settings?.speakers ?? []) as Option[];
}

export function tagsOf({ settings }: Question): Option[] {
  return (settings?.conventions ?? []) as Option[];
}

/** Whether there is one text for the whole recording. */
export function isWhole({ settings }: Question): boolean {
  return settings?.segments === "none";
}

export function segmentsOf(value: Json | undefined): Segment[] {
  return ((value as { segments?: unknown } | null | undefined)?.segments ?? []) as Segment[];
}

export function said(editor: Editor, { key }: Asked): Segment[] {
  return segmentsOf(editor.answer(key)?.value);
}

/** What is listed: the segments that were made, or the one that there is where the recording is not cut. */
export function listed(editor: Editor, asked: Asked): Segment[] {
  const segments = said(editor, asked);
  const length = lengthFor(editor, asked);
  if (segments.length > 0 || !isWhole(asked.question) || !length) return segments;
  return [{ id: "k1", start: 0, end: length.ticks, ...spoken(editor, asked), text: "" }];
}

/** Where one stands, by question; the tasks that are drawn beside each other do not share it. */
const standing = new WeakMap<Editor, Map<string, string>>();
/** The segment whose field takes the caret as soon as it is drawn. */
const wanted = new WeakMap<Editor, string>();

export function currentOf(editor: Editor, asked: Asked): Segment | undefined {
  const id = standing.get(editor)?.get(asked.key);
  return listed(editor, asked).find((each) => each.id === id);
}

export function standAt(editor: Editor, asked: Asked, id: string | null, isWriting = false): void {
  const known = standing.get(editor) ?? new Map<string, string>();
  if (id === null) known.delete(asked.key);
  else known.set(asked.key, id);
  standing.set(editor, known);
  if (isWriting && id !== null) wanted.set(editor, `${asked.key} ${id}`);
  editor.activate(asked.key);
  editor.look({ [`segment ${asked.key}`]: id ?? "" });
}

/** Whether the caret is to go into a segment's field; asked once. */
export function takesCaret(editor: Editor, asked: Asked, id: string): boolean {
  const isWanted = wanted.get(editor) === `${asked.key} ${id}`;
  if (isWanted) wanted.delete(editor);
  return isWanted;
}

function put(editor: Editor, asked: Asked, segments: Segment[], name: string, merge: string | null = null): void {
  const sorted = segments.toSorted((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1));
  const value = sorted.length > 0 ? ({ segments: sorted } as unknown as Json) : undefined;
  editor.setValue(asked, value, name, merge);
}

/** Who speaks in a new segment: the one who was chosen last, at first the first. */
function spoken(editor: Editor, { question }: Asked): { speaker?: string } {
  const speakers = speakersOf(question);
  const chosen = editor.snapshot().labels[question.name];
  const speaker = speakers.find(({ value }) => value === chosen) ?? speakers[0];
  return speaker ? { speaker: speaker.value } : {};
}

/** A new segment, in which one writes next; null where it would be empty or one too many. */
export function make(editor: Editor, asked: Asked, from: number, to: number): Segment | null {
  const segments = said(editor, asked);
  const ticks = lengthFor(editor, asked)?.ticks ?? Number.POSITIVE_INFINITY;
  const within = (tick: number): number => Math.min(Math.max(Math.round(tick), 0), ticks);
  const [start, end] = [within(Math.min(from, to)), within(Math.max(from, to))];
  if (isWhole(asked.question) || start >= end || segments.length >= SEGMENT_COUNT_MAX) return null;
  const segment = { id: newRegionId(segments), start, end, ...spoken(editor, asked), text: "" };
  put(editor, asked, [...segments, segment], "add-segment");
  standAt(editor, asked, segment.id, true);
  return segment;
}

/** Puts the ends of a segment elsewhere; false where it would be empty. */
export function stretch(editor: Editor, asked: Asked, id: string, to: { start?: number; end?: number }): boolean {
  const changed = said(editor, asked).map((each) => (each.id === id ? { ...each, ...to } : each));
  const found = changed.find((each) => each.id === id);
  if (!found || found.start >= found.end || isWhole(asked.question)) return false;
  put(editor, asked, changed, "move-segment");
  return true;
}

export function write(editor: Editor, asked: Asked, id: string, text: string): void {
  const changed = listed(editor, asked).map((each) => (each.id === id ? { ...each, text } : each));
  const kept = isWhole(asked.question) ? changed.filter((each) => each.text !== "") : changed;
  put(editor, asked, kept, "write", `write ${asked.key} ${id}`);
}

/** Names who speaks: in the segment where one stands, and in the next new one. */
export function speak(editor: Editor, asked: Asked, speaker: string): void {
  const current = currentOf(editor, asked);
  editor.activate(asked.key);
  editor.chooseLabel(asked.question.name, speaker);
  const segments = said(editor, asked);
  if (!segments.some(({ id }) => id === current?.id)) return;
  const changed = segments.map((each) => (each.id === current?.id ? { ...each, speaker } : each));
  put(editor, asked, changed, "speaker");
}

/** The speaker who is pressed: of the segment where one stands, else of the next new one. */
export function speakerNow(editor: Editor, asked: Asked): string | undefined {
  return currentOf(editor, asked)?.speaker ?? spoken(editor, asked).speaker;
}

/** Takes a segment away, and stands at the one that takes its place. */
export function remove(editor: Editor, asked: Asked, id: string): void {
  const segments = said(editor, asked);
  const at = segments.findIndex((each) => each.id === id);
  const rest = segments.filter((each) => each.id !== id);
  put(editor, asked, rest, "remove-segment");
  standAt(editor, asked, (rest[at] ?? rest.at(-1))?.id ?? null);
}

/** Says that nothing is said, or takes it back. */
export function sayNothing(editor: Editor, asked: Asked): void {
  if (said(editor, asked).length > 0) return;
  editor.activate(asked.key);
  editor.setValue(asked, editor.answer(asked.key)?.value === undefined ? { segments: [] } : undefined, "nothing");
}

/** The segment so many places from where one stands; from nowhere the first or the last. */
export function beside(editor: Editor, asked: Asked, by: 1 | -1): Segment | undefined {
  const segments = listed(editor, asked);
  const at = segments.findIndex(({ id }) => id === currentOf(editor, asked)?.id);
  return at < 0 ? segments.at(by === 1 ? 0 : -1) : segments[at + by];
}

/** Plays the segment where one stands: on from the hand where that lies in it, else from its beginning; or pauses. */
export function hear(editor: Editor, asked: Asked, id: string | undefined = currentOf(editor, asked)?.id): void {
  const timeline = timelineFor(editor, asked);
  const segment = listed(editor, asked).find((each) => each.id === id);
  if (!timeline || !segment) return;
  const { at, isPlaying } = timeline.snapshot();
  if (isPlaying) timeline.pause();
  else timeline.play(at > segment.start && at < segment.end ? at : segment.start, segment.end);
}

/** Two seconds back; what plays goes on until the end of the segment. */
export function hearAgain(editor: Editor, asked: Asked): void {
  const timeline: Timeline | undefined = timelineFor(editor, asked);
  if (!timeline) return;
  const { at, isPlaying } = timeline.snapshot();
  const to = timeline.within(at - BACK_SECONDS * timeline.rate);
  if (isPlaying) timeline.play(to, currentOf(editor, asked)?.end ?? null);
  else timeline.seek(to);
}

/** The number of the first segment in which nothing is written; 0 where there is none. */
export function firstEmpty(value: Json): number {
  return segmentsOf(value).findIndex(({ text }) => text.trim() === "") + 1;
}

/** Whether a value could be given as an answer here. */
export function isTranscript(editor: Editor, asked: Asked, value: Json): boolean {
  if (!value || typeof value !== "object" || Array.isArray(value) || !Array.isArray(value.segments)) return false;
  if (Object.keys(value).length > 1) return false;
  const ticks = lengthFor(editor, asked)?.ticks ?? null;
  const segments = value.segments as unknown as Segment[];
  const length = segments.reduce((sum, each) => sum + (typeof each?.text === "string" ? each.text.length : 0), 0);
  if (segments.length > (isWhole(asked.question) ? 1 : SEGMENT_COUNT_MAX) || length > LENGTH_MAX) return false;
  const isOwn = new Set(segments.map((each) => each?.id)).size === segments.length;
  return isOwn && segments.every((each, index) => isSound(asked.question, each, segments[index - 1], ticks));
}

function isSound(question: Question, segment: unknown, before: Segment | undefined, ticks: number | null): boolean {
  if (!segment || typeof segment !== "object") return false;
  const { id, start, end, speaker, text, ...more } = segment as Segment;
  const isPlaced = Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start < end;
  if (typeof id !== "string" || !/^[\w-]{1,36}$/.test(id) || typeof text !== "string" || !isPlaced) return false;
  if (Object.keys(more).length > 0 || (ticks !== null && end > ticks)) return false;
  if (isWhole(question) && (start > 0 || (ticks !== null && end < ticks))) return false;
  if (before && (before.start > start || (before.start === start && before.id > id))) return false;
  const speakers = speakersOf(question).map(({ value }) => value);
  if (speakers.length > 0 ? !speakers.includes(speaker ?? "") : speaker !== undefined) return false;
  return text.trim() !== "" && countPoints(text) <= TEXT_LENGTH_MAX && strangeTag(question, text) === null;
}

/** The first thing in brackets that is no tag of the question, or a bracket that stands alone; null where there is none. */
export function strangeTag(question: Question, text: string): string | null {
  const tags = tagsOf(question).map(({ value }) => value.normalize("NFC"));
  if (tags.length === 0) return null;
  const composed = text.normalize("NFC");
  for (const [whole, tag] of composed.matchAll(/\[([^[\]]*)\]/g)) if (!tags.includes(tag ?? "")) return whole;
  return /[[\]]/.exec(composed.replace(/\[[^[\]]*\]/g, ""))?.[0] ?? null;
}
