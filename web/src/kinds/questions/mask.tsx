/** Mask: the pixels of each thing or of each class on a picture, by brush, eraser, fill and outline; by mouse or by keys. */
import { IconBrush, IconBucketDroplet, IconEraser, IconHandStop, IconPointer, IconPolygon } from "@tabler/icons-react";
import type { Json } from "../../api/contract";
import { chordFor } from "../../commands/scopes";
import { areRuns, coveredBy } from "../../editor/masks";
import type { Region } from "../../editor/store";
import { number, t } from "../../i18n";
import type { AnswerProps, LayerProps, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { ICON } from "../parts/box-kind";
import { MaskLayer } from "../parts/MaskLayer";
import { commands, tools } from "../parts/mask-commands";
import { envelopeOf, type MaskTool, maskTool, pickLabel, radiusOf, rleOf } from "../parts/mask-tools";
import { missingRegions } from "../parts/none";
import { OptionsForm } from "../parts/OptionsForm";
import { optionsOf } from "../parts/options";
import { labeledRegions, proposedRegions } from "../parts/proposed";
import { RailButton } from "../parts/RailButton";
import { Hint, labelColor, RegionList, RegionPanel, regionWordWith, whole, wordFor } from "../parts/RegionPanel";
import { pictureOf, take } from "../parts/region-tools";
import { NumberField, SwitchField, withSetting } from "../parts/SettingFields";

const OFFERED: [MaskTool, keyof typeof tools, () => string, typeof IconBrush][] = [
  ["select", "select", () => t("Select"), IconPointer],
  ["brush", "brush", () => t("Brush"), IconBrush],
  ["eraser", "eraser", () => t("Eraser"), IconEraser],
  ["area", "area", () => t("Outline"), IconPolygon],
  ["fill", "fill", () => t("Fill"), IconBucketDroplet],
  ["hand", "hand", () => t("Move the view"), IconHandStop],
];

function Rail(props: LayerProps) {
  const tool = maskTool(props);
  return OFFERED.map(([each, by, name, Icon]) => (
    <RailButton
      key={each}
      name={name()}
      chord={chordFor(tools[by] as never)}
      isOn={each === tool}
      onClick={() => take(props.editor, props.asked, each)}
    >
      <Icon {...ICON} />
    </RailButton>
  ));
}

const pixels = (region: Region): string =>
  t("{count, plural, one {# pixel} other {# pixels}}", { count: coveredBy(rleOf(region)) });

/** How many pixels of the picture have no class. */
function leftOf({ asked, editor }: Pick<AnswerProps, "asked" | "editor">): number | null {
  const picture = pictureOf(asked, editor);
  if (!picture || asked.question.settings?.complete !== true || asked.question.settings.overlap === "z") return null;
  const covered = editor.regions(asked.key).reduce((sum, region) => sum + coveredBy(rleOf(region)), 0);
  return picture.width * picture.height - covered;
}

function Editor(props: AnswerProps) {
  const left = leftOf(props);
  return (
    <RegionPanel
      {...props}
      title={t("Masks")}
      word={t("mask")}
      note={pixels}
      envelope={envelopeOf}
      onLabel={(value) => pickLabel({ ...props }, value)}
      hints={
        <>
          <Hint keys={["[", "]"]}>{t("brush {radius} px", { radius: whole(2 * radiusOf(props)) })}</Hint>
          <Hint keys={["I"]}>{t("new mask")}</Hint>
          <Hint keys={["Enter"]} isLast>
            {t("paint at the cross")}
          </Hint>
        </>
      }
    >
      {left !== null && (
        <div className="small t2 num">
          {t(
            "{count, plural, =0 {Every pixel has a class} one {# pixel has no class} other {# pixels have no class}}",
            { count: left },
          )}
        </div>
      )}
    </RegionPanel>
  );
}

function Layer(props: LayerProps) {
  return (
    <MaskLayer
      {...props}
      colorFor={(region) => labelColor(props, region)}
      wordFor={(region) => wordFor(optionsOf(props.asked.question), region.label, props.language, t("mask"))}
      proposed={proposedRegions(props.editor, props.asked, kind)}
    />
  );
}

function Reader(props: ReadProps) {
  return <RegionList {...props} word={t("mask")} note={pixels} />;
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  const put = (change: Record<string, unknown>): void => onChange(withSetting(settings, change));
  return (
    <>
      <OptionsForm
        title={t("Labels")}
        hasColors
        options={optionsOf({ name: "", kind: "mask", settings })}
        onChange={(labels) => put({ labels })}
      />
      <SwitchField
        label={t("Masks may lie over each other")}
        value={settings.overlap === "z"}
        onChange={(mayOverlap) => put({ overlap: mayOverlap ? "z" : undefined })}
      />
      <SwitchField
        label={t("Every pixel has a class")}
        value={settings.complete}
        onChange={(complete) => put({ complete: complete || undefined })}
      />
      <div className="row g12">
        <NumberField label={t("At least")} value={settings.min} onChange={(min) => put({ min })} />
        <NumberField label={t("At most")} value={settings.max} onChange={(max) => put({ max })} />
        <NumberField
          label={t("Least pixels")}
          value={settings.min_pixels}
          onChange={(min_pixels) => put({ min_pixels })}
        />
      </div>
    </>
  );
}

/** Whether every pixel has a class, as far as the value tells: masks that may not overlap add up to the picture. */
function missing(settings: Record<string, unknown>, value: Json): string | null {
  const { regions } = value as unknown as { regions: Region[] };
  if (settings.complete !== true || settings.overlap === "z") return missingRegions(settings, value);
  const [first] = regions;
  const total = first ? rleOf(first).size[0] * rleOf(first).size[1] : 0;
  const left = total - regions.reduce((sum, region) => sum + coveredBy(rleOf(region)), 0);
  if (!first) return t("Give every pixel a class");
  return left > 0 ? t("{left} pixels have no class", { left: number(left) }) : missingRegions(settings, value);
}

const kind: QuestionKind = {
  name: "mask",
  title: () => t("Masks in a picture"),
  place: "panel",
  needs: "pixels",
  Editor,
  Layer,
  Rail,
  regionWord: regionWordWith(() => t("mask")),
  Reader,
  fits: (asked, editor, value) => {
    const regions = labeledRegions(value, optionsOf(asked.question));
    const picture = pictureOf(asked, editor);
    return regions?.every((region) => areRuns(region.rle, picture)) ?? false;
  },
  SettingsForm,
  initial: { labels: [{ value: "object", text: "Object" }] },
  tests: ["has", "count"],
  commands,
  missing,
  hint: (_, value) => {
    const count = (value as { regions?: unknown[] } | undefined)?.regions?.length ?? 0;
    return t("{count, plural, one {# mask} other {# masks}}", { count });
  },
};
export default kind;
