/** Spans: made, moved, widened and walked by mouse or by keys, always in code points of the stored text. */
import type { Json } from "../api/contract";
import { type Asked, type Editor, newRegionId, type Region } from "./store";
import { textsUnder } from "./texts";
import type { Snap, Span } from "./words";

export interface SpanSettings {
  labels: { value: string }[];
  snap: Snap;
  overlap: "forbid" | "nest" | "allow";
  overlapAmong: "any" | "same_label";
  isDiscontinuous: boolean;
  parts: string[] | null;
  max: number | null;
}
/** Why nothing was marked. */
export type Refusal = "overlap" | "nothing" | "count";

export function settingsOf({ question }: Asked): SpanSettings {
  const given = question.settings ?? {};
  return {
    labels: (given.labels as SpanSettings["labels"] | undefined) ?? [],
    snap: (given.snap as Snap | undefined) ?? "grapheme",
    overlap: (given.overlap as SpanSettings["overlap"] | undefined) ?? "allow",
    overlapAmong: (given.overlap_among as SpanSettings["overlapAmong"] | undefined) ?? "any",
    isDiscontinuous: Boolean(given.discontinuous),
    parts: (given.parts as string[] | null | undefined) ?? null,
    max: (given.max as number | null | undefined) ?? null,
  };
}

/** Addresses of the texts that a question may mark something in, in reading order. */
export function textsOf(editor: Editor, asked: Asked): string[] {
  const { parts } = settingsOf(asked);
  const texts = textsUnder(asked.part, editor.parts);
  return parts ? texts.filter((address) => parts.includes(editor.parts.get(address)?.type ?? "")) : texts;
}

/** The text a region lies in. */
export function onOf(asked: Asked, region: Region): string {
  return (region.on as string | undefined) ?? asked.part.address;
}

export function rangesOf(region: Region): Span[] {
  return region.ranges as Span[];
}

/** The words that a region marks; its pieces are joined by an ellipsis. */
export function quoteOf(editor: Editor, asked: Asked, region: Region): string {
  const { offsets } = editor.pieces(onOf(asked, region));
  return rangesOf(region)
    .map(([start, end]) => offsets.slice(start, end).replace(/\s+/g, " "))
    .join(" … ");
}

/** Regions of a question in reading order. */
export function inOrder(editor: Editor, asked: Asked): Region[] {
  const texts = textsOf(editor, asked);
  const place = (region: Region): number => texts.indexOf(onOf(asked, region));
  const edges = (region: Region): Span => [rangesOf(region)[0]?.[0] ?? 0, -(rangesOf(region).at(-1)?.[1] ?? 0)];
  return [...editor.regions(asked.key)].sort(
    (a, b) => place(a) - place(b) || edges(a)[0] - edges(b)[0] || edges(a)[1] - edges(b)[1],
  );
}

/** The region of this question that is selected. */
export function selectedOf(editor: Editor, asked: Asked): Region | undefined {
  const { selected } = editor.snapshot();
  return selected?.key === asked.key ? editor.regions(asked.key).find(({ id }) => id === selected.region) : undefined;
}

/** Whether a span may not stand where it stands among the others. Nesting allows one wholly inside another. */
export function clashes(editor: Editor, asked: Asked, region: Region): boolean {
  return clashesWith(editor.regions(asked.key), asked, region);
}

function clashesWith(regions: readonly Region[], asked: Asked, region: Region): boolean {
  const { overlap, overlapAmong } = settingsOf(asked);
  if (overlap === "allow") return false;
  const on = onOf(asked, region);
  const others = regions.filter((each) => {
    const isMeant = overlapAmong === "any" || each.label === region.label;
    return each.id !== region.id && onOf(asked, each) === on && isMeant;
  });
  return others.some((each) => {
    if (!overlaps(rangesOf(each), rangesOf(region))) return false;
    return (
      overlap === "forbid" || !(within(rangesOf(each), rangesOf(region)) || within(rangesOf(region), rangesOf(each)))
    );
  });
}

function overlaps(a: Span[], b: Span[]): boolean {
  return a.some(([start, end]) => b.some(([from, to]) => start < to && from < end));
}

