/** Plain text, shown as it was sent: lines and spaces kept, in its own language and direction. */
import { useMemo } from "react";
import { textOf } from "../../editor/parts";
import { proseOfText } from "../../editor/prose";
import { t } from "../../i18n";
import type { InputKind, SettingsProps, ViewProps } from "../kind";
import { Prose } from "../parts/Prose";
import { SwitchField, withSetting } from "../parts/SettingFields";

function Viewer({ input, content, ...view }: ViewProps) {
  const text = textOf(content);
  const prose = useMemo(() => proseOfText(text), [text]);
  const style = input.settings?.monospace ? { fontFamily: "var(--ev-mono)" } : undefined;
  return (
    <div className="read material" lang={content.language} dir="auto" style={style}>
      <Prose {...view} address={input.name} prose={prose} />
    </div>
  );
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  return (
    <SwitchField
      label={t("Letters of one width")}
      value={settings.monospace}
      onChange={(monospace) => onChange(withSetting(settings, { monospace: monospace || undefined }))}
    />
  );
}

const kind: InputKind = {
  name: "text",
  offers: "text",
  title: () => t("Text"),
  place: "flow",
  Viewer,
  SettingsForm,
  initial: {},
  example: () => ({
    text: t(
      "The north pier closes on Monday for repairs. Ferries to Port Avelin leave from the east quay until 3 October, and the harbor office answers questions from 8 to 16.",
    ),
  }),
};
export default kind;
