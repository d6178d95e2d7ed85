/**
 * Markdown as a tree to be read, whose leaves say where they stand in the source: annotators mark what they see, and what is
 * stored are offsets of what was sent. Raw HTML is text like any other, pictures are named and never loaded.
 */
import MarkdownIt, { type StateInline, type Token } from "markdown-it";
import { Offsets } from "./codepoints";
import { readMath } from "./math";
import type { Branch, Leaf, Prose } from "./prose";

/** Where a token begins in the text of its block. */
interface Placed {
  at: number;
  run?: number;
}

const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });
readMath(markdown);
// Both rules join neighbouring texts for a shorter page; joined, they no longer stand for one piece of the source.
markdown.core.ruler.disable("text_join");
markdown.inline.ruler2.disable("fragments_join");
markdown.inline.State = placing(markdown.inline.State);

/** The parser's own state, noting where each token begins. */
function placing(Base: typeof StateInline): typeof StateInline {
  return class extends Base {
    override push(...given: Parameters<StateInline["push"]>): Token {
      const token = super.push(...given);
      const last = this.tokens.at(-2);
      const before = last?.meta as Placed | undefined;
      // A run such as "***" is pushed mark by mark before the parser moves on.
      const isInRun = token.type === "text" && before?.run === this.pos;
      token.meta = { at: isInRun ? before.at + (last?.content.length ?? 0) : this.pos, run: this.pos };
      return token;
    }

    override pushPending(): Token {
      const token = super.pushPending();
      // Spaces at the end of a line were taken off before this; what is left begins at the last place where it stands.
      token.meta = { at: this.src.lastIndexOf(token.content, this.pos - token.content.length) };
      return token;
    }
  };
}

/** The whole tree of a source. keepsLines: a line of the source is a line on the screen, as in a conversation. */
export function proseOfMarkdown(source: string, { keepsLines = false } = {}): Prose[] {
  const reading = new Reading(source, keepsLines ? "\n" : " ");
  return reading.blocks(markdown.parse(source, {}));
}

interface Line {
  text: string;
  /** Where it begins in the source, in UTF-16 units. */
  at: number;
}

class Reading {
  private readonly offsets: Offsets;
  private readonly lines: Line[];
  /** The line of the table row that is being read, and how far its cells have come. */
  private row = { line: -1, from: 0 };

  private readonly softBreak: string;

  constructor(source: string, softBreak: string) {
    this.softBreak = softBreak;
    this.offsets = new Offsets(source);
    this.lines = linesOf(source);
  }

  blocks(tokens: readonly Token[]): Prose[] {
    const root: Branch = { tag: "div", children: [] };
    const open: Branch[] = [root];
    for (const token of tokens) {
      const parent = open.at(-1) ?? root;
      if (token.type === "tr_open" && token.map) this.row = { line: token.map[0], from: 0 };
      if (token.type === "inline") parent.children.push(...this.inline(token));
      else if (token.type === "fence" || token.type === "code_block") parent.children.push(this.code(token));
      else if (token.type === "math_block") parent.children.push({ tag: "p", children: [this.formula(token)] });
      else if (token.type === "hr") parent.children.push({ tag: "hr", children: [] });
      else if (token.hidden) continue;
      else if (token.nesting === 1) {
        const branch: Branch = { tag: token.tag, children: [], ...attributesOf(token) };
        parent.children.push(branch);
        open.push(branch);
      } else if (token.nesting === -1) open.pop();
    }
    return root.children;
  }

  private inline(block: Token): Prose[] {
    const root: Branch = { tag: "span", children: [] };
    const open: Branch[] = [root];
    const place = this.placer(block);
    for (const token of block.children ?? []) {
      const parent = open.at(-1) ?? root;
      if (token.nesting === 1) {
        const branch: Branch = {
          tag: token.tag === "a" ? "span" : token.tag,
          children: [],
          ...(token.tag === "a"
            ? { attributes: { className: "mdlink", title: String(token.attrGet("href") ?? "") } }
            : {}),
        };
        parent.children.push(branch);
        open.push(branch);
      } else if (token.nesting === -1) open.pop();
      else parent.children.push(this.piece(token, block.content, place));
    }
    return root.children;
  }

  private piece(token: Token, text: string, place: (at: number) => number | null): Prose {
    const at = (token.meta as Placed | null)?.at ?? 0;
    switch (token.type) {
      case "softbreak":
        return this.leaf(this.softBreak, place(at), 1);
      case "hardbreak":
        return { tag: "br", children: [] };
      case "image":
        return {
          tag: "img",
          attributes: { alt: token.content, src: String(token.attrGet("src") ?? "") },
          children: [],
        };
      case "math_inline": {
        const [start, last] = [place(at), place(at + Number(token.info) - 1)];
        const leaf = this.leaf(token.content, start, start === null || last === null ? undefined : last + 1 - start);
        return { ...leaf, length: leaf.length ?? 0, math: token.markup === "$$" ? "display" : "inline" };
      }
      case "code_inline": {
        const inner = at + token.markup.length;
        const isPadded = text.startsWith(token.content, inner) === false && text[inner] === " ";
        return { tag: "code", children: this.rows(token.content, text, isPadded ? inner + 1 : inner, place) };
      }
      case "text_special":
        return this.leaf(token.content, place(at), token.markup.length);
      default: {
        // An address in angle brackets begins one further on.
        const from = text.startsWith(token.content, at) ? at : text.startsWith(token.content, at + 1) ? at + 1 : null;
        return this.leaf(token.content, from === null ? null : place(from));
      }
    }
  }

