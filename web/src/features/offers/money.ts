/** Amounts of money as they are written: from whole minor units, in the currency that they are in. Pure. */
import type { Offer, Owed, Stage, Total } from "../../api/contract";
import { number, t } from "../../i18n";

export function money(minor: number, of: Pick<Offer, "currency" | "minor_digits">): string {
  const digits = of.minor_digits;
  const amount = number(minor / 10 ** digits, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return t("{amount} {currency}", { amount, currency: of.currency });
}

/** 12.50 EUR an hour of active time */
export function rateOf(offer: Offer): string {
  const amount = money(offer.rate, offer);
  return offer.basis === "task" ? t("{amount} a task", { amount }) : t("{amount} an hour of active time", { amount });
}

/** By when an answer counts for good; of what nobody rejects, at once. */
export function deadlineOf({ review_hours: hours }: Offer): string {
  if (hours === null) return t("counts for good at once");
  return hours % 24 === 0
    ? t("judged within {count, plural, one {# day} other {# days}}", { count: hours / 24 })
    : t("judged within {count, plural, one {# hour} other {# hours}}", { count: hours });
}

/** What is earned, a currency each, with what of it counts for good. */
export function earnedOf(total: Total): string {
  return total.accepted_amount === total.amount
    ? t("{amount}, all of it for good", { amount: money(total.amount, total) })
    : t("{amount}, {good} of it for good", {
        amount: money(total.amount, total),
        good: money(total.accepted_amount, total),
      });
}

/** What is owed for, in a word. */
export function stageWord(stage: Stage): string {
  const words: Record<Stage, string> = {
    label: t("Labels"),
    review: t("Review"),
    adjudicate: t("Adjudication"),
    exam: t("Exams"),
    audit: t("Audits"),
  };
  return words[stage];
}

/** Amounts of one currency together, by their codes. */
export function summed(totals: readonly Total[]): Total[] {
  const sums = new Map<string, Total>();
  for (const each of totals) {
    const known = sums.get(each.currency);
    sums.set(each.currency, {
      ...each,
      amount: each.amount + (known?.amount ?? 0),
      accepted_amount: each.accepted_amount + (known?.accepted_amount ?? 0),
    });
  }
  return [...sums.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1));
}

export interface StageEarned {
  stage: Stage;
  /** Answers, or how often a task was judged. */
  pieces: number;
  totals: Total[];
}

/** What was done and earned, stage by stage, in the order that it came in. */
export function byStage(owed: readonly Owed[]): StageEarned[] {
  return [...new Set(owed.map(({ stage }) => stage))].map((stage) => {
    const here = owed.filter((each) => each.stage === stage);
    const totals = here.flatMap(({ offer, amount, accepted_amount }): Total[] =>
      offer && amount !== null && accepted_amount !== null
        ? [{ currency: offer.currency, minor_digits: offer.minor_digits, amount, accepted_amount }]
        : [],
    );
    return { stage, pieces: here.reduce((all, { answers }) => all + answers, 0), totals: summed(totals) };
  });
}

export interface Counts {
  answers: number;
  waiting: number;
  accepted: number;
  rejected: number;
}

export function countsOf(owed: readonly Owed[]): Counts {
  const sum = (of: keyof Counts): number => owed.reduce((all, each) => all + each[of], 0);
  return { answers: sum("answers"), waiting: sum("waiting"), accepted: sum("accepted"), rejected: sum("rejected") };
}
