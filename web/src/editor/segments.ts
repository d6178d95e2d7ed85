/** Segments of a recording: made, moved and checked, always in ticks; where one may not lie is said by a word. */
import type { Asked, Editor } from "./store";
import { type Length, type Timeline, timelineOf } from "./timeline";

export interface Stretch {
  id: string;
  label?: string;
  start: number;
  end: number;
  channel?: string;
}
export interface SegmentSettings {
  overlap: "forbid" | "between_labels" | "allow";
  mayBePoints: boolean;
  hasChannels: boolean;
  leastMs: number;
  mostMs: number | null;
  max: number | null;
}
/** Why nothing was marked. */
export type Refusal = "overlap" | "short" | "long" | "empty";

export function settingsOf({ question }: Asked): SegmentSettings {
  const given = question.settings ?? {};
  return {
    overlap: (given.overlap as SegmentSettings["overlap"] | undefined) ?? "allow",
    mayBePoints: Boolean(given.points),
    hasChannels: Boolean(given.channels),
    leastMs: (given.min_ms as number | undefined) ?? 0,
    mostMs: (given.max_ms as number | null | undefined) ?? null,
    max: (given.max as number | null | undefined) ?? null,
  };
}

/** The recording that a question is about, as the stage shows it. */
export function timelineFor(editor: Editor, asked: Asked): Timeline | undefined {
  return timelineOf(editor, asked.part.input);
}

/** How long the recording is that a question is about, where its file says so. */
export function lengthFor(editor: Editor, asked: Asked): Length | null {
  const { media } = editor.item.inputs[asked.part.input] ?? {};
  const [ticks, rate] = [media?.samples, media?.sample_rate];
  if (typeof ticks === "number" && typeof rate === "number") return { ticks, rate };
  const timeline = timelineFor(editor, asked);
  return timeline ? { ticks: timeline.ticks, rate: timeline.rate } : null;
}

/** Channels of the recording, by name. */
export function channelsOf(editor: Editor, asked: Asked): string[] {
  const count = Number(editor.item.inputs[asked.part.input]?.media?.channels ?? 1);
  return Array.from({ length: count }, (_, index) => `c${index}`);
}

/** Why a segment may not lie so among the others; null where it may. */
export function refusalOf(asked: Asked, stretch: Stretch, others: readonly Stretch[], rate: number): Refusal | null {
  const { overlap, mayBePoints, leastMs, mostMs } = settingsOf(asked);
  const lastsMs = ((stretch.end - stretch.start) * 1000) / rate;
  if (stretch.end < stretch.start || (stretch.end === stretch.start && !mayBePoints)) return "empty";
  if (lastsMs < leastMs) return "short";
  if (mostMs !== null && lastsMs > mostMs) return "long";
  if (overlap === "allow") return null;
  const rivals = others.filter(
    (each) =>
      each.id !== stretch.id &&
      each.channel === stretch.channel &&
      (overlap === "forbid" || each.label === stretch.label),
  );
  return rivals.some((each) => doOverlap(each, stretch)) ? "overlap" : null;
}

function doOverlap(a: Stretch, b: Stretch): boolean {
  if (a.start === b.start && a.end === b.end) return true;
  return a.start < b.end && b.start < a.end;
}

/** Whether every one of them could have been marked here. */
export function areStretches(editor: Editor, asked: Asked, regions: readonly unknown[]): boolean {
  const length = lengthFor(editor, asked);
  const { hasChannels } = settingsOf(asked);
  const channels = channelsOf(editor, asked);
  const found = regions as Stretch[];
  return found.every(({ id, label, start, end, channel, ...more }, index) => {
    const isInside =
      Number.isInteger(start) && Number.isInteger(end) && start >= 0 && (length === null || end <= length.ticks);
    const hasPlace = hasChannels ? channels.includes(channel ?? "") : channel === undefined;
    if (!isInside || !hasPlace || Object.keys(more).length > 0) return false;
    return refusalOf(asked, found[index] as Stretch, found, length?.rate ?? 1) === null;
  });
}