function within(inner: Span[], outer: Span[]): boolean {
  return inner.every(([start, end]) => outer.some(([from, to]) => from <= start && end <= to));
}

/** Whether these spans could be marked by hand as the question is asked now: in its texts, in order, none in another's way. */
export function areMarkable(editor: Editor, asked: Asked, regions: readonly Region[]): boolean {
  const { isDiscontinuous } = settingsOf(asked);
  const texts = textsOf(editor, asked);
  const isInPlace = (region: Region): boolean => {
    const on = onOf(asked, region);
    if (!texts.includes(on) || !Array.isArray(region.ranges) || !region.ranges.every(isRange)) return false;
    const ranges = rangesOf(region);
    const { length } = editor.pieces(on).offsets;
    const isSound = ranges.every(
      ([start, end], at) => start > (ranges[at - 1]?.[1] ?? -1) && end > start && end <= length,
    );
    return isSound && (ranges.length === 1 || (isDiscontinuous && ranges.length > 1));
  };
  return regions.every(isInPlace) && !regions.some((region) => clashesWith(regions, asked, region));
}

function isRange(value: Json): boolean {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isInteger);
}

/** Makes a span from a selection, snapped as the question says, and selects it. Says why where it does not. */
export function makeSpan(
  editor: Editor,
  asked: Asked,
  on: string,
  range: Span,
  label: string | undefined,
): Refusal | null {
  const { snap, max } = settingsOf(asked);
  const regions = editor.regions(asked.key);
  const snapped = editor.pieces(on).snap(range, snap);
  if (!snapped) return "nothing";
  if (max !== null && regions.length >= max) return "count";
  const place = asked.part.address === on ? {} : { on };
  const named = label === undefined ? {} : { label };
  const region = { id: newRegionId(regions), ...named, ranges: [snapped], ...place } as unknown as Region;
  const same = regions.find((each) => isSamePlace(asked, each, region));
  if (same) {
    // The same words twice with one label would say nothing; with another label it is a correction.
    editor.select(asked.key, same.id);
    return label === undefined || same.label === label ? null : relabel(editor, asked, same, label);
  }
  if (clashes(editor, asked, region)) return "overlap";
  editor.addRegion(asked, region);
  editor.setCursor({ on, range: snapped });
  return null;
}

function isSamePlace(asked: Asked, a: Region, b: Region): boolean {
  return onOf(asked, a) === onOf(asked, b) && JSON.stringify(a.ranges) === JSON.stringify(b.ranges);
}

export function relabel(editor: Editor, asked: Asked, region: Region, label: string): Refusal | null {
  if (clashes(editor, asked, { ...region, label })) return "overlap";
  editor.changeRegion(asked, region.id, { label });
  return null;
}

/** Adds a piece to a span, where the question allows several; pieces that touch become one. */
export function addPiece(editor: Editor, asked: Asked, region: Region, on: string, range: Span): Refusal | null {
  const snapped = editor.pieces(on).snap(range, settingsOf(asked).snap);
  if (!snapped || onOf(asked, region) !== on) return "nothing";
  const ranges = joined([...rangesOf(region), snapped]);
  if (clashes(editor, asked, { ...region, ranges })) return "overlap";
  editor.changeRegion(asked, region.id, { ranges, quote: undefined });
  editor.setCursor({ on, range: snapped });
  return null;
}

/** Sorted, disjoint and apart from each other. */
export function joined(ranges: readonly Span[]): Span[] {
  const found: Span[] = [];
  for (const [start, end] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = found.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else found.push([start, end]);
  }
  return found;
}

/** Moves the cursor by a word or a sentence; from nowhere it starts at the first word of the question's first text. */
export function moveCursor(editor: Editor, asked: Asked, direction: 1 | -1, by: "word" | "sentence" = "word"): void {
  const texts = textsOf(editor, asked);
  const region = selectedOf(editor, asked);
  const held = region && { on: onOf(asked, region), range: rangesOf(region).at(direction === 1 ? -1 : 0) as Span };
  const from = held ?? editor.snapshot().cursor;
  const on = from && texts.includes(from.on) ? from.on : undefined;
  if (region) editor.select(null, null);
  const next = from && on ? pieceBeside(editor, on, from.range, direction, by) : undefined;
  if (on && next) {
    editor.setCursor({ on, range: next });
    return;
  }
  const other = on
    ? texts[texts.indexOf(on) + direction]
    : texts.find((address) => editor.pieces(address).of("word").length > 0);
  if (!other) return;
  const words = editor.pieces(other).of("word");
  const range = direction === 1 || !on ? words[0] : words.at(-1);
  if (range) editor.setCursor({ on: other, range });
}

