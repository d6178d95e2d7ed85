/**
 * A page as a tree to be read. What annotators mark are code points of its text view: the text nodes in document order, joined
 * without separators, as the server counts them. The server has made the page harmless; here only elements on a list are
 * drawn, with attributes on a list, so that nothing depends on that alone.
 */
import { countPoints } from "./codepoints";
import type { Prose } from "./prose";

const DRAWN = new Set(
  (
    "abbr article aside b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure " +
    "footer h1 h2 h3 h4 h5 h6 header hr i ins kbd li mark nav ol p pre q rp rt ruby s samp section small span strong sub summary " +
    "sup table tbody td tfoot th thead time tr u ul var wbr"
  ).split(" "),
);
/** Elements between whose children spaces mean nothing, and text may not stand. */
const WITHOUT_TEXT = new Set("col colgroup table tbody tfoot thead tr".split(" "));
const ATTRIBUTES: Record<string, string> = {
  dir: "dir",
  lang: "lang",
  title: "title",
  start: "start",
  colspan: "colSpan",
  rowspan: "rowSpan",
};

export function proseOfHtml(source: string): Prose[] {
  let at = 0;
  const walk = (parent: Node): Prose[] =>
    [...parent.childNodes].flatMap((node): Prose[] => {
      if (node.nodeType === Node.TEXT_NODE) {
        const text = node.nodeValue ?? "";
        const leaf = { text, at };
        at += countPoints(text);
        return WITHOUT_TEXT.has(parent.nodeName.toLowerCase()) && !text.trim() ? [] : [leaf];
      }
      return node.nodeType === Node.ELEMENT_NODE ? [drawn(node as Element, walk)] : [];
    });
  return walk(bodyOf(source));
}

/** The text that offsets count in. */
export function textViewOf(source: string): string {
  return bodyOf(source).textContent ?? "";
}

function bodyOf(source: string): HTMLElement {
  return new DOMParser().parseFromString(source, "text/html").body;
}

function drawn(element: Element, walk: (parent: Node) => Prose[]): Prose {
  const name = element.nodeName.toLowerCase();
  if (name === "img") {
    const [alt, src] = ["alt", "src"].map((each) => element.getAttribute(each) ?? "");
    return { tag: "img", attributes: { alt: alt ?? "", src: src ?? "" }, children: [] };
  }
  const attributes = Object.fromEntries(
    Object.entries(ATTRIBUTES).flatMap(([given, ours]) => {
      const value = element.getAttribute(given);
      return value === null ? [] : [[ours, value]];
    }),
  );
  // A link says where it leads and does not lead there: nothing on the stage calls anybody.
  if (name === "a") {
    return {
      tag: "span",
      attributes: { className: "mdlink", title: element.getAttribute("href") ?? "" },
      children: walk(element),
    };
  }
  const tag = DRAWN.has(name)
    ? name === "header" || name === "footer" || name === "nav" || name === "aside"
      ? "div"
      : name
    : "span";
  return {
    tag,
    attributes: name === "details" ? { ...attributes, open: "open" } : attributes,
    children: walk(element),
  };
}
