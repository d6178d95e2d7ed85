/** Colours for code, by CodeMirror's own parsers; a language is loaded when a text in it is shown. */
import type { Token } from "./code";

/** Longer texts are shown without colors: to parse one holds the page up. */
const COLORED_MAX = 200_000;

/** The pieces of a text with the classes of CodeMirror's `classHighlighter`; null where its language is not known. */
export async function highlighted(text: string, language?: string, path?: string): Promise<Token[] | null> {
  if (text.length > COLORED_MAX || !(language || path)) return null;
  const [{ languages }, { LanguageDescription }, { classHighlighter, highlightCode }] = await Promise.all([
    import("@codemirror/language-data"),
    import("@codemirror/language"),
    import("@lezer/highlight"),
  ]);
  const name = path?.split("/").at(-1) ?? "";
  const found =
    (language ? LanguageDescription.matchLanguageName(languages, language, false) : null) ??
    (language ? LanguageDescription.matchFilename(languages, `a.${language}`) : null) ??
    (name ? LanguageDescription.matchFilename(languages, name) : null);
  if (!found) return null;
  const { language: loaded } = await found.load();
  const tokens: Token[] = [];
  highlightCode(
    text,
    loaded.parser.parse(text),
    classHighlighter,
    (piece, classes) => tokens.push({ text: piece, classes }),
    () => tokens.push({ text: "\n", classes: "" }),
  );
  return tokens;
}
