/** Small settings that many kinds have: a number or nothing, a switch, one of a few. */
import { t } from "../../i18n";
import { Field } from "../../kit/Field";

export function NumberField({
  label,
  value,
  onChange,
  hint,
}: {
  label: string;
  value: unknown;
  hint?: string;
  onChange: (value: number | undefined) => void;
}) {
  return (
    <Field label={label} hint={hint}>
      <input
        className="input s"
        type="number"
        value={typeof value === "number" ? value : ""}
        onChange={({ target }) => onChange(target.value === "" ? undefined : Number(target.value))}
      />
    </Field>
  );
}

export function SwitchField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: unknown;
  onChange: (value: boolean) => void;
}) {
  return (
    <label className="row g8">
      <input type="checkbox" checked={Boolean(value)} onChange={({ target }) => onChange(target.checked)} />
      <span>{label}</span>
    </label>
  );
}

interface ChoiceFieldProps {
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
}

export function ChoiceField({ label, value, options, onChange }: ChoiceFieldProps) {
  return (
    <Field label={label}>
      <select className="input s" value={value} onChange={({ target }) => onChange(target.value)}>
        {options.map(([each, word]) => (
          <option value={each} key={each}>
            {word}
          </option>
        ))}
      </select>
    </Field>
  );
}

/** Settings without those that are undefined, which the server would refuse. */
export function withSetting(
  settings: Record<string, unknown>,
  change: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...settings, ...change }).filter(([, value]) => value !== undefined));
}

export function comparedWords(): readonly (readonly [string, string])[] {
  return [
    ["response", t("replies of a chat")],
    ["input", t("inputs")],
    ["thread", t("conversations")],
    ["option", t("options of its own")],
  ];
}