  /** A piece that goes on in the next line, whose markers and indent stand between. */
  private rows(content: string, text: string, at: number, place: (at: number) => number | null): Leaf[] {
    const rows = text.slice(at, at + content.length).split("\n");
    let from = at;
    return rows.flatMap((row, index) => {
      const leaves = [this.leaf(row, place(from)), this.leaf(" ", place(from + row.length))];
      from += row.length + 1;
      return leaves.slice(0, index === rows.length - 1 ? 1 : 2);
    });
  }

  /** units: how long the piece is in the source, where that is not its own length. */
  private leaf(text: string, at: number | null, units?: number): Leaf {
    if (at === null) return { text, at };
    const start = this.offsets.toPoints(at);
    if (units === undefined || units === text.length) return { text, at: start };
    return { text, at: start, length: this.offsets.toPoints(at + units) - start };
  }

  /** From offsets in a block's own text, whose lines have lost their markers and indents, to offsets in the source. */
  private placer(block: Token): (at: number) => number | null {
    if (!block.map || this.row.line === block.map[0]) return this.cellPlacer(block);
    const starts: { from: number; at: number | null }[] = [];
    let from = 0;
    for (const [index, text] of block.content.split("\n").entries()) {
      starts.push({ from, at: startIn(this.lines[block.map[0] + index], text) });
      from += text.length + 1;
    }
    return (at) => {
      const line = starts.findLast((each) => each.from <= at);
      return line?.at === null || line === undefined ? null : line.at + at - line.from;
    };
  }

  /** Cells of a row stand in one line, one after the other. */
  private cellPlacer(cell: Token): (at: number) => number | null {
    const line = this.lines[this.row.line];
    const found = line && cell.content ? line.text.indexOf(cell.content, this.row.from) : -1;
    if (!line || found < 0) return () => null;
    this.row.from = found + cell.content.length;
    return (at) => line.at + found + at;
  }

  /** A formula on lines of its own stands for all of them. */
  private formula(token: Token): Leaf {
    const [first, next] = token.map ?? [0, 0];
    const [begin, end] = [this.lines[first], this.lines[next - 1]];
    if (!begin || !end) return { text: token.content, at: null, length: 0, math: "display" };
    const from = begin.at + begin.text.length - begin.text.trimStart().length;
    const leaf = this.leaf(token.content, from, end.at + end.text.trimEnd().length - from);
    return { ...leaf, length: leaf.length ?? token.content.length, math: "display" };
  }

  private code(token: Token): Prose {
    const first = (token.map?.[0] ?? 0) + (token.type === "fence" ? 1 : 0);
    const rows = token.content.replace(/\n$/, "").split("\n");
    const leaves = rows.flatMap((text, index): Leaf[] => {
      const line = this.lines[first + index];
      const at = startIn(line, text);
      const isLast = index === rows.length - 1;
      const end = line && at !== null ? at + text.length : null;
      return [this.leaf(text, at), ...(isLast ? [] : [this.leaf("\n", end)])];
    });
    return { tag: "pre", children: [{ tag: "code", children: leaves.filter(({ text }) => text !== "") }] };
  }
}

function linesOf(source: string): Line[] {
  const lines: Line[] = [];
  let at = 0;
  for (const found of source.matchAll(/\r\n|\r|\n/g)) {
    lines.push({ text: source.slice(at, found.index), at });
    at = found.index + found[0].length;
  }
  lines.push({ text: source.slice(at), at });
  return lines;
}

/** Where the text of a block's line begins in the source: it is the end of that line, but for what follows a heading. */
function startIn(line: Line | undefined, text: string): number | null {
  if (!line) return null;
  const wanted = text.trimEnd();
  const whole = line.text.trimEnd();
  const at = whole.endsWith(wanted) ? whole.length - wanted.length : whole.lastIndexOf(wanted);
  return at < 0 ? null : line.at + at;
}

function attributesOf(token: Token): { attributes?: Record<string, string> } {
  const attributes: Record<string, string> = {};
  const start = token.attrGet("start");
  if (start !== null) attributes.start = String(start);
  const align = /text-align:\s*(left|center|right)/.exec(String(token.attrGet("style") ?? ""))?.[1];
  if (align) attributes.align = align;
  return Object.keys(attributes).length ? { attributes } : {};
}
