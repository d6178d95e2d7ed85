/** Why a question may stay without an answer, in words. */
import type { Abstention } from "../../api/contract";
import { t } from "../../i18n";

const WORDS: Record<Abstention, () => string> = {
  not_applicable: () => t("Not applicable"),
  cannot_answer: () => t("Cannot answer"),
};

export function abstentionWord(abstention: Abstention): string {
  return WORDS[abstention]();
}
