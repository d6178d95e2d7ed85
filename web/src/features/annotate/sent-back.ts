/** An answer that was sent back: by whom, why, and what was said. */
import type { Assignment, EarlierVerdict } from "../../api/contract";

/** The verdict for which a task is its author's again; null where it is dealt for the first time, or was opened by its author. */
export function reworkOf({ stage, verdicts = [] }: Pick<Assignment, "stage" | "verdicts">): EarlierVerdict | null {
  const newest = [...verdicts].sort((a, b) => a.at.localeCompare(b.at)).at(-1);
  return stage === "label" && newest?.verdict === "send-back" ? newest : null;
}
