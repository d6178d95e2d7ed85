/** Polygon: outlines on a picture by their corners, with holes and parts by leave; set by clicks or by keys. */
import { IconCircleDashed, IconPolygon, IconStackPush } from "@tabler/icons-react";
import { isInside, type Line, type PathForm, pairsOf, pointsOf, running } from "../../editor/paths";
import type { Asked, Region } from "../../editor/store";
import { t } from "../../i18n";
import type { SettingsProps } from "../kind";
import { OptionsForm } from "../parts/OptionsForm";
import { optionsOf } from "../parts/options";
import { arePairs, pathKind } from "../parts/path-kind";
import { NumberField, SwitchField, withSetting } from "../parts/SettingFields";

const ringsOf = (region: Region): Line[] => ((region.rings as unknown[] | undefined) ?? []).map(pointsOf);
const countOf = (region: Region): number => ringsOf(region).flat().length;

const FORM: PathForm = {
  linesOf: ringsOf,
  isClosed: () => true,
  // The first ring of each part runs clockwise, holes the other way: which is which is said by what lies in what.
  fieldsOf: (lines) => ({
    rings: lines.map((ring, index) => {
      const depth = lines.filter((other, at) => at !== index && ring[0] && isInside([other], ring[0])).length;
      return pairsOf(running(ring, depth % 2 === 0));
    }),
  }),
  bounds: ({ question: { settings } }) => [
    (settings?.min_points as number | undefined) ?? 3,
    (settings?.max_points as number | undefined) ?? 20_000,
  ],
  mayCross: false,
};

const hasHoles = ({ question }: Asked): boolean => Boolean(question.settings?.holes);
const hasParts = ({ question }: Asked): boolean => Boolean(question.settings?.parts);

function SettingsForm({ settings, onChange }: SettingsProps) {
  const put = (change: Record<string, unknown>): void => onChange(withSetting(settings, change));
  return (
    <>
      <OptionsForm
        title={t("Labels")}
        hasColors
        options={optionsOf({ name: "", kind: "polygon", settings })}
        onChange={(labels) => put({ labels })}
      />
      <SwitchField
        label={t("Outlines may have holes")}
        value={settings.holes}
        onChange={(holes) => put({ holes: holes || undefined })}
      />
      <SwitchField
        label={t("One outline may be in several parts")}
        value={settings.parts}
        onChange={(parts) => put({ parts: parts || undefined })}
      />
      <SwitchField
        label={t("No outline may lie over another")}
        value={settings.overlap === "forbid"}
        onChange={(isForbidden) => put({ overlap: isForbidden ? "forbid" : undefined })}
      />
      <div className="row g12">
        <NumberField label={t("At least")} value={settings.min} onChange={(min) => put({ min })} />
        <NumberField label={t("At most")} value={settings.max} onChange={(max) => put({ max })} />
      </div>
      <div className="row g12">
        <NumberField
          label={t("Least corners")}
          value={settings.min_points}
          onChange={(min_points) => put({ min_points })}
        />
        <NumberField
          label={t("Most corners")}
          value={settings.max_points}
          onChange={(max_points) => put({ max_points })}
        />
      </div>
    </>
  );
}

export default pathKind({
  kind: "polygon",
  form: FORM,
  Icon: IconPolygon,
  words: {
    title: () => t("Outlines in a picture"),
    list: () => t("Outlines"),
    one: () => t("outline"),
    tool: () => t("Outline"),
    hint: (count) => t("{count, plural, one {# outline} other {# outlines}}", { count }),
  },
  begun: (_, path) => {
    const ring = running(path, true);
    return { lines: [ring], fields: { rings: [pairsOf(ring)] } };
  },
  ways: [
    {
      tool: "into:hole",
      isOffered: hasHoles,
      join: (rings, path) =>
        path[0] && isInside(rings, path[0]) ? [...rings, running(path, false)] : { why: "beside" },
    },
    {
      tool: "into:part",
      isOffered: hasParts,
      join: (rings, path) =>
        path[0] && isInside(rings, path[0]) ? { why: "overlap" } : [...rings, running(path, true)],
    },
  ],
  own: [
    {
      tool: "into:hole",
      name: () => t("Cut a hole into the selected outline"),
      keys: ["O"],
      isOffered: hasHoles,
      Icon: IconCircleDashed,
    },
    {
      tool: "into:part",
      name: () => t("Add a part to the selected outline"),
      keys: ["X"],
      isOffered: hasParts,
      Icon: IconStackPush,
    },
  ],
  note: (region) => t("{count, plural, one {# corner} other {# corners}}", { count: countOf(region) }),
  hasFields: ({ rings }) => Array.isArray(rings) && rings.length > 0 && rings.every(arePairs),
  SettingsForm,
  initial: { labels: [{ value: "object", text: "Object" }] },
});
