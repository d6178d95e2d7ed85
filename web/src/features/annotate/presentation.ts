/** How a task was shown, kept beside the answer: in which language, drawn from which seed, in which order. */
import type { Assignment } from "../../api/contract";
import { orderOf } from "../../editor/order";
import type { Editor } from "../../editor/store";
import { shownOptions } from "../../kinds/parts/options";

export function presentationOf(editor: Editor, { seed }: Assignment, language: string): Record<string, unknown> {
  const order: Record<string, string[]> = {};
  for (const asked of editor.asked()) {
    const compared = orderOf(editor, asked, seed);
    if (compared.length) order[asked.key.trimEnd()] = compared;
    else if (asked.question.shuffle) order[asked.key.trimEnd()] = shownOptions(asked, seed).map(({ value }) => value);
  }
  return { language, seed, order, client: "web" };
}
