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
