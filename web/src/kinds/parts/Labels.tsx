/** The labels of a question over the material, each with its colour and its key; the pressed one is given to what is marked next. */
import type { ReactNode } from "react";
import type { Option } from "../../api/contract";
import { wordOf, wordsOf } from "../../editor/words-of";
import { colorOf } from "../colors";
import type { Drawing } from "../kind";
import { OptionKey } from "./OptionKey";
import { keyAt, optionsOf } from "./options";
import "./regions.css";

/** The label that is given to what is marked next: the chosen one, at first the first. */
export function chosenLabel({ asked, state }: Pick<Drawing, "asked" | "state">): Option | undefined {
  const labels = optionsOf(asked.question);
  const chosen = state.labels[asked.question.name];
  return labels.find(({ value }) => value === chosen) ?? labels[0];
}

interface LabelBarProps extends Drawing {
  isActive: boolean;
  onPick: (value: string) => void;
  children?: ReactNode;
}

export function LabelBar({ onPick, children, isActive, ...given }: LabelBarProps) {
  const { asked, language, editor, state } = given;
  const labels = optionsOf(asked.question);
  const selected =
    state.selected?.key === asked.key
      ? editor.regions(asked.key).find(({ id }) => id === state.selected?.region)
      : undefined;
  const on = selected?.label ?? chosenLabel(given)?.value;
  return (
    <div className="labels" role="toolbar" aria-label={wordsOf(asked.question.text, language, asked.question.name)}>
      {labels.map((option, index) => (
        <button
          type="button"
          key={option.value}
          className={option.value === on ? "lab on" : "lab"}
          aria-pressed={option.value === on}
          title={option.help ? wordsOf(option.help, language) : undefined}
          // The text keeps its selection, which by touch is what the label marks.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onPick(option.value)}
        >
          <span className="sw" style={{ background: colorOf(labels, option.value) }} />
          {wordOf(option, language)}
          <OptionKey isActive={isActive}>{keyAt(option, index)}</OptionKey>
        </button>
      ))}
      <span className="grow" />
      {children}
    </div>
  );
}
