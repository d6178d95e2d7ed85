/** Source code as lines that are read: each knows its number, each leaf where it stands in the stored text. */
import { countPoints } from "./codepoints";
import type { Branch, Prose } from "./prose";

/** A piece of code under the classes of its colors; the pieces of a text are all of it, in order. */
export interface Token {
  text: string;
  classes: string;
}

/** A browser leaves out the lines of a block that is not on the screen. */
const BLOCK_LINES = 100;

/** Lines in blocks of a hundred. */
export function proseOfCode(tokens: readonly Token[]): Prose[] {
  return blocksOf(linesOf(tokens));
}

/** One branch a line; a line's end belongs to it. */
export function linesOf(tokens: readonly Token[], number = (line: number): string => String(line + 1)): Branch[] {
  const lines: Branch[] = [];
  let line: Prose[] = [];
  let at = 0;
  const close = (): void => {
    lines.push({
      tag: "div",
      attributes: { className: "code-line", "data-line": number(lines.length) },
      children: line,
    });
    line = [];
  };
  for (const { text, classes } of tokens) {
    for (const piece of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
      const leaf = { text: piece, at };
      line.push(classes ? { tag: "span", attributes: { className: classes }, children: [leaf] } : leaf);
      at += countPoints(piece);
      if (piece.endsWith("\n")) close();
    }
  }
  if (line.length > 0) close();
  return lines;
}

export function blocksOf(lines: readonly Branch[]): Branch[] {
  const blocks: Branch[] = [];
  for (let from = 0; from < lines.length; from += BLOCK_LINES) {
    blocks.push({
      tag: "div",
      attributes: { className: "code-block" },
      children: lines.slice(from, from + BLOCK_LINES),
    });
  }
  return blocks;
}
