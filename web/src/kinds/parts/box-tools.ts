/** What the keys of boxes and the stage share: which tool is held, why an act was refused, which boxes are hidden. */
import type { Tool } from "../../editor/box-gestures";
import { boxOf, envelopeOf, type Refusal, selectedOf, settingsOf } from "../../editor/boxes";
import type { Asked, Editor, EditorState } from "../../editor/store";
import { type Viewport, viewportOf } from "../../editor/viewport";
import { t } from "../../i18n";
import type { Drawing } from "../kind";

/** The tool that is held; boxes are drawn until another one is taken. */
export function toolOf({ tool }: EditorState): Tool {
  return (tool as Tool | null) ?? "box";
}

export function take(editor: Editor, asked: Asked, tool: Tool): void {
  editor.activate(asked.key);
  editor.setTool(tool);
}

export function viewOf(editor: Editor, asked: Asked): Viewport | undefined {
  return viewportOf(editor, asked.part.address);
}

export function hiddenKey(asked: Asked, id: string): string {
  return `${asked.key} ${id}`;
}

/** Shows the selected box, which keys made, moved or chose. */
export function reveal(editor: Editor, asked: Asked): void {
  const region = selectedOf(editor, asked);
  if (region) viewOf(editor, asked)?.reveal(envelopeOf(boxOf(region)));
}

/** Says in words why a box was not made or not moved; null when it was. */
export function tell({ asked, editor }: Pick<Drawing, "asked" | "editor">, refusal: Refusal | null): void {
  const { minW, minH, max } = settingsOf(asked);
  if (refusal === "count")
    editor.refuse(t("No more than {max} boxes are allowed. Remove one first.", { max: max ?? 0 }));
  if (refusal === "outside") editor.refuse(t("Keep the box inside the picture."));
  if (refusal !== "size") return;
  const hasLeast = minW > 0 || minH > 0;
  editor.refuse(
    hasLeast ? t("Make it {width} by {height} pixels at least.", { width: minW, height: minH }) : t("Make it larger."),
  );
}
