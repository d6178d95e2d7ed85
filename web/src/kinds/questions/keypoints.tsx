/** Keypoints: the named points of a skeleton on each thing in a picture; each seen, hidden or absent. */
import { IconHandStop, IconPlus, IconPointer, IconStretching, IconTrash } from "@tabler/icons-react";
import type { Option, Question } from "../../api/contract";
import { chordFor } from "../../commands/scopes";
import {
  areWhole,
  mayHide,
  type Pairs,
  type Placed,
  type Points,
  pointsIn,
  type Skeleton,
  skeletonIn,
  skeletonOf,
} from "../../editor/skeletons";
import type { Region } from "../../editor/store";
import { wordOf } from "../../editor/words-of";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { IconButton } from "../../kit/IconButton";
import type { AnswerProps, LayerProps, QuestionKind, SettingsProps } from "../kind";
import { ICON } from "../parts/box-kind";
import { useEditedLanguage } from "../parts/language";
import { missingRegions } from "../parts/none";
import { OptionsForm } from "../parts/OptionsForm";
import { optionsOf } from "../parts/options";
import { isSetting } from "../parts/path-commands";
import { labeledRegions, proposedRegions } from "../parts/proposed";
import { RailButton } from "../parts/RailButton";
import { Hint, labelColor, RegionList, RegionPanel, regionWordWith, wordFor } from "../parts/RegionPanel";
import { pictureOf, selectedOf, take } from "../parts/region-tools";
import { NumberField, SwitchField, withSetting } from "../parts/SettingFields";
import { SkeletonLayer } from "../parts/SkeletonLayer";
import { heldName, hold, nextName, settledOf, skeletonCommands, skeletonTool } from "../parts/skeleton-commands";

const made = skeletonCommands("keypoints");
const one = (): string => t("thing");

function wordOfState(placed: Placed | undefined): string {
  if (!placed) return t("absent");
  return placed[2] === "occluded" ? t("hidden") : t("seen");
}

/** How many of its points are placed. */
function note(region: Region): string {
  const every = Object.values(pointsIn(region));
  const placed = every.filter((each) => each !== null).length;
  const count = every.length;
  return t("{placed} of {count, plural, one {# point} other {# points}}", { placed, count });
}

function Editor(props: AnswerProps) {
  const { editor, asked } = props;
  return (
    <RegionPanel
      {...props}
      title={t("Things with points")}
      word={one()}
      note={note}
      envelope={made.envelope}
      hints={
        <Hints
          isSetting={isSetting(props)}
          canHide={mayHide(asked)}
          hasRegions={editor.regions(asked.key).length > 0}
        />
      }
    >
      <PointRows {...props} />
    </RegionPanel>
  );
}

/** The points of what is being set, or of the selected thing: the one that is next or held stands out. */
function PointRows({ editor, asked, language }: AnswerProps) {
  const region = selectedOf(editor, asked);
  const isOpen = isSetting({ editor, asked });
  if (!region && !isOpen) return null;
  const set = new Map<string, Placed>(
    isOpen ? settledOf({ editor, asked }) : Object.entries(pointsIn(region as Region)),
  );
  const now = isOpen ? nextName({ editor, asked }) : heldName({ editor, asked });
  return (
    <div className="label-rows" role="toolbar" aria-label={t("Points")} aria-orientation="vertical">
      {skeletonOf(asked).points.map((point) => (
        <button
          type="button"
          key={point.value}
          className={point.value === now ? "label-row on" : "label-row"}
          aria-pressed={point.value === now}
          disabled={isOpen}
          onClick={() => region && hold({ editor, asked }, region, point.value)}
        >
          <span className="grow cut">{wordOf(point, language)}</span>
          <span className="small t3">
            {set.has(point.value) ? wordOfState(set.get(point.value)) : point.value === now && t("next")}
          </span>
        </button>
      ))}
    </div>
  );
}

function Hints({ isSetting, canHide, hasRegions }: { isSetting: boolean; canHide: boolean; hasRegions: boolean }) {
  if (isSetting) {
    return (
      <>
        {canHide && <Hint keys={["O"]}>{t("hidden")}</Hint>}
        {canHide && <Hint keys={["U"]}>{t("absent")}</Hint>}
        <Hint keys={["Backspace"]} isLast>
          {t("take back")}
        </Hint>
      </>
    );
  }
  if (!hasRegions) {
    return (
      <span className="row g4">
        {t("Click point by point, or")} <Hint keys={[chordFor(made.set as never) ?? ""]}>{t("with arrows")}</Hint>
      </span>
    );
  }
  return (
    <>
      <Hint keys={["J"]}>{t("points")}</Hint>
      {canHide && <Hint keys={["O"]}>{t("hidden")}</Hint>}
      <Hint keys={["[", "]"]} isLast>
        {t("walk")}
      </Hint>
    </>
  );
}

