/**
 * Formulas in Markdown: $…$ and \(…\) within a line, $$…$$ and \[…\] on lines of their own. As in Pandoc a dollar opens before
 * what is no space and closes after what is none and before no digit, so that prices stay prices.
 */
import type MarkdownIt from "markdown-it";
import type { StateBlock, StateInline } from "markdown-it";

/** Opening, closing, whether it stands by itself. The longer opening comes first. */
const FENCES = [
  ["$$", "$$", true],
  ["\\[", "\\]", true],
  ["\\(", "\\)", false],
  ["$", "$", false],
] as const;

export function readMath(markdown: InstanceType<typeof MarkdownIt>): void {
  markdown.inline.ruler.before("escape", "math", inline);
  markdown.block.ruler.before("fence", "math", block, { alt: ["paragraph", "blockquote", "list"] });
}

/** A math_inline token: content is the formula, markup its opening, info how many units of the text it takes. */
function inline(state: StateInline, isSilent: boolean): boolean {
  const fence = FENCES.find(([open]) => state.src.startsWith(open, state.pos));
  if (!fence) return false;
  const [open, close, isDisplay] = fence;
  const from = state.pos + open.length;
  const to = endOf(state.src, from, close, state.posMax);
  if (to < 0 || !state.src.slice(from, to).trim()) return false;
  if (!isSilent) {
    const token = state.push("math_inline", "", 0);
    token.content = state.src.slice(from, to);
    token.markup = isDisplay ? "$$" : "$";
    token.info = String(to + close.length - state.pos);
  }
  state.pos = to + close.length;
  return true;
}

function endOf(text: string, from: number, close: string, max: number): number {
  const isDollar = close === "$";
  if (isDollar && /\s/.test(text[from] ?? " ")) return -1;
  for (let at = from; at < max; at += 1) {
    if (text.startsWith(close, at) && at + close.length <= max) {
      if (!isDollar || (/\S/.test(text[at - 1] ?? " ") && !/\d/.test(text[at + 1] ?? ""))) return at;
    } else if (text[at] === "\\") at += 1;
  }
  return -1;
}

/** A math_block token, for a formula that begins a line: what looks like a list or a heading in it is none. */
function block(state: StateBlock, startLine: number, endLine: number, isSilent: boolean): boolean {
  const textOf = (line: number): string =>
    state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line]);
  const first = textOf(startLine).trimEnd();
  const fence = FENCES.find(([open, , isDisplay]) => isDisplay && first.startsWith(open));
  if (!fence) return false;
  const [open, close] = fence;
  const rows = [first.slice(open.length)];
  let line = startLine;
  while (!rows.at(-1)?.trimEnd().endsWith(close)) {
    line += 1;
    // What never closes, or goes on after it closed, is a text like any other.
    if (line >= endLine || state.isEmpty(line)) return false;
    rows.push(textOf(line));
  }
  const content = rows.join("\n").trimEnd().slice(0, -close.length);
  if (!content.trim() || content.includes(close)) return false;
  if (isSilent) return true;
  const token = state.push("math_block", "", 0);
  token.block = true;
  token.content = content;
  token.map = [startLine, line + 1];
  state.line = line + 1;
  return true;
}
