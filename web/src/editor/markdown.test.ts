/** Every leaf of a rendered source stands for the piece of the source that it says; that is what annotators mark. */
import { expect, test } from "vitest";
import { Offsets } from "./codepoints";
import { proseOfMarkdown } from "./markdown";
import { isLeaf, type Leaf, type Prose } from "./prose";

function leavesOf(prose: readonly Prose[]): Leaf[] {
  return prose.flatMap((each) => (isLeaf(each) ? [each] : leavesOf(each.children)));
}
function outline(prose: readonly Prose[]): string {
  return prose
    .map((each) => (isLeaf(each) ? each.text : `<${each.tag}>${outline(each.children)}</${each.tag}>`))
    .join("");
}

const SOURCES: Record<string, string> = {
  paragraphs: "The first.\n\nThe second,\nin two lines.",
  emphasis: "A *soft* word, a **strong** one, ***both***, ~~gone~~ and `code`.",
  "marks that mark nothing": "2 * 3 * 4 and snake_case_name, **open",
  "a heading with closing marks": "## Rules ##\n\nText",
  "a heading underlined": "Rules\n=====\n\nText",
  lists: "- one\n- two *soft*\n  - inner\n    goes on\n1. first\n2. second",
  quotes: "> quoted *text*\n> goes on\nlazily",
  "a quote in a list": "- > deep\n  > deeper",
  entities: "Fish &amp; chips, 5 &lt; 6, \\*not soft\\*",
  links: "See [the page](http://example.org/a) and <http://example.org/b>a.",
  "a fence": "Before\n\n```python\nx = 1\n\ny = 2\n```\n\nafter",
  "a fence in a list": "- like this\n\n  ```\n  a\n    b\n  ```\n",
  "an indented block": "Before\n\n    x = 1\n      y = 2\n",
  "a table": "| who | what |\n|---|---:|\n| *annotator* | a |\n| reviewer | b c |",
  "raw HTML": "A <b>bold</b> claim.\n\n<div>\nblock\n</div>",
  "line ends of Windows": "One *soft*\r\nline.\r\n\r\nTwo.",
  "letters beyond the basic plane": "💩 *Größe* 𝒳 `𝒴`\n\n- 北京 **上海**",
  "spaces before a break": "one   \ntwo \nthree\\\nfour",
  "code with backticks and spaces": "`` a ` b `` and ` c `",
  formulas: "Let $x^2$ be \\(y\\) 💩.\n\n  $$\n  a\n  - b\n  $$\n\n- in $a\n  b$ a list\n\n> \\[c\\]",
  tabs: "-\tone\n\n\ttwo",
};

test.each(Object.entries(SOURCES))("%s", (_, source) => {
  const offsets = new Offsets(source);
  const leaves = leavesOf(proseOfMarkdown(source)).filter(({ text }) => text.trim() !== "");
  const placed = leaves.filter(({ at }) => at !== null);

  for (const { text, at, length } of placed) {
    const found = offsets.slice(at as number, (at as number) + (length ?? new Offsets(text).length));
    if (length === undefined) expect(found.replace(/\n/g, " ")).toBe(text);
    else expect(found).not.toBe("");
  }
  expect(placed.length).toBe(leaves.length);
});

test("what is put together by lot is placed as truly", () => {
  const parts = ["a", "b c", " ", "  ", "\n", "\n\n", "*", "**", "_", "`", "``", "~~", "[", "](x)", "![", "<", ">", "> ", "- ",
    "1. ", "    ", "\t", "# ", " #", "|", "\n|-|-|\n", "&amp;", "&", "\\", "$", "$$", "\\(", "\\)", "\\*", "```", "<b>", "http://x.y", "💩", "é", "\r\n"]; // biome-ignore format: a table
  let state = 11;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
  for (let round = 0; round < 3_000; round += 1) {
    const source = Array.from({ length: 3 + random(30) }, () => parts[random(parts.length)]).join("");
    const offsets = new Offsets(source);

    for (const { text, at, length } of leavesOf(proseOfMarkdown(source))) {
      if (at === null || length !== undefined) continue;
      const found = offsets.slice(at, at + new Offsets(text).length);
      expect([source, found.replace(/[\n\r]/g, " ")]).toEqual([source, text.replace(/[\n\r]/g, " ")]);
    }
  }
});

test("leaves stand in the order of the source and never overlap", () => {
  for (const source of Object.values(SOURCES)) {
    let end = 0;
    for (const { text, at, length } of leavesOf(proseOfMarkdown(source))) {
      if (at === null) continue;
      expect(at).toBeGreaterThanOrEqual(end);
      end = at + (length ?? new Offsets(text).length);
    }
  }
});

test("an entity and an escape stand for all of their characters", () => {
  const leaves = leavesOf(proseOfMarkdown("a &amp; \\* b"));

  expect(leaves.map(({ text, at, length }) => [text, at, length])).toEqual([
    ["a ", 0, undefined],
    ["&", 2, 5],
    [" ", 7, undefined],
    ["*", 8, 2],
    [" b", 10, undefined],
  ]);
});

test("raw HTML is text", () => {
  expect(outline(proseOfMarkdown("A <b>bold</b> <script>x</script>"))).toBe("<p>A <b>bold</b> <script>x</script></p>");
});

test("a picture keeps its description and its address, and is no text", () => {
  expect(proseOfMarkdown("![a chart](http://example.org/x.png)")).toEqual([
    {
      tag: "p",
      children: [{ tag: "img", attributes: { alt: "a chart", src: "http://example.org/x.png" }, children: [] }],
    },
  ]);
});

const formulas = (source: string) =>
  leavesOf(proseOfMarkdown(source))
    .filter(({ math }) => math)
    .map(({ text, at, length, math }) => [text, math, source.slice(at as number, (at as number) + (length as number))]);

test("a formula is one piece of the source, its marks included", () => {
  expect(formulas("So $a_1*b*c$ and \\(d\\).")).toEqual([
    ["a_1*b*c", "inline", "$a_1*b*c$"],
    ["d", "inline", "\\(d\\)"],
  ]);
  expect(formulas("Then\n$$\nx\n- y\n= z\n$$\nfollows.")).toEqual([
    ["\nx\n- y\n= z\n", "display", "$$\nx\n- y\n= z\n$$"],
  ]);
  expect(formulas("It is $$e$$ here, and \\[f\\].")).toEqual([
    ["e", "display", "$$e$$"],
    ["f", "display", "\\[f\\]"],
  ]);
});

test("prices, escapes and what never closes are no formulas", () => {
  for (const source of [
    "It costs $5 and not $10.",
    "From $5-$10",
    "\\$a\\$",
    "a $ b $ c",
    "$$\nopen",
    "`$a$`",
    "$$$$",
    "\\(open",
  ]) {
    expect([source, formulas(source)]).toEqual([source, []]);
  }
});

test("structure becomes elements", () => {
  expect(outline(proseOfMarkdown("# T\n\n- a\n- b\n\n> q"))).toBe(
    "<h1>T</h1><ul><li>a</li><li>b</li></ul><blockquote><p>q</p></blockquote>",
  );
});
