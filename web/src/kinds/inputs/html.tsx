/** A page or a piece of one, made harmless; what is marked are offsets of its text. */
import { useMemo } from "react";
import { proseOfHtml } from "../../editor/html";
import { textOf } from "../../editor/parts";
import { t } from "../../i18n";
import type { InputKind, ViewProps } from "../kind";
import { Prose } from "../parts/Prose";

function Viewer({ input, content, ...view }: ViewProps) {
  const source = textOf(content);
  const prose = useMemo(() => proseOfHtml(source), [source]);
  return (
    <div className="read material rendered page-view" lang={content.language} dir="auto">
      <Prose {...view} address={input.name} prose={prose} />
    </div>
  );
}

const kind: InputKind = {
  name: "html",
  offers: "text",
  title: () => t("Web page"),
  place: "flow",
  Viewer,
  initial: {},
  example: () => ({
    text: t(
      "<h1>The north pier</h1><p>It <strong>closes on Monday</strong> for repairs.</p><p>Ferries leave from the east quay.</p>",
    ),
  }),
};
export default kind;
