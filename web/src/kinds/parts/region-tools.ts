/** What the keys of marks in a picture and the stage share: which tool is held, why an act was refused, which are hidden. */
import type { Asked, Editor, EditorState, Region } from "../../editor/store";
import { type Point, type Size, type Viewport, viewportOf } from "../../editor/viewport";
import { t } from "../../i18n";
import type { Drawing } from "../kind";

/** The tool that is held, of those that a question offers; the first until another one is taken. */
export function toolOf<Tool extends string>({ tool }: EditorState, tools: readonly [Tool, ...Tool[]]): Tool {
  return tools.find((each) => each === tool) ?? tools[0];
}

export function take(editor: Editor, asked: Asked, tool: string): void {
  editor.activate(asked.key);
  editor.setTool(tool);
}

export function viewOf(editor: Editor, asked: Asked): Viewport | undefined {
  return viewportOf(editor, asked.part.address);
}

export function hiddenKey(asked: Asked, id: string): string {
  return `${asked.key} ${id}`;
}

/** The region of this question that is selected. */
export function selectedOf(editor: Editor, asked: Asked): Region | undefined {
  const { selected } = editor.snapshot();
  return selected?.key === asked.key ? editor.regions(asked.key).find(({ id }) => id === selected.region) : undefined;
}

/** How many regions a question lets be made. */
export function mostOf({ question }: Asked): number | null {
  return (question.settings?.max as number | null | undefined) ?? null;
}

/** Whether another region may be made; says so where not. */
export function hasRoom({ editor, asked }: Pick<Drawing, "asked" | "editor">): boolean {
  const max = mostOf(asked);
  if (max === null || editor.regions(asked.key).length < max) return true;
  editor.refuse(t("No more than {max} are allowed. Remove one first.", { max }));
  return false;
}

/** Shows the selected region, which keys made, moved or chose. */
export function reveal(editor: Editor, asked: Asked, envelope: (region: Region) => Point & Size): void {
  const region = selectedOf(editor, asked);
  if (region) viewOf(editor, asked)?.reveal(envelope(region));
}

/** The size of the picture that a question is about, where its file says so. */
export function pictureOf(asked: Asked, editor: Editor): Size | null {
  const { media } = editor.item.inputs[asked.part.input] ?? {};
  const [width, height] = [media?.width, media?.height];
  return typeof width === "number" && typeof height === "number" ? { width, height } : null;
}

/** The smallest upright rectangle around points. */
export function envelopeAround(points: readonly Point[]): Point & Size {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of points) {
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}
