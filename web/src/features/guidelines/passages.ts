/**
 * Passages of guidelines, as discussions name them: below which heading, and the words with what stands around them. They are found
 * again in a later version by their words (W3C Web Annotation Data Model, 4.2.4). Pure, but for what reads a page's own nodes.
 */
import type { Passage } from "../../api/contract";

export const AROUND = 60;
const QUOTE_MAX = 2000;

/** Where in a text a passage stands now: start and end in characters; null where its words are no longer there. */
export function placeOf(text: string, passage: Passage): [number, number] | null {
  const { quote, before, after } = passage;
  if (!quote) return null;
  let best: [number, number] | null = null;
  let most = -1;
  for (let at = text.indexOf(quote); at >= 0; at = text.indexOf(quote, at + 1)) {
    const end = at + quote.length;
    const fits = alike(text.slice(0, at), before, "end") + alike(text.slice(end), after, "start");
    if (fits > most) [best, most] = [[at, end], fits];
  }
  return best;
}

/** How many characters of `wanted` stand next to the passage, counted from it. */
function alike(text: string, wanted: string, side: "start" | "end"): number {
  let count = 0;
  while (count < wanted.length && count < text.length) {
    const [a, b] =
      side === "start"
        ? [text[count], wanted[count]]
        : [text[text.length - 1 - count], wanted[wanted.length - 1 - count]];
    if (a !== b) break;
    count += 1;
  }
  return count;
}

/** The passage that a stretch of a text is. headings: each with where it begins, in order. */
export function passageAt(text: string, start: number, end: number, headings: [string, number][]): Passage {
  const quote = text.slice(start, Math.min(end, start + QUOTE_MAX));
  return {
    heading: headings.filter(([, at]) => at <= start).at(-1)?.[0] ?? "",
    quote,
    before: text.slice(Math.max(0, start - AROUND), start),
    after: text.slice(start + quote.length, start + quote.length + AROUND),
  };
}

/* ------------------------------------------------------------------ a page's own nodes */
const HEADINGS = "h1, h2, h3, h4, h5, h6";

export function headingsIn(root: HTMLElement): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>(HEADINGS)];
}

/** What is marked within an element, as a passage of its text; null where nothing of it is. */
export function markedIn(root: HTMLElement): Passage | null {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  if (!root.contains(range.commonAncestorContainer)) return null;
  const start = lengthUntil(root, range.startContainer, range.startOffset);
  const text = root.textContent ?? "";
  const marked = range.toString();
  const end = start + marked.trimEnd().length;
  const from = start + (marked.length - marked.trimStart().length);
  if (end <= from) return null;
  const headings = headingsIn(root).map((each): [string, number] => [
    each.textContent ?? "",
    lengthUntil(root, each, 0),
  ]);
  return passageAt(text, from, end, headings);
}

function lengthUntil(root: HTMLElement, node: Node, offset: number): number {
  const range = document.createRange();
  range.setStart(root, 0);
  range.setEnd(node, offset);
  return range.toString().length;
}

/** The range of a passage in an element: its words, or its heading; null where neither is there any more. */
export function rangeOf(root: HTMLElement, passage: Passage): Range | null {
  const place = placeOf(root.textContent ?? "", passage);
  const range = document.createRange();
  if (place) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    let seen = 0;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const length = node.textContent?.length ?? 0;
      if (place[0] >= seen && place[0] <= seen + length) range.setStart(node, place[0] - seen);
      if (place[1] <= seen + length) {
        range.setEnd(node, place[1] - seen);
        return range;
      }
      seen += length;
    }
  }
  if (passage.quote) return null;
  const heading = headingsIn(root).find((each) => each.textContent === passage.heading);
  if (!heading) return null;
  range.selectNodeContents(heading);
  return range;
}
