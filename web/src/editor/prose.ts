/** A text as it is read: a tree of elements whose leaves say where they stand in the stored text. */
import { countPoints, Offsets } from "./codepoints";
import type { Span } from "./words";

export interface Leaf {
  text: string;
  /** Where the text begins in the stored one, in code points; null when it is not of the stored text (a bullet, a caption). */
  at: number | null;
  /** How many code points of the stored text it stands for, when they are not its own (an entity, an escape). */
  length?: number;
  /** A formula: the text is its TeX, drawn within the line or by itself, and marked whole. */
  math?: "inline" | "display";
}
export interface Branch {
  tag: string;
  attributes?: Record<string, string>;
  children: Prose[];
}
export type Prose = Leaf | Branch;

export function isLeaf(prose: Prose): prose is Leaf {
  return "text" in prose;
}

/** Plain text as paragraphs, parted by blank lines. Every other character, single line ends included, stays in its place. */
export function proseOfText(text: string): Prose[] {
  const paragraphs: Prose[] = [];
  const blank = /\n[^\S\n]*\n\s*/g;
  let from = 0;
  let at = 0;
  const add = (to: number): void => {
    const piece = text.slice(from, to);
    if (piece) paragraphs.push({ tag: "p", children: [{ text: piece, at }] });
    at += countPoints(piece);
  };
  for (const found of text.matchAll(blank)) {
    add(found.index);
    at += countPoints(found[0]);
    from = found.index + found[0].length;
  }
  add(text.length);
  return paragraphs;
}

/** A part of a leaf under the same marks, with the offsets that it stands for. */
export interface Piece<Mark> {
  text: string;
  range: Span | null;
  marks: Mark[];
}

const known = new WeakMap<Leaf, Offsets>();

/** Where a leaf stands in the stored text; null when it is not of it. */
export function rangeOf(leaf: Leaf): Span | null {
  if (leaf.at === null) return null;
  return [leaf.at, leaf.at + (leaf.length ?? offsetsOf(leaf).length)];
}

const spanned = new WeakMap<Branch, Span | null>();

/** From where to where a piece with all its leaves stands in the stored text; null when none is of it. */
export function spannedBy(prose: Prose): Span | null {
  if (isLeaf(prose)) return rangeOf(prose);
  let span = spanned.get(prose);
  if (span === undefined) {
    const ranges = prose.children.map(spannedBy).filter((each) => each !== null);
    const [from, to] = [Math.min(...ranges.map(([start]) => start)), Math.max(...ranges.map(([, end]) => end))];
    span = ranges.length > 0 ? [from, to] : null;
    spanned.set(prose, span);
  }
  return span;
}

/** Counts a leaf's text once. */
export function offsetsOf(leaf: Leaf): Offsets {
  let offsets = known.get(leaf);
  if (!offsets) {
    offsets = new Offsets(leaf.text);
    known.set(leaf, offsets);
  }
  return offsets;
}

/** Cuts a leaf where marks begin and end. Marks of a piece come outermost (longest) first. */
export function pieces<Mark extends { range: Span }>(leaf: Leaf, marks: readonly Mark[]): Piece<Mark>[] {
  const range = rangeOf(leaf);
  if (!range) return [{ text: leaf.text, range, marks: [] }];
  const [from, to] = range;
  const over = marks.filter(({ range: [start, end] }) => start < to && end > from).sort(outermostFirst);
  if (over.length === 0) return [{ text: leaf.text, range, marks: [] }];
  if (leaf.length !== undefined) return [{ text: leaf.text, range, marks: over }];
  const inside = over.flatMap((mark) => mark.range).filter((cut) => cut > from && cut < to);
  const cuts = [...new Set([from, ...inside, to])].sort((a, b) => a - b);
  return cuts.slice(0, -1).map((start, index) => {
    const end = cuts[index + 1] as number;
    const marksHere = over.filter((mark) => mark.range[0] < end && mark.range[1] > start);
    return { text: offsetsOf(leaf).slice(start - from, end - from), range: [start, end], marks: marksHere };
  });
}

function outermostFirst<Mark extends { range: Span }>({ range: a }: Mark, { range: b }: Mark): number {
  return a[0] - b[0] || b[1] - a[1];
}