/** The word beside a range; by sentence, the first word of the sentence beside. */
function pieceBeside(
  editor: Editor,
  on: string,
  [start, end]: Span,
  direction: 1 | -1,
  by: "word" | "sentence",
): Span | undefined {
  const pieces = editor.pieces(on);
  if (by === "word") return pieces.next("word", direction === 1 ? end : start, direction) ?? undefined;
  const words = pieces.of("word");
  const firsts = pieces
    .of("sentence")
    .map(([from, to]) => words.find((word) => word[0] >= from && word[0] < to))
    .filter((word) => word !== undefined);
  return direction === 1 ? firsts.find(([from]) => from > start) : firsts.findLast(([from]) => from < start);
}

/** Widens (1) or narrows (-1) the selected span, or the cursor, at one of its edges, by a word or a character. */
export function widen(
  editor: Editor,
  asked: Asked,
  direction: 1 | -1,
  by: "word" | "grapheme",
  edge: "start" | "end" = "end",
): Refusal | null {
  const region = selectedOf(editor, asked);
  const { cursor } = editor.snapshot();
  const ranges = region && rangesOf(region);
  const index = ranges && edge === "end" ? ranges.length - 1 : 0;
  const at = region && ranges ? { on: onOf(asked, region), range: ranges[index] as Span } : cursor;
  if (!at) {
    moveCursor(editor, asked, 1);
    return null;
  }
  const moved = edge === "end" ? movedEnd(editor, at, direction, by) : movedStart(editor, at, direction, by);
  if (!moved) return "nothing";
  if (!region || !ranges) {
    editor.setCursor({ on: at.on, range: moved });
    return null;
  }
  return setRange(editor, asked, region, index, moved, `widen ${region.id}`);
}

/** Puts one piece of a span elsewhere. Steps of one movement are undone together. */
export function setRange(
  editor: Editor,
  asked: Asked,
  region: Region,
  index: number,
  range: Span,
  merge: string | null,
): Refusal | null {
  const ranges = joined(rangesOf(region).map((each, at) => (at === index ? range : each)));
  if (clashes(editor, asked, { ...region, ranges })) return "overlap";
  // A quote that a suggestion brought along says what stood there before.
  editor.changeRegion(asked, region.id, { ranges, quote: undefined }, merge);
  return null;
}

type At = { on: string; range: Span };

function movedEnd(
  editor: Editor,
  { on, range: [start, end] }: At,
  direction: 1 | -1,
  by: "word" | "grapheme",
): Span | null {
  const pieces = editor.pieces(on).of(by);
  const found =
    direction === 1 ? pieces.find(([, to]) => to > end) : pieces.findLast(([from, to]) => to < end && from >= start);
  return found ? [start, found[1]] : null;
}

function movedStart(
  editor: Editor,
  { on, range: [start, end] }: At,
  direction: 1 | -1,
  by: "word" | "grapheme",
): Span | null {
  const pieces = editor.pieces(on).of(by);
  const found =
    direction === 1
      ? pieces.findLast(([from]) => from < start)
      : pieces.find(([from, to]) => from > start && to <= end);
  return found ? [found[0], end] : null;
}

/** Selects the next or previous region of a question. */
export function walkRegions(editor: Editor, asked: Asked, regions: readonly Region[], direction: 1 | -1): void {
  const { selected } = editor.snapshot();
  const at = selected?.key === asked.key ? regions.findIndex(({ id }) => id === selected.region) : -1;
  const next = at < 0 ? (direction === 1 ? 0 : regions.length - 1) : (at + direction + regions.length) % regions.length;
  const region = regions[next];
  if (region) editor.select(asked.key, region.id);
}