function Rail(props: LayerProps) {
  const { asked, editor } = props;
  const tool = skeletonTool(props);
  const every = [
    ["select", t("Select"), made.hands.select, IconPointer],
    ["path", t("Points"), made.set, IconStretching],
    ["hand", t("Move the view"), made.hands.hand, IconHandStop],
  ] as const;
  return every.map(([each, name, by, Icon]) => (
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

function Layer(props: LayerProps) {
  return (
    <SkeletonLayer
      {...props}
      colorFor={(region) => labelColor(props, region)}
      wordFor={(region) => wordFor(optionsOf(props.asked.question), region.label, props.language, one())}
      proposed={proposedRegions(props.editor, props.asked, kind)}
    />
  );
}

/** Each point by name and how it is seen. */
function fullNote(question: Question, language: string): (region: Region) => string {
  const names = skeletonIn(question.settings).points;
  return (region) => {
    const points: Points = pointsIn(region);
    return names
      .filter(({ value }) => points[value] !== undefined)
      .map((point) => `${wordOf(point, language)} ${wordOfState(points[point.value])}`)
      .join(", ");
  };
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  const put = (change: Record<string, unknown>): void => onChange(withSetting(settings, change));
  const skeleton = skeletonIn(settings);
  const set = (change: Partial<Skeleton>): void => {
    const next = { ...(settings.skeleton as object), ...skeleton, ...change };
    const known = new Set(next.points.map(({ value }) => value));
    const kept = (pairs: Pairs): Pairs => pairs.filter((pair) => pair.every((end) => known.has(end)));
    put({ skeleton: { ...next, edges: kept(next.edges), mirror: kept(next.mirror) } });
  };
  return (
    <>
      <OptionsForm
        title={t("Labels")}
        hasColors
        options={optionsOf({ name: "", kind: "keypoints", settings })}
        onChange={(labels) => put({ labels: labels.length > 0 ? labels : undefined })}
      />
      <OptionsForm
        title={t("Points, in the order in which they are set")}
        hasKeys={false}
        options={[...skeleton.points]}
        onChange={(points) => set(withNames(skeleton, points))}
      />
      <PairsForm
        title={t("Joined by a line")}
        add={t("Add a line")}
        points={skeleton.points}
        pairs={skeleton.edges}
        onChange={(edges) => set({ edges })}
      />
      <PairsForm
        title={t("Left and right of each other")}
        add={t("Add a pair")}
        points={skeleton.points}
        pairs={skeleton.mirror}
        onChange={(mirror) => set({ mirror })}
      />
      <SwitchField
        label={t("Points may be hidden or absent")}
        value={settings.visibility !== false}
        onChange={(visibility) => put({ visibility: visibility ? undefined : false })}
      />
      <div className="row g12">
        <NumberField label={t("At least")} value={settings.min} onChange={(min) => put({ min })} />
        <NumberField label={t("At most")} value={settings.max} onChange={(max) => put({ max })} />
      </div>
    </>
  );
}

/** A skeleton with other points; pairs follow a point that is called otherwise now. */
function withNames({ points, edges, mirror }: Skeleton, next: Option[]): Skeleton {
  const before = points.map(({ value }) => value);
  const isReordered = next.every(({ value }) => before.includes(value));
  const names = new Map(
    next.length === before.length && !isReordered ? before.map((name, at) => [name, next[at]?.value]) : [],
  );
  const called = (pairs: Pairs): Pairs => pairs.map(([a, b]) => [names.get(a) ?? a, names.get(b) ?? b] as const);
  return { points: next, edges: called(edges), mirror: called(mirror) };
}

interface PairsFormProps {
  title: string;
  add: string;
  points: readonly Option[];
  pairs: Pairs;
  onChange: (pairs: Pairs) => void;
}

function PairsForm({ title, add, points, pairs, onChange }: PairsFormProps) {
  const { edited } = useEditedLanguage();
  const end = (pair: readonly [string, string], index: number, side: 0 | 1) => (
    <select
      className="input s grow"
      aria-label={side === 0 ? t("{title}: from", { title }) : t("{title}: to", { title })}
      value={pair[side]}
      onChange={({ target }) =>
        onChange(
          pairs.map((each, at) =>
            at !== index ? each : side === 0 ? ([target.value, each[1]] as const) : ([each[0], target.value] as const),
          ),
        )
      }
    >
      {points.map((point) => (
        <option key={point.value} value={point.value}>
          {wordOf(point, edited)}
        </option>
      ))}
    </select>
  );
  const [first, second] = points;
  return (
    <fieldset className="col g6">
      <legend className="b">{title}</legend>
      {pairs.map((pair, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a pair has no identity but its place
        <div className="row g6" key={index}>
          {end(pair, index, 0)}
          <span aria-hidden="true">–</span>
          {end(pair, index, 1)}
          <IconButton name={t("Remove it")} onClick={() => onChange(pairs.filter((_, at) => at !== index))}>
            <IconTrash size={14} stroke={1.75} aria-hidden />
          </IconButton>
        </div>
      ))}
      <Button
        size="s"
        disabled={!second}
        onClick={() => first && second && onChange([...pairs, [first.value, second.value]])}
      >
        <IconPlus size={14} stroke={1.75} aria-hidden /> {add}
      </Button>
    </fieldset>
  );
}

const kind: QuestionKind = {
  name: "keypoints",
  title: () => t("Points of a skeleton in a picture"),
  place: "panel",
  needs: "pixels",
  Editor,
  Layer,
  Rail,
  regionWord: regionWordWith(one),
  Reader: (props) => <RegionList {...props} word={one()} note={fullNote(props.question, props.language)} />,
  fits: (asked, editor, value) => {
    const regions = labeledRegions(value, optionsOf(asked.question));
    return regions?.every(({ points }) => areWhole(asked, points, pictureOf(asked, editor))) ?? false;
  },
  SettingsForm,
  initial: {
    skeleton: {
      points: [
        { value: "head", text: "Head" },
        { value: "left_hand", text: "Left hand" },
        { value: "right_hand", text: "Right hand" },
      ],
      edges: [
        ["head", "left_hand"],
        ["head", "right_hand"],
      ],
      mirror: [["left_hand", "right_hand"]],
    },
  },
  tests: ["has", "count"],
  commands: made.commands,
  missing: missingRegions,
  hint: (_, value) => {
    const count = (value as { regions?: unknown[] } | undefined)?.regions?.length ?? 0;
    return t("{count, plural, one {# thing} other {# things}}", { count });
  },
};
export default kind;
