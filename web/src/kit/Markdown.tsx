/**
 * Markdown as the reader sees it: rendered without raw HTML, cleaned once more, loaded only where it is used. Pictures of the text
 * are shown where the caller says at which address of ours they lie, and only those that are named picture:ID; others never are.
 */
import { useEffect, useRef, useState } from "react";
import { readMath } from "../editor/math";
import { loadDraw } from "./formulas";

const STORED = /^picture:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

let render: Promise<(source: string) => string> | null = null;

/** The renderer, fetched on first use. Images of other hosts are not loaded: a task must not call anybody. */
export function renderer(): Promise<(source: string) => string> {
  render ??= Promise.all([import("markdown-it"), import("dompurify")]).then(
    ([{ default: MarkdownIt }, { default: DOMPurify }]) => {
      const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });
      readMath(markdown);
      const place = (tag: "span" | "p", tex: string, isDisplay: boolean): string => {
        const source = markdown.utils.escapeHtml(tex);
        return `<${tag} class="formula${isDisplay ? " display" : ""}" data-tex="${source}">${source}</${tag}>`;
      };
      markdown.renderer.rules.math_inline = (tokens, index) => {
        const { content = "", markup } = tokens[index] ?? {};
        return place("span", content, markup === "$$");
      };
      markdown.renderer.rules.math_block = (tokens, index) => place("p", tokens[index]?.content ?? "", true);
      const drawn = markdown.renderer.rules.image;
      markdown.renderer.rules.image = (tokens, index, settings, env, self) => {
        const token = tokens[index];
        const id = STORED.exec(String(token?.attrGet("src") ?? ""))?.[1];
        // What is no picture of ours becomes an img, which the next step takes away.
        if (!token || !id) return drawn?.(tokens, index, settings, env, self) ?? "";
        const alt = markdown.utils.escapeHtml(self.renderInlineAsText(token.children ?? [], settings, env));
        return `<span class="picture" data-picture="${id.toLowerCase()}">${alt}</span>`;
      };
      const options = { FORBID_TAGS: ["img", "style", "form", "input"], FORBID_ATTR: ["style"] };
      return (source: string) => DOMPurify.sanitize(markdown.render(source), options);
    },
  );
  return render;
}

interface MarkdownProps {
  source: string;
  className?: string;
  /** The address of a picture that the text names by its id. Without it the words that describe it stand in its place. */
  pictureAt?: (id: string) => string;
  /** Called once the text stands on the page, with what holds it. */
  onDrawn?: (root: HTMLElement) => void;
}

export function Markdown({ source, className = "read", pictureAt, onDrawn }: MarkdownProps) {
  const root = useRef<HTMLDivElement>(null);
  const [html, setHtml] = useState("");
  useEffect(() => {
    let isCurrent = true;
    void renderer().then((draw) => isCurrent && setHtml(draw(source)));
    return () => {
      isCurrent = false;
    };
  }, [source]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the formulas are those of this page
  useEffect(() => {
    const places = [...(root.current?.querySelectorAll<HTMLElement>("[data-tex]") ?? [])];
    if (places.length === 0) return;
    void loadDraw().then((draw) => {
      for (const each of places) draw(each, each.dataset.tex ?? "", each.classList.contains("display"));
    });
  }, [html]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the pictures are those of this page
  useEffect(() => {
    for (const place of root.current?.querySelectorAll<HTMLElement>("[data-picture]") ?? []) {
      if (!pictureAt) continue;
      const image = document.createElement("img");
      image.src = pictureAt(place.dataset.picture ?? "");
      image.alt = place.textContent ?? "";
      image.loading = "lazy";
      image.decoding = "async";
      place.replaceChildren(image);
    }
    if (html && root.current) onDrawn?.(root.current);
  }, [html]);
  // biome-ignore lint/security/noDangerouslySetInnerHtml: the string above came out of DOMPurify
  return <div ref={root} className={className} dangerouslySetInnerHTML={{ __html: html }} />;
}
