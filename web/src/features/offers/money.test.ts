import { expect, test } from "vitest";
import type { Owed } from "../../api/contract";
import { byStage, countsOf, deadlineOf, earnedOf, money, rateOf, summed } from "./money";

const EURO = { currency: "EUR", minor_digits: 2 };
const OFFER = {
  ...EURO,
  stage: "label" as const,
  version: 1,
  rate: 1250,
  basis: "hour" as const,
  review_hours: 48,
  made_by: "",
  created_at: "2026-03-02T10:00:00Z",
};

test("an amount is written with the digits that its currency has", () => {
  expect(money(1250, EURO)).toBe("12.50 EUR");
  expect(money(7, EURO)).toBe("0.07 EUR");
  expect(money(1250, { currency: "JPY", minor_digits: 0 })).toBe("1,250 JPY");
  expect(money(1250, { currency: "KWD", minor_digits: 3 })).toBe("1.250 KWD");
});

test("an offer says for what it pays and by when an answer is judged", () => {
  expect(rateOf(OFFER)).toBe("12.50 EUR an hour of active time");
  expect(rateOf({ ...OFFER, basis: "task" })).toBe("12.50 EUR a task");
  expect(deadlineOf(OFFER)).toBe("judged within 2 days");
  expect(deadlineOf({ ...OFFER, review_hours: 1 })).toBe("judged within 1 hour");
  expect(deadlineOf({ ...OFFER, review_hours: null })).toBe("counts for good at once");
});

test("what is earned says how much of it counts for good", () => {
  expect(earnedOf({ ...EURO, amount: 500, accepted_amount: 200 })).toBe("5.00 EUR, 2.00 EUR of it for good");
  expect(earnedOf({ ...EURO, amount: 500, accepted_amount: 500 })).toBe("5.00 EUR, all of it for good");
});

test("answers under several versions are counted together", () => {
  const owed = { stage: "label" as const, offer: null, active_ms: 0, amount: null, accepted_amount: null };
  const versions: Owed[] = [
    { ...owed, answers: 3, waiting: 1, accepted: 1, rejected: 1 },
    { ...owed, answers: 2, waiting: 2, accepted: 0, rejected: 0 },
  ];
  expect(countsOf(versions)).toEqual({ answers: 5, waiting: 3, accepted: 1, rejected: 1 });
});

test("what is earned at each stage is summed by currency, and what no offer covers is counted and earns nothing", () => {
  const counts = { waiting: 0, rejected: 0, active_ms: 0 };
  const euro = { ...OFFER, stage: "review" as const };
  const yen = { ...euro, currency: "JPY", minor_digits: 0 };
  const owed: Owed[] = [
    { ...counts, stage: "label", offer: null, answers: 4, accepted: 4, amount: null, accepted_amount: null },
    { ...counts, stage: "review", offer: yen, answers: 1, accepted: 1, amount: 90, accepted_amount: 90 },
    { ...counts, stage: "review", offer: euro, answers: 2, accepted: 2, amount: 80, accepted_amount: 80 },
    { ...counts, stage: "review", offer: euro, answers: 3, accepted: 3, amount: 30, accepted_amount: 30 },
  ];
  const [labels, reviews] = byStage(owed);
  expect(labels).toEqual({ stage: "label", pieces: 4, totals: [] });
  expect(reviews?.pieces).toBe(6);
  expect(reviews?.totals.map(({ currency, amount }) => [currency, amount])).toEqual([
    ["EUR", 110],
    ["JPY", 90],
  ]);
  expect(summed([])).toEqual([]);
});
