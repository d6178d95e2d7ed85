/** Number: typed, stepped by arrows, or drawn on a slider. */
import { useEffect, useState } from "react";
import type { Json } from "../../api/contract";
import { wordsOf } from "../../editor/words-of";
import { number, t } from "../../i18n";
import { Field } from "../../kit/Field";
import type { AnswerProps, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { NumberField, SwitchField, withSetting } from "../parts/SettingFields";

interface Bounds {
  min?: number;
  max?: number;
  step?: number;
  unit?: string;
  slider?: boolean;
}

/** What was typed as a number; a comma is a decimal point, as most of the world writes it. Null: not a number yet. */
export function parsed(typed: string): number | null {
  const text = typed
    .trim()
    .replace(/[\s\u00a0\u202f]/g, "")
    .replace(",", ".");
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

export function refusal({ min, max, step }: Bounds, value: number): string | null {
  if (min !== undefined && value < min) return t("Give at least {min}", { min: number(min) });
  if (max !== undefined && value > max) return t("Give at most {max}", { max: number(max) });
  const steps = step ? (value - (min ?? 0)) / step : 0;
  if (step && Math.abs(steps - Math.round(steps)) * step > 1e-9)
    return t("Go in steps of {step}", { step: number(step) });
  return null;
}

function Editor({ asked, editor, state, language }: AnswerProps) {
  const settings = (asked.question.settings ?? {}) as Bounds;
  const value = state.answers.get(asked.key)?.value as number | undefined;
  const [typed, setTyped] = useState(value === undefined ? "" : String(value));
  useEffect(() => {
    setTyped((now) => (parsed(now) === (value ?? null) ? now : value === undefined ? "" : String(value)));
  }, [value]);
  const put = (text: string): void => {
    setTyped(text);
    const next = parsed(text);
    editor.setValue(asked, next ?? undefined, "number", `number ${asked.key}`);
  };
  const error = typed.trim() === "" ? null : value === undefined ? t("Type a number") : refusal(settings, value);
  const label = wordsOf(asked.question.text, language, asked.question.name);
  const nudge = (event: React.KeyboardEvent): void => {
    const direction = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
    if (!direction) return;
    event.preventDefault();
    const next = (value ?? settings.min ?? 0) + direction * (settings.step ?? 1);
    put(String(Math.max(settings.min ?? -Infinity, Math.min(settings.max ?? Infinity, next))));
  };
  return (
    <div>
      <div className="row g8">
        <input
          className="input num"
          style={{ width: 140 }}
          data-answer-field
          inputMode="decimal"
          aria-label={label}
          aria-invalid={Boolean(error) || undefined}
          value={typed}
          onFocus={() => editor.activate(asked.key)}
          onKeyDown={nudge}
          onChange={({ target }) => put(target.value)}
        />
        {settings.unit && <span className="t2">{settings.unit}</span>}
        {settings.slider && (
          <input
            type="range"
            className="grow"
            aria-label={t("{question}, slider", { question: label })}
            min={settings.min}
            max={settings.max}
            step={settings.step ?? "any"}
            value={value ?? settings.min ?? 0}
            onChange={({ target }) => put(target.value)}
          />
        )}
      </div>
      <div className={error ? "small dan mt4" : "small t3 mt4"} style={{ minHeight: 16 }}>
        {error ??
          (settings.min !== undefined && settings.max !== undefined
            ? t("{min} to {max}", { min: number(settings.min), max: number(settings.max) })
            : "")}
      </div>
    </div>
  );
}

function Reader({ question, answer }: ReadProps) {
  return (
    <span className="num">
      {number(Number(answer.value), { maximumFractionDigits: 12 })} {(question.settings?.unit as string) ?? ""}
    </span>
  );
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  const put = (change: Record<string, unknown>): void => onChange(withSetting(settings, change));
  return (
    <>
      <div className="row g12">
        <NumberField label={t("Lowest")} value={settings.min} onChange={(min) => put({ min })} />
        <NumberField label={t("Highest")} value={settings.max} onChange={(max) => put({ max })} />
        <NumberField label={t("Step")} value={settings.step} onChange={(step) => put({ step })} />
      </div>
      <div className="row g12">
        <Field label={t("Unit")}>
          <input
            className="input s"
            value={(settings.unit as string) ?? ""}
            onChange={({ target }) => put({ unit: target.value || undefined })}
          />
        </Field>
        <NumberField
          label={t("Wholly different")}
          hint={t("the difference that counts as full disagreement")}
          value={settings.scale}
          onChange={(scale) => put({ scale })}
        />
      </div>
      <SwitchField label={t("With a slider")} value={settings.slider} onChange={(slider) => put({ slider })} />
    </>
  );
}

const kind: QuestionKind = {
  name: "number",
  title: () => t("Number"),
  place: "panel",
  isWritten: true,
  Editor,
  Reader,
  fits: (_asked, _editor, value) => typeof value === "number",
  SettingsForm,
  initial: { min: 0, max: 100 },
  tests: ["ge", "le", "is"],
  commands: [],
  missing: (settings: Record<string, unknown>, value: Json) => refusal(settings as Bounds, value as number),
};
export default kind;
