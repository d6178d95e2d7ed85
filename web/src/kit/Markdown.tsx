/** Markdown as the reader sees it: rendered without raw HTML, cleaned once more, loaded only where it is used. */
import { useEffect, useRef, useState } from "react";
import { readMath } from "../editor/math";
import { loadDraw } from "./formulas";

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
      const options = { FORBID_TAGS: ["img", "style", "form", "input"], FORBID_ATTR: ["style"] };
      return (source: string) => DOMPurify.sanitize(markdown.render(source), options);
    },
  );
  return render;
}

export function Markdown({ source, className = "read" }: { source: string; className?: string }) {
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
  // biome-ignore lint/security/noDangerouslySetInnerHtml: the string above came out of DOMPurify
  return <div ref={root} className={className} dangerouslySetInnerHTML={{ __html: html }} />;
}
