/** Box: upright or turned rectangles on a picture, each with a label; drawn by mouse, or made and moved by keys. */
import { IconHandStop, IconPointer, IconRotate, IconRuler2, IconSquare } from "@tabler/icons-react";
import { useEffect } from "react";
import type { Option } from "../../api/contract";
import type { Command } from "../../commands/command";
import { chordFor } from "../../commands/scopes";
import type { Tool } from "../../editor/box-gestures";
import { areDrawable, boxOf, selectedOf, settingsOf } from "../../editor/boxes";
import type { Region } from "../../editor/store";
import { wordOf, wordsOf } from "../../editor/words-of";
import { number, t } from "../../i18n";
import { Keys } from "../../kit/Keys";
import { colorOf } from "../colors";
import type { AnswerProps, Given, LayerProps, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { BoxLayer } from "../parts/BoxLayer";
import { commands, draw, drawTurned, hand, label, measure, remember, select } from "../parts/box-commands";
import { hiddenKey, reveal, take, toolOf } from "../parts/box-tools";
import { chosenLabel } from "../parts/Labels";
import { missingRegions, NoneOption } from "../parts/none";
import { OptionKey } from "../parts/OptionKey";
import { OptionsForm } from "../parts/OptionsForm";
import { keyAt, optionsOf } from "../parts/options";
import { labeledRegions, proposedRegions } from "../parts/proposed";
import { RailButton } from "../parts/RailButton";
import { RegionRow, RegionRows } from "../parts/Regions";
import { NumberField, SwitchField, withSetting } from "../parts/SettingFields";

const ICON = { size: 18, stroke: 1.75, "aria-hidden": true } as const;

function Rail({ asked, editor, state }: LayerProps) {
  const tool = toolOf(state);
  const tools: [Tool, string, Command<Given>, typeof IconSquare][] = [
    ["select", t("Select"), select, IconPointer],
    ["box", t("Box"), draw, IconSquare],
    ["turned", t("Turned box"), drawTurned, IconRotate],
    ["hand", t("Move the view"), hand, IconHandStop],
    ["measure", t("Measure"), measure, IconRuler2],
  ];
  const offered = tools.filter(([each]) => each !== "turned" || settingsOf(asked).canTurn);
  return offered.map(([each, name, by, Icon]) => (
    <RailButton
      key={each}
      name={name}
      chord={chordFor(by as never)}
      isOn={each === tool}
      onClick={() => take(editor, asked, each)}
    >
      <Icon {...ICON} />
    </RailButton>
  ));
}

/** The labels with their counts, and the boxes in the order in which they were made. */
function Editor({ asked, editor, state, language, isActive }: AnswerProps) {
  const labels = optionsOf(asked.question);
  const regions = editor.regions(asked.key);
  // biome-ignore lint/correctness/useExhaustiveDependencies: one question of one task, whatever becomes of its answer
  useEffect(() => () => remember(editor, asked), [editor, asked.key]);
  const given = { asked, editor, state, language, seed: "" };
  const chosen = selectedOf(editor, asked)?.label ?? chosenLabel(given)?.value;
  return (
    <>
      <div className="label-rows" role="toolbar" aria-label={t("Labels")} aria-orientation="vertical">
        {labels.map((option, index) => {
          const count = regions.filter((region) => region.label === option.value).length;
          return (
            <button
              type="button"
              key={option.value}
              className={option.value === chosen ? "label-row on" : "label-row"}
              aria-pressed={option.value === chosen}
              title={option.help ? wordsOf(option.help, language) : undefined}
              onClick={() => label(given, option.value)}
            >
              <OptionKey isActive={isActive}>{keyAt(option, index)}</OptionKey>
              <span className="sw" style={{ background: colorOf(labels, option.value) }} />
              <span className="grow cut">{wordOf(option, language)}</span>
              <span className="small t3 num">{count > 0 && number(count)}</span>
            </button>
          );
        })}
      </div>
      <RegionRows label={t("Boxes")}>
        {regions.map((region, index) => {
          const isHidden = state.hidden.has(hiddenKey(asked, region.id));
          const { w, h } = boxOf(region);
          return (
            <RegionRow
              key={region.id}
              isOn={state.selected?.key === asked.key && state.selected.region === region.id}
              color={colorOf(labels, region.label)}
              number={index + 1}
              title={wordFor(labels, region.label, language)}
              note={`${whole(w)}×${whole(h)}`}
              onSelect={() => {
                editor.select(asked.key, region.id);
                reveal(editor, asked);
              }}
              onRemove={() => editor.removeRegion(asked, region.id)}
              isHidden={isHidden}
              onHide={() => editor.hide([hiddenKey(asked, region.id)], !isHidden)}
            />
          );
        })}
      </RegionRows>
      <NoneOption asked={asked} editor={editor} state={state} isActive={isActive} />
      <div className={state.refused && isActive ? "small dan regions-hint" : "small t3 regions-hint"}>
        {isActive && (state.refused ?? <Hints hasBoxes={regions.length > 0} />)}
      </div>
    </>
  );
}

function Hints({ hasBoxes }: { hasBoxes: boolean }) {
  if (!hasBoxes) {
    return (
      <span className="row g4">
        {t("Drag, or")} <Keys chord={chordFor(draw as never)} /> {t("for one in the middle")}
      </span>
    );
  }
  return (
    <>
      <span className="row g4">
        <kbd className="key">{t("Arrows")}</kbd> {t("1 px")} <Keys chord="Shift" /> {t("10 px")}
      </span>
      <span className="row g4">
        <Keys chord="Mod" /> {t("size")}
      </span>
      <span className="row g4 push">
        <Keys chord="[" /> <Keys chord="]" /> {t("walk")}
      </span>
    </>
  );
}

function wordFor(labels: Option[], value: string | undefined, language: string): string {
  const option = labels.find((each) => each.value === value);
  return option ? wordOf(option, language) : (value ?? t("box"));
}

function whole(pixels: number): string {
  return number(pixels, { maximumFractionDigits: 0, useGrouping: false });
}

function Layer(props: LayerProps) {
  const labels = optionsOf(props.asked.question);
  return (
    <BoxLayer
      {...props}
      colorFor={(region) => colorOf(labels, region?.label ?? chosenLabel(props)?.value ?? "")}
      wordFor={(region) => wordFor(labels, region.label, props.language)}
      label={chosenLabel(props)?.value}
      proposed={proposedRegions(props.editor, props.asked, kind)}
    />
  );
}

function Reader({ question, answer, language }: ReadProps) {
  const labels = optionsOf(question);
  const { regions = [] } = (answer.value as { regions?: Region[] } | undefined) ?? {};
  if (regions.length === 0) return <span>{t("nothing marked")}</span>;
  return (
    <ul className="col g2">
      {regions.map((region) => {
        const { x, y, w, h, rotation } = boxOf(region);
        return (
          <li key={region.id} className="row g6">
            <span className="sw" style={{ background: colorOf(labels, region.label) }} />
            <span>{wordFor(labels, region.label, language)}</span>
            <span className="small t3 num">
              {whole(w)}×{whole(h)} {t("at {x}, {y}", { x: whole(x), y: whole(y) })}
              {rotation ? ` · ${whole(rotation)}°` : ""}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

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

const kind: QuestionKind = {
  name: "box",
  needs: "pixels",
  title: () => t("Boxes in a picture"),
  place: "panel",
  Editor,
  Layer,
  Rail,
  regionWord: (asked, editor, id, language) => {
    const regions = editor.regions(asked.key);
    const at = regions.findIndex((each) => each.id === id);
    return `${at + 1} ${wordFor(optionsOf(asked.question), regions[at]?.label, language)}`;
  },
  Reader,
  fits: (asked, editor, value) => {
    const regions = labeledRegions(value, optionsOf(asked.question));
    const { media } = editor.item.inputs[asked.part.input] ?? {};
    const [width, height] = [media?.width, media?.height];
    const picture = typeof width === "number" && typeof height === "number" ? { width, height } : null;
    return regions !== null && areDrawable(asked, regions, picture);
  },
  SettingsForm,
  initial: { labels: [{ value: "object", text: "Object" }] },
  tests: ["has", "count"],
  commands,
  missing: missingRegions,
  hint: (_, value) => {
    const count = (value as { regions?: unknown[] } | undefined)?.regions?.length ?? 0;
    return t("{count, plural, one {# box} other {# boxes}}", { count });
  },
};
export default kind;
