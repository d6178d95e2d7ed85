/** What still stands between a task and its submission, in the order of its questions. */
import type { Asked, Editor } from "../../editor/store";
import { t } from "../../i18n";
import type { QuestionKind } from "../../kinds/kind";

export interface Missing {
  asked: Asked;
  word: string;
}

export function missingOf(editor: Editor, kinds: Record<string, QuestionKind>): Missing[] {
  return editor.asked().flatMap((asked) => {
    const word = lacking(editor, asked, kinds[asked.question.kind]);
    return word ? [{ asked, word }] : [];
  });
}

function lacking(editor: Editor, asked: Asked, kind: QuestionKind | undefined): string | null {
  const { key, question } = asked;
  const answer = editor.answer(key);
  if (!answer) return question.required === false ? null : t("Answer this question");
  if (answer.value !== undefined) {
    const word = kind?.missing?.(question.settings ?? {}, answer.value, asked, editor);
    if (word) return word;
  }
  if (question.confidence === "required" && answer.confidence === undefined) return t("Say how sure you are");
  if (question.justification === "required" && !answer.justification?.trim()) return t("Say why");
  return null;
}
