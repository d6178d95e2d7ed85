/** Amounts of money as they are written: from whole minor units, in the currency that they are in. Pure. */
import type { Offer, Owed, Total } from "../../api/contract";
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

/** By when an answer counts for good. */
export function deadlineOf({ review_hours: hours }: Offer): string {
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
