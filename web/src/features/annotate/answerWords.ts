/** What answers are called while the names of their authors are hidden. The server's label ends in the number. */
import { listed, number, t } from "../../i18n";

/** Answer 2; Answers 1 and 3. */
export function wordOfAnswers(labels: readonly string[]): string {
  const numbers = labels.map((label) => /\d+$/.exec(label)?.[0]);
  if (numbers.some((each) => each === undefined)) return listed(labels);
  const list = listed(numbers.map((each) => number(Number(each))));
  return t("{count, plural, one {Answer {list}} other {Answers {list}}}", { count: labels.length, list });
}
