/** What the browser has selected, in code points of the stored text. */
import { beforeEach, expect, test } from "vitest";
import { rangeOfSelection } from "./selection";

let root: HTMLElement;

/** Two paragraphs of “💩One two.\n\nThree & four.”, a marked word with its name, and an entity that stands for 5 code points. */
beforeEach(() => {
  document.body.innerHTML = `<div id="root"><p><span data-at="0">💩One </span><mark><span data-at="5">two</span><span
    class="sp-name" data-name="Number"></span></mark><span data-at="8">.</span></p><p><span data-at="11">Three </span><span
    data-at="17" data-length="5">&amp;</span><span data-at="22"> four.</span></p></div><p id="other">beside</p>`;
  root = document.getElementById("root") as HTMLElement;
});

const text = (at: number): Node => document.querySelector(`[data-at="${at}"]`)?.firstChild as Node;

function select(from: Node, fromOffset: number, to: Node, toOffset: number) {
  window.getSelection()?.setBaseAndExtent(from, fromOffset, to, toOffset);
  return rangeOfSelection(root);
}

test("units of the browser become code points", () => {
  expect(select(text(0), 2, text(0), 5)).toEqual([1, 4]);
});

test("a selection across a mark does not count its name", () => {
  expect(select(text(0), 2, text(8), 1)).toEqual([1, 9]);
});

test("a selection made backwards is the same", () => {
  expect(select(text(8), 1, text(0), 2)).toEqual([1, 9]);
});

test("a selection across paragraphs keeps what lies between them", () => {
  expect(select(text(5), 0, text(11), 5)).toEqual([5, 16]);
});

test("an entity is selected whole", () => {
  expect(select(text(11), 3, text(17), 1)).toEqual([14, 22]);
});

test("an edge that is only touched is not selected: a triple click ends at the start of the next paragraph", () => {
  expect(select(text(0), 0, root.querySelectorAll("p")[1] as Node, 0)).toEqual([0, 9]);
});

test("nothing selected, or only elsewhere, is nothing", () => {
  window.getSelection()?.removeAllRanges();
  expect(rangeOfSelection(root)).toBeNull();
  expect(select(text(0), 3, text(0), 3)).toBeNull();
  const other = document.getElementById("other")?.firstChild as Node;
  expect(select(other, 0, other, 3)).toBeNull();
});

test("a selection that reaches beyond the text ends with it", () => {
  const other = document.getElementById("other")?.firstChild as Node;

  expect(select(text(22), 1, other, 3)).toEqual([23, 28]);
});
