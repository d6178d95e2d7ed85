/** Texts of an ontology in the reader's language: exact tag, then shorter ones, then the ontology's own, then the first. */
import type { Option, Words } from "../api/contract";

export function wordsOf(words: Words | null | undefined, language: string, fallback = ""): string {
  if (words === null || words === undefined) return fallback;
  if (typeof words === "string") return words;
  for (let tag = language; tag; tag = tag.includes("-") ? tag.slice(0, tag.lastIndexOf("-")) : "") {
    const found = words[tag];
    if (found !== undefined) return found;
  }
  return words.en ?? Object.values(words)[0] ?? fallback;
}

/** What people read on an option or label. */
export function wordOf(option: Option, language: string): string {
  return wordsOf(option.text, language, option.value);
}

/** What a text says in one language alone; "" where it says nothing in it. */
export function wordsIn(words: Words | null | undefined, language: string, own: string): string {
  if (!words) return "";
  return typeof words === "string" ? (language === own ? words : "") : (words[language] ?? "");
}

/** A text with another wording in one language: plain while there is only the ontology's own, undefined when nothing is left. */
export function withWords(
  words: Words | null | undefined,
  language: string,
  own: string,
  wording: string,
): Words | undefined {
  const before = typeof words === "string" ? { [own]: words } : (words ?? {});
  const { [language]: _, ...others } = before;
  const after = wording ? { ...before, [language]: wording } : others;
  const left = Object.keys(after);
  if (left.length === 0) return undefined;
  return left.length === 1 && left[0] === own ? after[own] : after;
}
