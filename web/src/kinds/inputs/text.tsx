/** Plain text, shown as it was sent: lines and spaces kept, in its own language and direction. */
import { textOf } from "../../editor/parts";
import { t } from "../../i18n";
import type { InputKind, ViewProps } from "../kind";

function Viewer({ content }: ViewProps) {
  return (
    <div className="read material plain" lang={content.language} dir="auto">
      {textOf(content)}
    </div>
  );
}

const kind: InputKind = { name: "text", title: () => t("Text"), place: "flow", Viewer, initial: {} };
export default kind;
