/** Box: upright or turned rectangles on a picture, each with a label; drawn by mouse, or made and moved by keys. */
import { IconHandStop, IconPointer, IconRotate, IconRuler2, IconSquare } from "@tabler/icons-react";
import { useEffect } from "react";
import type { Option } from "../../api/contract";
import { type Command, defineCommand } from "../../commands/command";
import { chordFor } from "../../commands/scopes";
import type { Tool } from "../../editor/box-gestures";
import { addBox, type Box, boxOf, grown, moved, putBox, selectedOf, settingsOf, turned } from "../../editor/boxes";
import { walkRegions } from "../../editor/spans";
import type { Region, Editor as Store } from "../../editor/store";
import type { Point } from "../../editor/viewport";
import { wordOf, wordsOf } from "../../editor/words-of";
import { number, t } from "../../i18n";
import { Keys } from "../../kit/Keys";
import { colorOf } from "../colors";
import type { AnswerProps, Drawing, Given, LayerProps, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { BoxLayer } from "../parts/BoxLayer";
import { hiddenKey, reveal, take, tell, toolOf, viewOf } from "../parts/box-tools";
import { chosenLabel } from "../parts/Labels";
import { allowsNone, markNone, missingRegions, NoneOption } from "../parts/none";
import { OptionsForm } from "../parts/OptionsForm";
import { DIGITS, keyAt, optionsOf, ownKeys, pickedBy } from "../parts/options";
import { RailButton } from "../parts/RailButton";
import { RegionRow, RegionRows } from "../parts/Regions";
import { NumberField, SwitchField, withSetting } from "../parts/SettingFields";

/** What was copied, and the boxes of the task before; both outlive a task. */
let copied: { box: Box; label: string | undefined; editor: Store } | null = null;
const before = new Map<string, Region[]>();

/** A label's key: it names the selected box, or the next. */
function label({ asked, editor }: Drawing, value: string): void {
  const region = selectedOf(editor, asked);
  editor.activate(asked.key);
  editor.chooseLabel(asked.question.name, value);
  if (region) editor.changeRegion(asked, region.id, { label: value });
}

/** A quarter of what is in sight, in its middle: where a box begins that is made by keys. */
function makeInMiddle(given: Drawing): void {
  const { asked, editor } = given;
  const view = viewOf(editor, asked);
  if (!view) return;
  const { x, y, width, height } = view.visible();
  const side = Math.max(1, Math.round(Math.min(width, height) / 4));
  const box = { x: Math.round(x + width / 2 - side / 2), y: Math.round(y + height / 2 - side / 2), w: side, h: side };
  tell(given, addBox(editor, asked, box, view.image, chosenLabel(given)?.value));
}

function change(given: Drawing, to: (box: Box) => Box, how: { isMoved?: boolean; name: string }): void {
  const { asked, editor } = given;
  const region = selectedOf(editor, asked);
  const image = viewOf(editor, asked)?.image;
  if (!region || !image) return;
  const options = { isMoved: how.isMoved ?? false, merge: `${how.name} ${region.id}` };
  tell(given, putBox(editor, asked, region, to(boxOf(region)), image, options));
  reveal(editor, asked);
}

const isChosen = ({ editor, asked }: Given): boolean => selectedOf(editor, asked) !== undefined;
const canTurn = (given: Given): boolean => settingsOf(given.asked).canTurn && isChosen(given);

const WAYS: Record<string, Point> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};
const ARROWS = Object.keys(WAYS);
const way = (chord: string): Point => WAYS[chord.split("+").at(-1) as string] as Point;

/** Commands of this question share their context. */
function command(
  id: string,
  title: () => string,
  keys: string[],
  run: Command<Given>["run"],
  more: Pick<Command<Given>, "isEnabled" | "range" | "keysOfTask"> = {},
): Command<Given> {
  return defineCommand<Given>({ id: `box.${id}`, title, context: "question:box", keys, run, ...more });
}

const select = command(
  "select",
  () => t("Select boxes"),
  ["V"],
  ({ editor, asked }) => take(editor, asked, "select"),
);
const draw = command(
  "draw",
  () => t("Draw boxes; again: one in the middle of the view"),
  ["B"],
  (given) => (toolOf(given.state) === "box" ? makeInMiddle(given) : take(given.editor, given.asked, "box")),
);
const drawTurned = command(
  "turned",
  () => t("Draw a turned box: one side, then its depth"),
  ["O"],
  ({ editor, asked }) => take(editor, asked, "turned"),
  { isEnabled: ({ asked }) => settingsOf(asked).canTurn },
);
const hand = command(
  "hand",
  () => t("Move the view"),
  ["H"],
  ({ editor, asked }) => take(editor, asked, "hand"),
);
const measure = command(
  "measure",
  () => t("Measure"),
  ["K"],
  ({ editor, asked }) => take(editor, asked, "measure"),
);
const pickLabel = command(
  "label",
  () => t("Label: name the selected box, or the next"),
  DIGITS,
  (given, chord) => {
    const option = pickedBy(given.options, chord);
    if (option) label(given, option.value);
  },
  { range: "labels", keysOfTask: ({ options }) => ownKeys(options) },
);

