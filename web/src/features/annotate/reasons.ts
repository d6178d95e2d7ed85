/** Why an answer was not taken as it was given, in words, in the order of the numbers that pick them. */
import type { Reason } from "../../api/contract";
import { t } from "../../i18n";

const WORDS: Record<Reason, () => string> = {
  slip: () => t("Slip"),
  "guideline-misread": () => t("Guideline misread"),
  "guideline-silent": () => t("Guideline is silent"),
  "task-unclear": () => t("Task is unclear"),
  incomplete: () => t("Incomplete"),
  spam: () => t("No honest attempt"),
};

export const REASONS = Object.keys(WORDS) as Reason[];

export function wordOfReason(reason: string): string {
  return WORDS[reason as Reason]?.() ?? reason;
}

export function verdictReasons(): readonly (readonly [Reason, string])[] {
  return REASONS.map((reason) => [reason, WORDS[reason]()] as const);
}
