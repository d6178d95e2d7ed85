/** A task that was sent back is told from one that is dealt for the first time, or was opened by its author. */
import { expect, test } from "vitest";
import type { EarlierVerdict } from "../../api/contract";
import { reworkOf } from "./sent-back";

const verdict = (round: number, word: EarlierVerdict["verdict"]): EarlierVerdict => ({
  annotation_id: `a${round}`,
  label: "",
  stage: "review",
  round,
  verdict: word,
  reason: "slip",
  note: null,
  at: `2026-03-0${round}T09:00:00Z`,
});

test("the newest verdict decides", () => {
  const back = verdict(2, "send-back");

  expect(reworkOf({ stage: "label", verdicts: [back, verdict(1, "send-back")] })).toBe(back);
  expect(reworkOf({ stage: "label", verdicts: [back, verdict(3, "accept")] })).toBeNull();
});

test("without a verdict, and in a later stage, nothing was sent back to this person", () => {
  expect(reworkOf({ stage: "label" })).toBeNull();
  expect(reworkOf({ stage: "review", verdicts: [verdict(1, "send-back")] })).toBeNull();
});
