/** A file of source code: numbered lines in the colors of its language; what is marked are offsets of the text. */
import { useMemo } from "react";
import { proseOfCode } from "../../editor/code";
import { textOf } from "../../editor/parts";
import { t } from "../../i18n";
import { Field } from "../../kit/Field";
import type { InputKind, SettingsProps, ViewProps } from "../kind";
import { Prose } from "../parts/Prose";
import { withSetting } from "../parts/SettingFields";
import { useHighlighted } from "../parts/useHighlighted";
import "../parts/code.css";

function Viewer({ input, content, ...view }: ViewProps) {
  const text = textOf(content);
  const path = typeof content.path === "string" ? content.path : undefined;
  const language = content.language ?? (input.settings?.language as string | undefined);
  const tokens = useHighlighted(text, language, path);
  const prose = useMemo(() => proseOfCode(tokens), [tokens]);
  return (
    <div className="code-view" dir="ltr" translate="no">
      {path && <p className="code-path mono">{path}</p>}
      <Prose {...view} address={input.name} prose={prose} hasMargin={false} />
    </div>
  );
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  return (
    <Field label={t("Language of the code")} hint={t("A name such as python, where a file does not say it.")}>
      <input
        className="input s"
        value={(settings.language as string | undefined) ?? ""}
        onChange={({ target }) => onChange(withSetting(settings, { language: target.value.trim() || undefined }))}
      />
    </Field>
  );
}

const kind: InputKind = {
  name: "code",
  offers: "text",
  title: () => t("Code"),
  place: "flow",
  Viewer,
  SettingsForm,
  initial: {},
  example: () => ({
    text: 'def tides(harbor: str, days: int = 3) -> list[float]:\n    """Heights in meters, one for each hour."""\n    table = load(f"tides/{harbor}.csv")\n    return [row.height for row in table if row.day < days]\n',
    language: "python",
    path: "harbor/tides.py",
  }),
};
export default kind;
