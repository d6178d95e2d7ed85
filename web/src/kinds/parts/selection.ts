/** Between the browser's selection and code points: elements with data-at hold one piece of text and say where it begins. */
import { countPoints } from "../../editor/codepoints";
import type { Span } from "../../editor/words";

/** The selected part of a text; null when nothing in it is selected. */
export function rangeOfSelection(root: HTMLElement): Span | null {
  const selection = window.getSelection();
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  if (!range.intersectsNode(root)) return null;
  const inside = [...root.querySelectorAll<HTMLElement>("[data-at]")].filter((each) => touches(range, each));
  const [first, last] = [inside[0], inside.at(-1)];
  if (!first || !last) return null;
  const start = first.contains(range.startContainer)
    ? offsetIn(first, range.startContainer, range.startOffset)
    : Number(first.dataset.at);
  const end = last.contains(range.endContainer)
    ? offsetIn(last, range.endContainer, range.endOffset, true)
    : endOf(last);
  return start < end ? [start, end] : null;
}

/** The offset of the character under a point of the screen; null beside the text. */
export function pointUnder(root: HTMLElement, x: number, y: number): number | null {
  const caret = caretAt(x, y);
  if (!caret) return null;
  const element = (caret.node instanceof Element ? caret.node : caret.node.parentElement)?.closest<HTMLElement>(
    "[data-at]",
  );
  if (!element || !root.contains(element)) return null;
  const units = caret.node.nodeType === Node.TEXT_NODE ? caret.offset : 0;
  const text = element.textContent ?? "";
  // A caret stands between characters: the one whose left half was hit lies before it.
  const isBefore = units > 0 && isRightOf(caret.node, units - 1, x);
  return offsetIn(element, caret.node, Math.min(isBefore ? units - 1 : units, Math.max(0, text.length - 1)));
}

function isRightOf(node: Node, unit: number, x: number): boolean {
  const range = document.createRange();
  range.setStart(node, unit);
  range.setEnd(node, unit + 1);
  const { left, right } = range.getBoundingClientRect();
  return left <= x && x <= right;
}

function caretAt(x: number, y: number): { node: Node; offset: number } | null {
  if ("caretPositionFromPoint" in document) {
    const caret = document.caretPositionFromPoint(x, y);
    return caret && { node: caret.offsetNode, offset: caret.offset };
  }
  const older = document as unknown as { caretRangeFromPoint?: (x: number, y: number) => Range | null };
  const range = older.caretRangeFromPoint?.(x, y);
  return range ? { node: range.startContainer, offset: range.startOffset } : null;
}

/** Whether more than an edge of an element is selected. */
function touches(range: Range, element: HTMLElement): boolean {
  if (!range.intersectsNode(element)) return false;
  const own = document.createRange();
  own.selectNodeContents(element);
  return (
    range.compareBoundaryPoints(Range.END_TO_START, own) < 0 && range.compareBoundaryPoints(Range.START_TO_END, own) > 0
  );
}

function offsetIn(element: HTMLElement, node: Node, units: number, isEnd = false): number {
  const at = Number(element.dataset.at);
  if (node.nodeType !== Node.TEXT_NODE) return units > 0 && isEnd ? endOf(element) : at;
  if (element.dataset.length) return isEnd && units > 0 ? endOf(element) : at;
  return at + countPoints((node.textContent ?? "").slice(0, units));
}

function endOf(element: HTMLElement): number {
  return Number(element.dataset.at) + Number(element.dataset.length ?? countPoints(element.textContent ?? ""));
}
