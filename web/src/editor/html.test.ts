/** A page: its leaves count in the text view, and nothing that acts is drawn. */
import { expect, test } from "vitest";
import { countPoints, Offsets } from "./codepoints";
import { proseOfHtml, textViewOf } from "./html";
import { isLeaf, type Leaf, type Prose } from "./prose";

const leavesOf = (prose: readonly Prose[]): Leaf[] =>
  prose.flatMap((each) => (isLeaf(each) ? [each] : leavesOf(each.children)));
const tagsOf = (prose: readonly Prose[]): string[] =>
  prose.flatMap((each) => (isLeaf(each) ? [] : [each.tag, ...tagsOf(each.children)]));

test.each([
  ["<h1>Größe &amp; Gewicht</h1><p>4&nbsp;kg 💩</p>", "Größe & Gewicht4\u00a0kg 💩"],
  ["<ul><li>北京</li><li>上海</li></ul>", "北京上海"],
  ["plain &lt;b&gt; text", "plain <b> text"],
])("the text view of %s", (source, text) => {
  expect(textViewOf(source)).toBe(text);
});

test.each([
  "<p>One <b>two</b></p> <p>three</p>",
  "<table>\n<tbody><tr>\n<td>a💩</td><td>b</td></tr></tbody></table><p>after</p>",
  "<details><summary>More</summary>hidden</details> text",
])("every leaf of %s says what stands at its place", (source) => {
  const view = new Offsets(textViewOf(source));

  for (const { text, at } of leavesOf(proseOfHtml(source))) {
    expect(view.slice(at as number, (at as number) + countPoints(text))).toBe(text);
  }
});

test("scripts, frames and handlers are not drawn, even when the server had let them through", () => {
  const prose = proseOfHtml('<p onclick="x()">a<iframe src="http://x"></iframe><svg><script>1</script></svg></p>');

  expect(tagsOf(prose)).not.toContain("iframe");
  expect(tagsOf(prose)).not.toContain("script");
  expect(JSON.stringify(prose)).not.toContain("onclick");
});

test("a link names its address and leads nowhere, a picture is named and not loaded", () => {
  const prose = proseOfHtml('<a href="http://example.org/">there</a><img alt="a map">');

  expect(prose).toEqual([
    {
      tag: "span",
      attributes: { className: "mdlink", title: "http://example.org/" },
      children: [{ text: "there", at: 0 }],
    },
    { tag: "img", attributes: { alt: "a map", src: "" }, children: [] },
  ]);
});
