/** Acts of the hand on the active question: leading there, writing, abstaining, saying how sure one is. */
import type { Asked, Editor } from "../../editor/store";
import { SURENESS } from "./QuestionBlock";

/** Makes a question the active one, and leads the eye to it. */
export function goTo(editor: Editor, asked: Asked): void {
  blur();
  editor.activate(asked.key);
}

function blur(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

/** The caret into the text field of the active question, or into the first there is on the view. */
export function intoField(active: Asked | undefined, view: ParentNode = document): void {
  const within = active ? `[data-asked="${CSS.escape(active.key)}"] ` : "";
  const field =
    view.querySelector<HTMLElement>(`${within}[data-answer-field]`) ??
    view.querySelector<HTMLElement>("[data-answer-field]");
  field?.focus();
}

/** What a note is about: the selected mark, the part that is asked about, or the task. */
export function selectedAddress(editor: Editor | null, active: Asked | undefined): string {
  const selected = editor?.snapshot().selected;
  if (selected) return `${selected.key.split(" ")[0]}:${selected.region}`;
  return active?.part.address ?? "";
}

export function abstainNext(editor: Editor, asked: Asked): void {
  const allowed = asked.question.allow ?? [];
  const now = editor.answer(asked.key)?.abstained;
  editor.abstain(asked, allowed[now ? allowed.indexOf(now) + 1 : 0] ?? null);
}

/** From not said through the steps, and around. */
export function confideNext(editor: Editor, asked: Asked): void {
  const at = (SURENESS as readonly (number | undefined)[]).indexOf(editor.answer(asked.key)?.confidence);
  editor.remark(asked, { confidence: SURENESS[at + 1] });
}
