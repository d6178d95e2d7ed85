/** Beside an answer that brings a checker: its checks, loaded where a kind says that it is checked. */
import { createContext, lazy, Suspense, use } from "react";
import type { Answer, Id } from "../../api/contract";
import type { Asked, Editor } from "../../editor/store";
import type { Kinds } from "../../kinds/registry";

const Checks = lazy(() => import("./Checks"));

/** Which task is on the screen, where its answers can be checked. */
export const CheckedTask = createContext<{ project: Id; task: Id } | null>(null);

interface ChecksOfProps {
  asked: Asked;
  answer: Answer | undefined;
  editor: Editor;
  kinds: Kinds;
  isActive: boolean;
}

export function ChecksOf({ asked, answer, editor, kinds, isActive }: ChecksOfProps) {
  const at = use(CheckedTask);
  const kind = kinds.questions[asked.question.kind];
  if (!at || !kind?.isChecked || answer?.value === undefined) return null;
  const missing = kind.missing?.(asked.question.settings ?? {}, answer.value, asked, editor) ?? null;
  return (
    <Suspense fallback={null}>
      <Checks at={at} asked={asked} value={answer.value} missing={missing} isActive={isActive} />
    </Suspense>
  );
}
