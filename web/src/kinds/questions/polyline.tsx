/** Polyline: lines on a picture by their points, open or closed; set by clicks or by keys. */
import { IconLine } from "@tabler/icons-react";
import { type PathForm, pairsOf, pointsOf } from "../../editor/paths";
import type { Region } from "../../editor/store";
import { t } from "../../i18n";
import type { SettingsProps } from "../kind";
import { OptionsForm } from "../parts/OptionsForm";
import { optionsOf } from "../parts/options";
import { arePairs, pathKind } from "../parts/path-kind";
import { ChoiceField, NumberField, SwitchField, withSetting } from "../parts/SettingFields";

const FORM: PathForm = {
  linesOf: (region) => [pointsOf(region.points)],
  isClosed: (region) => region.closed === true,
  fieldsOf: ([line = []]) => ({ points: pairsOf(line) }),
  bounds: ({ question: { settings } }) => [
    (settings?.min_points as number | undefined) ?? 2,
    (settings?.max_points as number | undefined) ?? 20_000,
  ],
  mayCross: true,
};

function SettingsForm({ settings, onChange }: SettingsProps) {
  const put = (change: Record<string, unknown>): void => onChange(withSetting(settings, change));
  return (
    <>
      <OptionsForm
        title={t("Labels")}
        hasColors
        options={optionsOf({ name: "", kind: "polyline", settings })}
        onChange={(labels) => put({ labels })}
      />
      <ChoiceField
        label={t("Lines come back to where they began")}
        value={(settings.closed as string | undefined) ?? "never"}
        options={[
          ["never", t("never")],
          ["allow", t("if the person closes them")],
          ["always", t("always")],
        ]}
        onChange={(closed) => put({ closed: closed === "never" ? undefined : closed })}
      />
      <SwitchField
        label={t("It matters in which direction they run")}
        value={settings.directed}
        onChange={(directed) => put({ directed: directed || undefined })}
      />
      <div className="row g12">
        <NumberField label={t("At least")} value={settings.min} onChange={(min) => put({ min })} />
        <NumberField label={t("At most")} value={settings.max} onChange={(max) => put({ max })} />
      </div>
      <div className="row g12">
        <NumberField
          label={t("Least points")}
          value={settings.min_points}
          onChange={(min_points) => put({ min_points })}
        />
        <NumberField
          label={t("Most points")}
          value={settings.max_points}
          onChange={(max_points) => put({ max_points })}
        />
      </div>
    </>
  );
}

export default pathKind({
  kind: "polyline",
  form: FORM,
  Icon: IconLine,
  words: {
    title: () => t("Lines in a picture"),
    list: () => t("Lines"),
    one: () => t("line"),
    tool: () => t("Line"),
    hint: (count) => t("{count, plural, one {# line} other {# lines}}", { count }),
  },
  begun: ({ question: { settings } }, path, isJoined) => {
    const isClosed = settings?.closed === "always" || (settings?.closed === "allow" && isJoined);
    return { lines: [path], fields: { points: pairsOf(path), ...(isClosed ? { closed: true } : {}) } };
  },
  ways: [],
  own: [],
  note: (region: Region) => {
    const count = (region.points as unknown[]).length;
    const points = t("{count, plural, one {# point} other {# points}}", { count });
    return region.closed ? t("{points}, closed", { points }) : points;
  },
  hasFields: ({ points, closed }) => arePairs(points) && (closed === undefined || typeof closed === "boolean"),
  SettingsForm,
  initial: { labels: [{ value: "line", text: "Line" }] },
});