const commands: Command<Given>[] = [
  pickLabel,
  draw,
  select,
  drawTurned,
  hand,
  measure,
  command(
    "nudge",
    () => t("Move it 1 pixel"),
    ARROWS,
    (given, chord) => change(given, (box) => moved(box, way(chord).x, way(chord).y), { isMoved: true, name: "nudge" }),
    { isEnabled: isChosen },
  ),
  command(
    "nudge-far",
    () => t("Move it 10 pixels"),
    ARROWS.map((arrow) => `Shift+${arrow}`),
    (given, chord) =>
      change(given, (box) => moved(box, 10 * way(chord).x, 10 * way(chord).y), { isMoved: true, name: "nudge" }),
    { isEnabled: isChosen },
  ),
  command(
    "size",
    () => t("Make it 1 pixel wider, narrower, higher, lower"),
    ARROWS.map((arrow) => `Mod+${arrow}`),
    (given, chord) => change(given, (box) => grown(box, way(chord).x, way(chord).y), { name: "size" }),
    { isEnabled: isChosen },
  ),
  command(
    "size-far",
    () => t("The same by 10 pixels"),
    ARROWS.map((arrow) => `Mod+Shift+${arrow}`),
    (given, chord) => change(given, (box) => grown(box, 10 * way(chord).x, 10 * way(chord).y), { name: "size" }),
    { isEnabled: isChosen },
  ),
  command(
    "turn",
    () => t("Turn it 1 degree"),
    ["Q", "E"],
    (given, chord) => change(given, (box) => turned(box, chord === "E" ? 1 : -1), { isMoved: true, name: "turn" }),
    { isEnabled: canTurn },
  ),
  command(
    "turn-far",
    () => t("Turn it 15 degrees"),
    ["Shift+Q", "Shift+E"],
    (given, chord) =>
      change(given, (box) => turned(box, chord.endsWith("E") ? 15 : -15), { isMoved: true, name: "turn" }),
    { isEnabled: canTurn },
  ),
  command(
    "walk",
    () => t("Previous or next box"),
    ["[", "]"],
    ({ editor, asked }, chord) => {
      walkRegions(editor, asked, editor.regions(asked.key), chord === "]" ? 1 : -1);
      reveal(editor, asked);
    },
    { isEnabled: ({ editor, asked }) => editor.regions(asked.key).length > 0 },
  ),
  command(
    "copy",
    () => t("Copy the box"),
    ["Mod+C"],
    ({ editor, asked }) => {
      const region = selectedOf(editor, asked);
      if (region) copied = { box: boxOf(region), label: region.label, editor };
    },
    { isEnabled: isChosen },
  ),
  command(
    "paste",
    () => t("Paste the box"),
    ["Mod+V"],
    (given) => copied && paste(given, copied.box, copied.label, copied.editor === given.editor),
    { isEnabled: () => copied !== null },
  ),
  command(
    "paste-previous",
    () => t("Paste all boxes of the task before"),
    ["Mod+Shift+V"],
    (given) => {
      for (const region of before.get(given.asked.question.name) ?? [])
        paste(given, boxOf(region), region.label, false);
    },
    { isEnabled: ({ asked }) => before.has(asked.question.name) },
  ),
  command(
    "hide",
    () => t("Hide or show all boxes"),
    ["Shift+H"],
    ({ editor, asked, state }) => {
      const keys = editor.regions(asked.key).map(({ id }) => hiddenKey(asked, id));
      editor.hide(keys, !keys.some((key) => state.hidden.has(key)));
    },
    { isEnabled: ({ editor, asked }) => editor.regions(asked.key).length > 0 },
  ),
  command(
    "remove",
    () => t("Remove the box"),
    ["Delete", "Backspace"],
    ({ editor, asked }) => {
      const region = selectedOf(editor, asked);
      if (region) editor.removeRegion(asked, region.id);
    },
    { isEnabled: isChosen },
  ),
  command(
    "leave",
    () => t("Leave the box"),
    ["Escape"],
    ({ editor }) => editor.select(null, null),
    {
      isEnabled: ({ state }) => state.selected !== null,
    },
  ),
  command(
    "none",
    () => t("Nothing to mark"),
    ["0"],
    ({ editor, asked }) => markNone(editor, asked),
    { isEnabled: ({ editor, asked }) => allowsNone(asked) && editor.regions(asked.key).length === 0 },
  ),
];

/** On the same picture a copy stands a little aside, so that it can be seen. */
function paste(given: Drawing, box: Box, value: string | undefined, isAside: boolean): void {
  const { asked, editor } = given;
  const view = viewOf(editor, asked);
  if (!view) return;
  const step = isAside ? Math.max(1, Math.round(16 / view.snapshot().scale)) : 0;
  const labels = optionsOf(asked.question);
  const kept = labels.some((option) => option.value === value) ? value : chosenLabel(given)?.value;
  tell(given, addBox(editor, asked, moved(box, step, step), view.image, kept, true));
}

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
  useEffect(
    () => () => {
      if (editor.regions(asked.key).length > 0) before.set(asked.question.name, editor.regions(asked.key));
    },
    [editor, asked.key, asked.question.name],
  );
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
              <kbd className={isActive ? "key" : "key off"} aria-hidden="true">
                {keyAt(option, index)}
              </kbd>
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
        {state.refused && isActive ? state.refused : <Hints hasBoxes={regions.length > 0} />}
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
