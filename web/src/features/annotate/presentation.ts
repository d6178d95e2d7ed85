/** How a task was shown, kept beside the answer: in which language, drawn from which seed, in which order. */
import type { Assignment } from "../../api/contract";
import { orderOf } from "../../editor/order";
import type { Editor } from "../../editor/store";
import { shownOptions } from "../../kinds/parts/options";

export function presentationOf(editor: Editor, { seed }: Assignment, language: string): Record<string, unknown> {
  const order = new Map<string, string[]>();
  for (const asked of editor.asked()) {
    const compared = orderOf(editor, asked, seed);
    if (compared.length) order.set(asked.key.trimEnd(), compared);
    else if (asked.question.shuffle) {
      order.set(
        asked.key.trimEnd(),
        shownOptions(asked, seed).map(({ value }) => value),
      );
    }
  }
  return { language, seed, order: Object.fromEntries(order), client: "web" };
}
