/** Options as they are shown: in the drawn order where the question asks for it, each with the key that picks it. */
import type { Option, Question } from "../../api/contract";
import { shuffled } from "../../editor/shuffle";
import type { Asked } from "../../editor/store";

export const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

export function optionsOf(question: Question): Option[] {
  const settings = question.settings ?? {};
  return (settings.options ?? settings.labels ?? []) as Option[];
}

export function shownOptions({ question, key }: Asked, seed: string): Option[] {
  const options = optionsOf(question);
  return question.shuffle ? shuffled(options, `${seed} ${key}`, ({ fixed }) => Boolean(fixed)) : options;
}

/** The key printed on the option at a place: its own, or its number. */
export function keyAt(option: Option, index: number): string | undefined {
  return option.key?.toUpperCase() ?? DIGITS[index];
}

/** The option that a chord picks: by its own key, or by its number. */
export function pickedBy(options: Option[], chord: string): Option | undefined {
  return options.find((option, index) => keyAt(option, index) === chord) ?? options[DIGITS.indexOf(chord)];
}

/** The keys that options bring along. */
export function ownKeys(options: readonly Option[]): string[] {
  return options.flatMap(({ key }) => (key ? [key.toUpperCase()] : []));
}
