/** Markdown, rendered; raw HTML shows as text, and what is marked are offsets of the source. */
import { useMemo } from "react";
import { proseOfMarkdown } from "../../editor/markdown";
import { textOf } from "../../editor/parts";
import { t } from "../../i18n";
import type { InputKind, ViewProps } from "../kind";
import { Prose } from "../parts/Prose";

function Viewer({ input, content, ...view }: ViewProps) {
  const source = textOf(content);
  const prose = useMemo(() => proseOfMarkdown(source), [source]);
  return (
    <div className="read material rendered" lang={content.language} dir="auto">
      <Prose {...view} address={input.name} prose={prose} />
    </div>
  );
}

const kind: InputKind = {
  name: "markdown",
  offers: "text",
  title: () => t("Markdown"),
  place: "flow",
  Viewer,
  initial: {},
  example: () => ({
    text: t(
      "# The north pier\n\nIt **closes on Monday** for repairs.\n\n- Ferries leave from the east quay.\n- The office answers from 8 to 16.",
    ),
  }),
};
export default kind;
