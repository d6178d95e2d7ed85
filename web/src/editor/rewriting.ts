/** A text and what somebody made of it: the digest it had, how much was changed, and where. */
import { diffWordsWithSpace } from "diff";
import { sha256 } from "js-sha256";

/** `sha256:` and the hex SHA-256 of the UTF-8 of a text, as the server has it; there is no crypto.subtle on plain HTTP. */
export function baseOf(text: string): string {
  return `sha256:${sha256(text)}`;
}

export interface Change {
  text: string;
  /** In the old text only, in the new one only, in both. */
  is: "gone" | "new" | "kept";
}

/** What changed, word by word along a shortest edit script (Myers, 1986); words as the language cuts them. */
export function changesBetween(before: string, after: string, language?: string): Change[] {
  const intlSegmenter = new Intl.Segmenter(language, { granularity: "word" });
  return diffWordsWithSpace(before, after, { intlSegmenter }).map(({ value, added, removed }) => ({
    text: value,
    is: added ? "new" : removed ? "gone" : "kept",
  }));
}

const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);

/** The share of words that were changed, 0..1: Levenshtein on words over the longer of the two texts, as on the server. */
export function effortOf(before: string, after: string): number {
  if (before === after) return 0;
  let [a, b] = [words(before), words(after)];
  const longer = Math.max(a.length, b.length);
  if (longer === 0) return 0;
  let begin = 0;
  while (begin < Math.min(a.length, b.length) && a[begin] === b[begin]) begin += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - begin && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  a = a.slice(begin, a.length - end);
  b = b.slice(begin, b.length - end);
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [place, word] of a.entries()) {
    const next = [place + 1];
    for (const [at, other] of b.entries()) {
      const step = word === other ? 0 : 1;
      next.push(Math.min((row[at] ?? 0) + step, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return (row.at(-1) ?? 0) / longer;
}
