/** Markdown as the reader sees it: rendered without raw HTML, cleaned once more, loaded only where it is used. */
import { useEffect, useState } from "react";

let render: Promise<(source: string) => string> | null = null;

/** The renderer, fetched on first use. Images of other hosts are not loaded: a task must not call anybody. */
export function renderer(): Promise<(source: string) => string> {
  render ??= Promise.all([import("markdown-it"), import("dompurify")]).then(
    ([{ default: MarkdownIt }, { default: DOMPurify }]) => {
      const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });
      const options = { FORBID_TAGS: ["img", "style", "form", "input"], FORBID_ATTR: ["style"] };
      return (source: string) => DOMPurify.sanitize(markdown.render(source), options);
    },
  );
  return render;
}

export function Markdown({ source, className = "read" }: { source: string; className?: string }) {
  const [html, setHtml] = useState("");
  useEffect(() => {
    let isCurrent = true;
    void renderer().then((draw) => isCurrent && setHtml(draw(source)));
    return () => {
      isCurrent = false;
    };
  }, [source]);
  // biome-ignore lint/security/noDangerouslySetInnerHtml: the string above came out of DOMPurify
  return <div className={className} dangerouslySetInnerHTML={{ __html: html }} />;
}
