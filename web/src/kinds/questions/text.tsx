/** Text: written by the annotator, with its bounds counted in code points. */
import { IconCheck } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import type { Json } from "../../api/contract";
import { countPoints } from "../../editor/codepoints";
import { wordsOf } from "../../editor/words-of";
import { number, t } from "../../i18n";
import { Markdown } from "../../kit/Markdown";
import type { AnswerProps, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { ChoiceField, NumberField, SwitchField, withSetting } from "../parts/SettingFields";

function Editor({ asked, editor, state, language, isActive }: AnswerProps) {
  const settings = asked.question.settings ?? {};
  const value = (state.answers.get(asked.key)?.value as string | undefined) ?? "";
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    // A question that one left by key should not keep the caret.
    if (!isActive && document.activeElement === field.current) field.current?.blur();
  }, [isActive]);
  const count = countPoints(value);
  const min = (settings.min as number | undefined) ?? 0;
  const max = settings.max as number | undefined;
  const isOver = max !== undefined && max < 200_000 && count > max;
  return (
    <div>
      <textarea
        ref={field}
        className="area"
        data-answer-field
        aria-label={wordsOf(asked.question.text, language, asked.question.name)}
        rows={Math.min((settings.lines as number | undefined) ?? 4, 14)}
        lang={(settings.language as string | undefined) ?? undefined}
        dir="auto"
        value={value}
        aria-invalid={isOver || undefined}
        onFocus={() => editor.activate(asked.key)}
        onChange={({ target }) =>
          editor.setValue(asked, target.value === "" ? undefined : target.value, "write", `write ${asked.key}`)
        }
      />
      <div className="row between small t3 mt4" style={{ minHeight: 16 }}>
        <span className="num">
          {min > 0
            ? t("{count} of at least {min} characters", { count: number(count), min: number(min) })
            : t("{count, plural, one {# character} other {# characters}}", { count })}
          {max !== undefined && max < 200_000 && ` · ${t("at most {max}", { max: number(max) })}`}
        </span>
        {min > 0 && count >= min && !isOver && (
          <span className="row g4 pos">
            <IconCheck size={14} stroke={1.75} aria-hidden="true" />
            {t("Long enough")}
          </span>
        )}
      </div>
    </div>
  );
}

function Reader({ question, answer }: ReadProps) {
  const text = String(answer.value ?? "");
  if (question.settings?.markdown) return <Markdown source={text} />;
  return (
    <span dir="auto" style={{ whiteSpace: "pre-wrap" }} className="break">
      {text}
    </span>
  );
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  return (
    <>
      <div className="row g12">
        <NumberField
          label={t("At least, characters")}
          value={settings.min}
          onChange={(min) => onChange(withSetting(settings, { min }))}
        />
        <NumberField
          label={t("At most, characters")}
          value={settings.max}
          onChange={(max) => onChange(withSetting(settings, { max }))}
        />
        <NumberField
          label={t("Lines")}
          value={settings.lines}
          onChange={(lines) => onChange(withSetting(settings, { lines }))}
        />
      </div>
      <ChoiceField
        label={t("Answers of several people")}
        value={(settings.merge as string | undefined) ?? "nearest"}
        options={[
          ["nearest", t("The one nearest to all: as somebody wrote it")],
          ["words", t("Word by word: of transcripts, from three on")],
        ]}
        onChange={(merge) => onChange(withSetting(settings, { merge: merge === "nearest" ? undefined : merge }))}
      />
      <SwitchField
        label={t("Written in Markdown")}
        value={settings.markdown}
        onChange={(markdown) => onChange({ ...settings, markdown })}
      />
    </>
  );
}

function missing(settings: Record<string, unknown>, value: Json): string | null {
  const count = countPoints(value as string);
  const [min, max] = [(settings.min as number | undefined) ?? 0, settings.max as number | undefined];
  if ((value as string).trim() === "") return t("Write something; spaces alone do not count");
  if (count < min) return t("Write at least {min} characters; {count} stand there", { min, count });
  if (max !== undefined && count > max) return t("Shorten it to {max} characters; {count} stand there", { max, count });
  return null;
}

const kind: QuestionKind = {
  name: "text",
  title: () => t("Free text"),
  place: "panel",
  isWritten: true,
  Editor,
  Reader,
  fits: (_asked, _editor, value) => typeof value === "string",
  SettingsForm,
  initial: { lines: 4 },
  commands: [],
  missing,
};
export default kind;
