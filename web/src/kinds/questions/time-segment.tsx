/** Time segment: stretches of a recording, each with a label; dragged over its curve, or begun and ended where it plays. */
import { useEffect } from "react";
import type { Item } from "../../api/contract";
import { areStretches, channelsOf, lengthFor, settingsOf } from "../../editor/segments";
import type { Region } from "../../editor/store";
import { stretchClock } from "../../editor/timeline";
import { wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import { colorOf } from "../colors";
import type { AnswerProps, Drawing, LaneProps, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { missingRegions } from "../parts/none";
import { OptionsForm } from "../parts/OptionsForm";
import { optionsOf } from "../parts/options";
import { asProposed, labeledRegions, proposedRegions } from "../parts/proposed";
import { Hint, RegionList, RegionPanel, regionWordWith, wordFor } from "../parts/RegionPanel";
import { hiddenKey, selectedOf } from "../parts/region-tools";
import { ChoiceField, NumberField, SwitchField, withSetting } from "../parts/SettingFields";
import { type Stretch, StretchLane } from "../parts/StretchLane";
import { change, commands, mark, stretchOf } from "../parts/segment-commands";

const one = (): string => t("segment");
const EVERYWHERE = { x: 0, y: 0, width: 0, height: 0 };

function Editor(props: AnswerProps) {
  const { asked, editor } = props;
  const rate = lengthFor(editor, asked)?.rate ?? 1;
  const regions = editor.regions(asked.key);
  const region = selectedOf(editor, asked);
  return (
    <RegionPanel
      {...props}
      title={t("Segments")}
      word={one()}
      note={(each) => stretchClock(stretchOf(each), rate)}
      envelope={() => EVERYWHERE}
      hints={<Hints hasSegments={regions.length > 0} isChosen={region !== undefined} />}
    >
      {region && settingsOf(asked).hasChannels && (
        <ChoiceField
          label={t("Channel")}
          value={stretchOf(region).channel ?? ""}
          options={channelsOf(editor, asked).map((each) => [each, each] as const)}
          onChange={(channel) => change({ ...props }, region.id, { channel })}
        />
      )}
    </RegionPanel>
  );
}

function Hints({ hasSegments, isChosen }: { hasSegments: boolean; isChosen: boolean }) {
  if (isChosen) {
    return (
      <>
        <Hint keys={["Enter"]}>{t("play it")}</Hint>
        <Hint keys={["I", "O"]}>{t("its ends here")}</Hint>
        <Hint keys={["ArrowLeft", "ArrowRight"]} isLast>
          {t("10 ms")}
        </Hint>
      </>
    );
  }
  return (
    <>
      <span className="row g4">
        {t("Drag, or")} <Hint keys={["I"]}>{t("where it begins")}</Hint> <Hint keys={["O"]}>{t("where it ends")}</Hint>
      </span>
      {hasSegments && (
        <Hint keys={["[", "]"]} isLast>
          {t("walk")}
        </Hint>
      )}
    </>
  );
}

function Lane(given: LaneProps) {
  const { asked, editor, state, language, timeline } = given;
  const selected = state.selected?.key === asked.key ? state.selected.region : null;
  const chosen = selectedOf(editor, asked);
  // What keys chose is shown, wherever in the recording it lies.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each choice, not while it is moved
  useEffect(() => {
    if (chosen) timeline.reveal(stretchOf(chosen).start, stretchOf(chosen).end);
  }, [selected]);
  const proposed = proposedRegions(editor, asked, kind).map((region) => {
    const bar = barOf(given, region);
    return { ...bar, id: `proposed ${bar.id}`, word: asProposed(bar.word), isProposed: true };
  });
  return (
    <StretchLane
      timeline={timeline}
      label={wordsOf(asked.question.text, language, asked.question.name)}
      stretches={[...shownOf(given).map((region) => barOf(given, region)), ...proposed]}
      selected={selected}
      onSelect={(id) => {
        editor.activate(asked.key);
        editor.select(asked.key, id);
      }}
      onChange={(id, start, end) => change(given, id, { start, end })}
    />
  );
}

function shownOf({ asked, editor, state }: Drawing): Region[] {
  return editor.regions(asked.key).filter(({ id }) => !state.hidden.has(hiddenKey(asked, id)));
}

function barOf({ asked, language }: Drawing, region: Region): Stretch {
  const labels = optionsOf(asked.question);
  const word = wordFor(labels, region.label, language, one());
  return { ...stretchOf(region), word, color: colorOf(labels, region.label) };
}

function Reader(props: ReadProps) {
  const rate = rateOf(props.item, props.answer.target);
  return <RegionList {...props} word={one()} note={(region) => noteOf(region, rate)} />;
}

function noteOf(region: Region, rate: number): string {
  const { channel, ...stretch } = stretchOf(region);
  const clock = stretchClock(stretch, rate);
  return channel ? `${clock} · ${channel}` : clock;
}

/** Ticks a second of the recording that an answer is about. */
function rateOf(item: Item | null, target: string): number {
  const rate = item?.inputs[target.split("/")[0] ?? ""]?.media?.sample_rate;
  return typeof rate === "number" ? rate : 1;
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  const put = (change: Record<string, unknown>): void => onChange(withSetting(settings, change));
  return (
    <>
      <OptionsForm
        title={t("Labels")}
        hasColors
        options={optionsOf({ name: "", kind: "time_segment", settings })}
        onChange={(labels) => put({ labels })}
      />
      <ChoiceField
        label={t("Segments may")}
        value={(settings.overlap as string | undefined) ?? "allow"}
        options={[
          ["allow", t("overlap freely")],
          ["between_labels", t("overlap those of other labels")],
          ["forbid", t("not overlap")],
        ]}
        onChange={(overlap) => put({ overlap: overlap === "allow" ? undefined : overlap })}
      />
      <SwitchField
        label={t("A segment may be a single moment")}
        value={settings.points}
        onChange={(points) => put({ points: points || undefined })}
      />
      <SwitchField
        label={t("Each segment names its channel")}
        value={settings.channels}
        onChange={(channels) => put({ channels: channels || undefined })}
      />
      <div className="row g12">
        <NumberField label={t("At least")} value={settings.min} onChange={(min) => put({ min })} />
        <NumberField label={t("At most")} value={settings.max} onChange={(max) => put({ max })} />
      </div>
      <div className="row g12">
        <NumberField label={t("Shortest, ms")} value={settings.min_ms} onChange={(min_ms) => put({ min_ms })} />
        <NumberField label={t("Longest, ms")} value={settings.max_ms} onChange={(max_ms) => put({ max_ms })} />
      </div>
    </>
  );
}

const kind: QuestionKind = {
  name: "time_segment",
  needs: "time",
  title: () => t("Segments of a recording"),
  place: "panel",
  Editor,
  onTime: { Lane, marked: (given) => shownOf(given).map((region) => barOf(given, region)), onDrag: mark },
  regionWord: regionWordWith(one),
  Reader,
  fits: (asked, editor, value) => {
    const regions = labeledRegions(value, optionsOf(asked.question));
    return regions !== null && areStretches(editor, asked, regions);
  },
  SettingsForm,
  initial: { labels: [{ value: "speech", text: "Speech" }] },
  tests: ["has", "count"],
  commands,
  missing: missingRegions,
  hint: (_, value) => {
    const count = (value as { regions?: unknown[] } | undefined)?.regions?.length ?? 0;
    return t("{count, plural, one {# segment} other {# segments}}", { count });
  },
};
export default kind;
