/** Choice: exactly one of the options. */
import { defineCommand } from "../../commands/command";
import { wordOf, wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import type { AnswerProps, Given, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { OptionRows } from "../parts/OptionRows";
import { OptionsForm } from "../parts/OptionsForm";
import { DIGITS, optionsOf, ownKeys, pickedBy, shownOptions } from "../parts/options";

/** A key or a click picks; the same option again takes the answer away, without submitting. */
export function pick(given: Pick<AnswerProps, "asked" | "editor" | "onPicked">, value: string): void {
  const { asked, editor, onPicked } = given;
  const isSame = editor.answer(asked.key)?.value === value;
  editor.activate(asked.key);
  editor.setValue(asked, isSame ? undefined : value, "pick");
  if (!isSame) onPicked();
}

const pickByKey = defineCommand<Given>({
  id: "choice.pick",
  title: () => t("Pick an option"),
  context: "question:choice",
  keys: [...DIGITS, "0"],
  range: "options",
  keysOfTask: ({ options }) => ownKeys(options),
  run: (given, chord) => {
    const option = chord === "0" ? given.options.at(-1) : pickedBy(given.options, chord);
    if (option) pick(given, option.value);
  },
});

function Editor(props: AnswerProps) {
  const { asked, state, seed, language, isActive } = props;
  const value = state.answers.get(asked.key)?.value as string | undefined;
  return (
    <OptionRows
      label={wordsOf(asked.question.text, language, asked.question.name)}
      options={shownOptions(asked, seed)}
      chosen={value === undefined ? [] : [value]}
      isActive={isActive}
      language={language}
      onToggle={(picked) => pick(props, picked)}
    />
  );
}

function Reader({ question, answer, language }: ReadProps) {
  const option = optionsOf(question).find(({ value }) => value === answer.value);
  return <span>{option ? wordOf(option, language) : String(answer.value)}</span>;
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  const options = optionsOf({ name: "", kind: "choice", settings });
  return (
    <OptionsForm
      title={t("Options")}
      options={options}
      onChange={(changed) => onChange({ ...settings, options: changed })}
    />
  );
}

const kind: QuestionKind = {
  name: "choice",
  title: () => t("One of several"),
  place: "panel",
  Editor,
  Reader,
  fits: ({ question }, _editor, value) => optionsOf(question).some((option) => option.value === value),
  SettingsForm,
  initial: {
    options: [
      { value: "yes", text: "Yes" },
      { value: "no", text: "No" },
    ],
  },
  tests: ["is", "in"],
  commands: [pickByKey],
  hint: () => t("one"),
};
export default kind;
