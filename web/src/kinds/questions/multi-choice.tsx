/** Multi-choice: any number of the options within bounds. An empty list says “looked, none”. */
import type { Json } from "../../api/contract";
import { defineCommand } from "../../commands/command";
import type { Asked, Editor as Store } from "../../editor/store";
import { wordOf, wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import type { AnswerProps, Given, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { OptionKey } from "../parts/OptionKey";
import { OptionRows } from "../parts/OptionRows";
import { OptionsForm } from "../parts/OptionsForm";
import { DIGITS, optionsOf, ownKeys, pickedBy, shownOptions } from "../parts/options";
import { NumberField, withSetting } from "../parts/SettingFields";

/** Adds or removes one option. An exclusive one stands alone; when nothing is left the answer is gone, unless none is allowed. */
export function toggled(
  options: { value: string; exclusive?: boolean }[],
  chosen: readonly string[],
  value: string,
): string[] {
  if (chosen.includes(value)) return chosen.filter((each) => each !== value);
  const isExclusive = (each: string): boolean => Boolean(options.find((option) => option.value === each)?.exclusive);
  const kept = isExclusive(value) ? [] : chosen.filter((each) => !isExclusive(each));
  const order = options.map((option) => option.value);
  return [...kept, value].sort((a, b) => order.indexOf(a) - order.indexOf(b));
}

function toggle(editor: Store, asked: Asked, value: string): void {
  const settings = asked.question.settings ?? {};
  const chosen = (editor.answer(asked.key)?.value as string[] | undefined) ?? [];
  const next = toggled(optionsOf(asked.question), chosen, value);
  editor.activate(asked.key);
  editor.setValue(asked, next.length || settings.min === 0 ? next : undefined, "toggle");
}

const toggleByKey = defineCommand<Given>({
  id: "multi-choice.toggle",
  title: () => t("Tick an option"),
  context: "question:multi_choice",
  keys: DIGITS,
  range: "options",
  keysOfTask: ({ options }) => ownKeys(options),
  run: ({ editor, asked, options }, chord) => {
    const option = pickedBy(options, chord);
    if (option) toggle(editor, asked, option.value);
  },
});
const none = defineCommand<Given>({
  id: "multi-choice.none",
  title: () => t("None of them"),
  context: "question:multi_choice",
  keys: ["0"],
  isEnabled: ({ asked }) => asked.question.settings?.min === 0,
  run: ({ editor, asked }) => editor.setValue(asked, [], "toggle"),
});

function Editor({ asked, editor, state, seed, language, isActive }: AnswerProps) {
  const value = state.answers.get(asked.key)?.value as string[] | undefined;
  const allowsNone = asked.question.settings?.min === 0;
  return (
    <div className="col g4">
      <OptionRows
        label={wordsOf(asked.question.text, language, asked.question.name)}
        options={shownOptions(asked, seed)}
        chosen={value ?? []}
        isMany
        isActive={isActive}
        language={language}
        onToggle={(toggledValue) => toggle(editor, asked, toggledValue)}
      />
      {allowsNone && (
        <button
          type="button"
          role="checkbox"
          aria-checked={value?.length === 0}
          className={value?.length === 0 ? "opt on" : "opt"}
          onClick={() => editor.setValue(asked, value?.length === 0 ? undefined : [], "toggle")}
        >
          <span className="rad" />
          {t("None of them")}
          <OptionKey isActive={isActive}>0</OptionKey>
        </button>
      )}
    </div>
  );
}

function Reader({ question, answer, language }: ReadProps) {
  const chosen = (answer.value as string[] | undefined) ?? [];
  const words = optionsOf(question).filter(({ value }) => chosen.includes(value));
  return <span>{words.length ? words.map((option) => wordOf(option, language)).join(", ") : t("none of them")}</span>;
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  return (
    <>
      <OptionsForm
        title={t("Options")}
        options={optionsOf({ name: "", kind: "multi_choice", settings })}
        onChange={(options) => onChange({ ...settings, options })}
      />
      <div className="row g12">
        <NumberField
          label={t("At least")}
          value={settings.min}
          onChange={(min) => onChange(withSetting(settings, { min }))}
        />
        <NumberField
          label={t("At most")}
          value={settings.max}
          onChange={(max) => onChange(withSetting(settings, { max }))}
        />
      </div>
    </>
  );
}

/** Known options, none twice, an exclusive one alone. */
function fits({ question }: Asked, _editor: Store, value: Json): boolean {
  if (!Array.isArray(value) || new Set(value).size !== value.length) return false;
  const chosen = value.map((each) => optionsOf(question).find((option) => option.value === each));
  return chosen.every((option) => option && (!option.exclusive || chosen.length === 1));
}

function missing(settings: Record<string, unknown>, value: Json): string | null {
  const count = (value as string[]).length;
  const [min, max] = [(settings.min as number | undefined) ?? 1, settings.max as number | undefined];
  if (count < min)
    return t("{count, plural, one {Tick at least # option} other {Tick at least # options}}", { count: min });
  if (max !== undefined && count > max)
    return t("{count, plural, one {Tick at most # option} other {Tick at most # options}}", { count: max });
  return null;
}

const kind: QuestionKind = {
  name: "multi_choice",
  title: () => t("Any of several"),
  place: "panel",
  Editor,
  Reader,
  fits,
  SettingsForm,
  initial: {
    options: [
      { value: "first", text: "First" },
      { value: "second", text: "Second" },
    ],
    min: 0,
  },
  tests: ["has", "count"],
  commands: [toggleByKey, none],
  missing,
  hint: ({ max }) => (typeof max === "number" ? t("up to {count}", { count: max }) : t("any number")),
};
export default kind;
