/** Rating: one of ordered levels, as a row of equal cells. */
import type { Words } from "../../api/contract";
import { defineCommand } from "../../commands/command";
import { withWords, wordsIn, wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import type { AnswerProps, Given, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { useEditedLanguage } from "../parts/language";
import { DIGITS } from "../parts/options";
import { NumberField, withSetting } from "../parts/SettingFields";

export interface Level {
  value: number;
  text?: Words | null;
}

/** The levels, listed or counted from min. */
export function levelsOf(settings: Record<string, unknown> | undefined): Level[] {
  const levels = settings?.levels ?? 5;
  if (Array.isArray(levels)) return levels as Level[];
  const min = (settings?.min as number | undefined) ?? 1;
  return Array.from({ length: levels as number }, (_, index) => ({ value: min + index }));
}

function rate({ asked, editor, onPicked }: Pick<AnswerProps, "asked" | "editor" | "onPicked">, value: number): void {
  const isSame = editor.answer(asked.key)?.value === value;
  editor.activate(asked.key);
  editor.setValue(asked, isSame ? undefined : value, "rate");
  if (!isSame) onPicked();
}

const rateByKey = defineCommand<Given>({
  id: "rating.rate",
  title: () => t("Give a level, the lowest first"),
  context: "question:rating",
  keys: [...DIGITS, "0"],
  range: "levels",
  run: (given, chord) => {
    const levels = levelsOf(given.asked.question.settings);
    // A scale that has a 0 is answered by the digit itself; others by place.
    const hasZero = levels.some(({ value }) => value === 0);
    const level = hasZero
      ? levels.find(({ value }) => String(value) === chord)
      : chord === "0"
        ? levels.at(-1)
        : levels[Number(chord) - 1];
    if (level) rate(given, level.value);
  },
});

function Editor(props: AnswerProps) {
  const { asked, state, language } = props;
  const levels = levelsOf(asked.question.settings);
  const value = state.answers.get(asked.key)?.value;
  const ends = [levels[0], levels.at(-1)].map((level) => wordsOf(level?.text, language));
  const walk = (event: React.KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    event.preventDefault();
    const cells = [...event.currentTarget.querySelectorAll<HTMLElement>("button")];
    cells[(cells.indexOf(document.activeElement as HTMLElement) + step + cells.length) % cells.length]?.focus();
  };
  return (
    <div>
      <div
        className="scale"
        role="radiogroup"
        tabIndex={-1}
        onKeyDown={walk}
        aria-label={wordsOf(asked.question.text, language, asked.question.name)}
      >
        {levels.map((level, index) => (
          <button
            type="button"
            role="radio"
            key={level.value}
            aria-checked={value === level.value}
            aria-label={[level.value, wordsOf(level.text, language)].filter((each) => each !== "").join(" ")}
            title={wordsOf(level.text, language) || undefined}
            tabIndex={value === level.value || (value === undefined && index === 0) ? 0 : -1}
            className={value === level.value ? "on" : ""}
            onClick={() => rate(props, level.value)}
          >
            {level.value}
          </button>
        ))}
      </div>
      {ends.some(Boolean) && (
        <div className="row between small t3 mt4">
          <span>{ends[0]}</span>
          <span>{ends[1]}</span>
        </div>
      )}
    </div>
  );
}

function Reader({ question, answer, language }: ReadProps) {
  const level = levelsOf(question.settings).find(({ value }) => value === answer.value);
  const word = wordsOf(level?.text, language);
  return (
    <span className="num">
      {String(answer.value)} {word && <span className="t2">{word}</span>}
    </span>
  );
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  const levels = levelsOf(settings);
  const { own, edited } = useEditedLanguage();
  const put = (index: number, wording: string): void => {
    const worded = levels.map((level, at) => {
      const text = at === index ? withWords(level.text, edited, own, wording) : level.text;
      return text ? { value: level.value, text } : { value: level.value };
    });
    onChange(withSetting(settings, { levels: worded, min: undefined }));
  };
  return (
    <>
      <NumberField
        label={t("Number of levels")}
        value={levels.length}
        onChange={(count) =>
          onChange(withSetting(settings, { levels: Math.max(2, Math.min(count ?? 5, 101)), min: levels[0]?.value }))
        }
      />
      {levels.length <= 10 &&
        levels.map((level, index) => (
          <div className="row g8" key={level.value}>
            <span className="num b" style={{ width: 20 }}>
              {level.value}
            </span>
            <input
              className="input s"
              aria-label={t("Text of level {level}", { level: level.value })}
              lang={edited}
              placeholder={wordsOf(level.text, edited)}
              value={wordsIn(level.text, edited, own)}
              onChange={({ target }) => put(index, target.value)}
            />
          </div>
        ))}
    </>
  );
}

const kind: QuestionKind = {
  name: "rating",
  title: () => t("Level on a scale"),
  place: "panel",
  Editor,
  Reader,
  fits: ({ question }, _editor, value) => levelsOf(question.settings).some((level) => level.value === value),
  SettingsForm,
  initial: { levels: 5 },
  tests: ["ge", "le", "is"],
  commands: [rateByKey],
};
export default kind;
