/** Box: upright or turned rectangles on a picture, each with a label; drawn by mouse, or made and moved by keys. */
import { IconSquare } from "@tabler/icons-react";
import { BOX, boxOf } from "../../editor/boxes";
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
        options={optionsOf({ name: "", kind: "box", settings })}
        onChange={(labels) => put({ labels })}
      />
      <SwitchField
        label={t("Boxes may be turned")}
        value={settings.rotate}
        onChange={(rotate) => put({ rotate: rotate || undefined })}
      />
      <SwitchField
        label={t("Whole pixels only")}
        value={settings.integer}
        onChange={(integer) => put({ integer: integer || undefined })}
      />
      <SwitchField
        label={t("Boxes may reach beyond the picture")}
        value={settings.outside}
        onChange={(outside) => put({ outside: outside || undefined })}
      />
      <div className="row g12">
        <NumberField label={t("At least")} value={settings.min} onChange={(min) => put({ min })} />
        <NumberField label={t("At most")} value={settings.max} onChange={(max) => put({ max })} />
      </div>
      <div className="row g12">
        <NumberField label={t("Least width, px")} value={settings.min_w} onChange={(min_w) => put({ min_w })} />
        <NumberField label={t("Least height, px")} value={settings.min_h} onChange={(min_h) => put({ min_h })} />
      </div>
    </>
  );
}

export default boxKind({
  name: "box",
  form: BOX,
  Icon: IconSquare,
  words: {
    title: () => t("Boxes in a picture"),
    list: () => t("Boxes"),
    one: () => t("box"),
    tool: () => t("Box"),
    turnedTool: () => t("Turned box"),
    hint: (count) => t("{count, plural, one {# box} other {# boxes}}", { count }),
  },
  note: (region) => `${whole(boxOf(region).w)}×${whole(boxOf(region).h)}`,
  fullNote: (region) => {
    const { x, y, w, h, rotation } = boxOf(region);
    const place = t("at {x}, {y}", { x: whole(x), y: whole(y) });
    return `${whole(w)}×${whole(h)} ${place}${rotation ? ` · ${whole(rotation)}°` : ""}`;
  },
  SettingsForm,
  initial: { labels: [{ value: "object", text: "Object" }] },
});
