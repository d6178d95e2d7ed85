/** Where words, graphemes and sentences begin and end in a text, in code points. */
import { Offsets } from "./codepoints";

export type Snap = "none" | "grapheme" | "word" | "sentence";
export type Span = [start: number, end: number];

/** Signs that belong to what stands beside them: currencies, degrees, per cent, hash and at signs. */
const MEANT = /[\p{S}%‰#@&§]/u;

/** The pieces of a text that a span may snap to. Built once per text. */
export class Pieces {
  readonly offsets: Offsets;
  private readonly cache = new Map<string, Span[]>();
  private readonly language: string | undefined;

  constructor(text: string, language?: string) {
    this.offsets = new Offsets(text);
    this.language = language;
  }

  /** Words without the spaces and punctuation between them; graphemes and sentences whole. */
  of(granularity: "grapheme" | "word" | "sentence"): Span[] {
    const known = this.cache.get(granularity);
    if (known) return known;
    const found: Span[] = [];
    const segmenter = segmenterOf(this.language, granularity);
    for (const { index, segment, isWordLike } of segmenter.segment(this.offsets.text)) {
      if (granularity === "word" && !isWordLike && !MEANT.test(segment)) continue;
      const trimmed = granularity === "sentence" ? segment.trimEnd() : segment;
      if (!trimmed) continue;
      found.push([this.offsets.toPoints(index), this.offsets.toPoints(index + trimmed.length)]);
    }
    this.cache.set(granularity, found);
    return found;
  }

  /** Widens a selection to whole pieces; null when it touches none. */
  snap([start, end]: Span, snap: Snap): Span | null {
    if (start >= end) return null;
    if (snap === "none") return [start, end];
    const touched = this.of(snap).filter(([from, to]) => from < end && to > start);
    // Nobody means the space around a selection: browsers add it on a double click.
    const isMeant = ([from, to]: Span): boolean => this.offsets.slice(from, to).trim() !== "";
    const first = touched.find(isMeant);
    const last = touched.findLast(isMeant);
    return first && last ? [first[0], last[1]] : null;
  }

  /** The piece that begins at or after an offset (direction 1), or ends at or before it (direction -1). */
  next(granularity: "grapheme" | "word", at: number, direction: 1 | -1): Span | null {
    const pieces = this.of(granularity);
    if (direction === 1) return pieces.find(([, to]) => to > at) ?? null;
    return pieces.findLast(([from]) => from < at) ?? null;
  }
}

/** The language of an item is whatever its sender wrote: what is no tag is left to the browser's own rules. */
function segmenterOf(language: string | undefined, granularity: Intl.SegmenterOptions["granularity"]): Intl.Segmenter {
  try {
    return new Intl.Segmenter(language, { granularity });
  } catch {
    return new Intl.Segmenter(undefined, { granularity });
  }
}
