/** Ellipse: upright or turned ellipses on a picture, each with a label; drawn by mouse, or made and moved by keys. */
import { IconOvalVertical } from "@tabler/icons-react";
import { ELLIPSE } from "../../editor/boxes";
import type { Region } from "../../editor/store";
import { t } from "../../i18n";
import type { SettingsProps } from "../kind";
import { boxKind } from "../parts/box-kind";
import { OptionsForm } from "../parts/OptionsForm";
import { optionsOf } from "../parts/options";
import { whole } from "../parts/RegionPanel";
import { NumberField, SwitchField, withSetting } from "../parts/SettingFields";

function SettingsForm({ settings, onChange }: SettingsProps) {
  const put = (change: Record<string, unknown>): void => onChange(withSetting(settings, change));
  return (
    <>
      <OptionsForm
        title={t("Labels")}
        hasColors
        options={optionsOf({ name: "", kind: "ellipse", settings })}
        onChange={(labels) => put({ labels })}
      />
      <SwitchField
        label={t("Ellipses may be turned")}
        value={settings.rotate}
        onChange={(rotate) => put({ rotate: rotate || undefined })}
      />
      <SwitchField
        label={t("Ellipses may reach beyond the picture")}
        value={settings.outside}
        onChange={(outside) => put({ outside: outside || undefined })}
      />
      <div className="row g12">
        <NumberField label={t("At least")} value={settings.min} onChange={(min) => put({ min })} />
        <NumberField label={t("At most")} value={settings.max} onChange={(max) => put({ max })} />
      </div>
    </>
  );
}

const sizes = (region: Region): string => {
  const { w, h } = ELLIPSE.boxOf(region);
  return `${whole(w)}×${whole(h)}`;
};

export default boxKind({
  name: "ellipse",
  form: ELLIPSE,
  Icon: IconOvalVertical,
  words: {
    title: () => t("Ellipses in a picture"),
    list: () => t("Ellipses"),
    one: () => t("ellipse"),
    tool: () => t("Ellipse"),
    turnedTool: () => t("Turned ellipse"),
    hint: (count) => t("{count, plural, one {# ellipse} other {# ellipses}}", { count }),
  },
  note: sizes,
  fullNote: (region) => {
    const { cx = 0, cy = 0, rotation } = region as unknown as Record<string, number>;
    const place = t("about {x}, {y}", { x: whole(cx), y: whole(cy) });
    return `${sizes(region)} ${place}${rotation ? ` · ${whole(rotation)}°` : ""}`;
  },
  SettingsForm,
  initial: { labels: [{ value: "object", text: "Object" }] },
});
