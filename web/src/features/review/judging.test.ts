/** A review: every answer has its verdict before anything is sent, and what is fixed is sent once. */
import { expect, test } from "vitest";
import type { GivenAnswers } from "../../api/contract";
import { Editor } from "../../editor/store";
import { ontology } from "../annotate/fake-server";
import { Judging, verdictOf } from "./judging";

const item = { inputs: { letter: { text: "The bill is wrong, and you know it." } } };

function given(...tones: string[]): GivenAnswers[] {
  return tones.map((value, index) => ({
    annotation_id: `a${index + 1}`,
    label: `Answer ${index + 1}`,
    answers: [{ question: "tone", target: "", value }],
    revision: 1,
    ontology_version: 1,
  }));
}

const judging = (...tones: string[]): Judging => new Judging(given(...tones), new Editor(ontology, item));

test("answers that say the same are accepted by one verdict, which is sent for each", () => {
  const review = judging("harsh", "kind", "harsh");
  expect(review.said.map(({ labels }) => labels)).toEqual([["Answer 1", "Answer 3"], ["Answer 2"]]);

  const isWhole = review.give({ verdict: "accept" });

  expect(isWhole).toBe(false);
  expect(review.snapshot().at).toBe(1);
  expect(review.give(verdictOf("send-back", "slip", " Read it again. "))).toBe(true);
  expect(review.review(3)).toEqual({
    ontology_version: 3,
    verdicts: [
      { annotation_id: "a1", verdict: "accept" },
      { annotation_id: "a3", verdict: "accept" },
      { annotation_id: "a2", verdict: "send-back", reason: "slip", note: "Read it again." },
    ],
  });
});

test("a fix opens the author's answers, and what was mended is sent with its reason", () => {
  const review = judging("harsh");

  review.beginFix();
  const [tone] = review.editor.asked();
  expect(review.editor.answer(tone!.key)?.value).toBe("harsh");
  review.editor.setValue(tone!, "kind");
  review.give(verdictOf("fix", "guideline-misread", ""));

  expect(review.review(1)).toEqual({
    ontology_version: 1,
    verdicts: [{ annotation_id: "a1", verdict: "fix", reason: "guideline-misread" }],
    answers: [{ question: "tone", target: "", value: "kind" }],
  });
});

test("a fix that is left leaves nothing behind", () => {
  const review = judging("harsh");
  review.beginFix();
  review.editor.setValue(review.editor.asked()[0]!, "kind");

  review.leaveFix();

  expect(review.editor.submission()).toEqual([]);
  expect(review.snapshot().isFixing).toBe(false);
  review.give({ verdict: "accept" });
  expect(review.review(1)).not.toHaveProperty("answers");
});

test("what was fixed for one answer stands in the editor for the next, and goes when its verdict is taken back for another", () => {
  const review = judging("harsh", "kind");
  review.beginFix();
  review.editor.setValue(review.editor.asked()[1]!, "Both are cold.");
  review.give(verdictOf("fix", "slip", ""));

  review.beginFix();
  expect(review.editor.submission().map(({ value }) => value)).toEqual(["harsh", "Both are cold."]);
  review.leaveFix();
  expect(review.editor.submission()).toHaveLength(2);

  expect(review.undo()).toBe(true);
  expect(review.snapshot().at).toBe(0);
  review.give({ verdict: "accept" });
  expect(review.editor.submission()).toEqual([]);
});

test("walking shows each answer on the material, and stays at the ends", () => {
  const review = judging("harsh", "kind");

  review.walk(-1);
  expect(review.snapshot().at).toBe(0);
  review.walk(1);
  review.walk(1);

  expect(review.reader.snapshot().answers.get("tone ")?.value).toBe("kind");
});

test("a verdict that was taken back is asked for again", () => {
  const review = judging("harsh", "kind");
  review.give({ verdict: "accept" });

  expect(review.undo()).toBe(true);
  expect(review.isWhole).toBe(false);
  expect(review.snapshot()).toMatchObject({ at: 0, given: new Map() });
  expect(review.undo()).toBe(false);
});

test("of a task nothing is sent back beside what is fixed, and nothing fixed beside what is sent back", () => {
  const fixed = judging("harsh", "kind");
  fixed.beginFix();
  fixed.give(verdictOf("fix", "slip", ""));
  const back = judging("harsh", "kind");
  back.give(verdictOf("send-back", "slip", ""));

  expect([fixed.canFix, fixed.canSendBack]).toEqual([true, false]);
  expect([back.canFix, back.canSendBack]).toEqual([false, true]);
  back.look(0);
  expect(back.canFix).toBe(true);
});

test("a fix that was begun before the page was closed is open again", () => {
  const editor = new Editor(ontology, item);
  editor.restore([{ question: "tone", target: "", value: "kind" }], "draft");

  const review = new Judging(given("harsh"), editor);

  expect(review.snapshot().isFixing).toBe(true);
});
