/** Span: passages of a text, each with a label; marked by dragging or from the word cursor. */
import { IconLineDashed, IconPlus, IconRuler2, IconTrash } from "@tabler/icons-react";
import type { Item, Option } from "../../api/contract";
import { chordFor } from "../../commands/scopes";
import {
  addPiece,
  areMarkable,
  inOrder,
  onOf,
  quoteOf,
  rangesOf,
  selectedOf,
  setRange,
  settingsOf,
  textsOf,
} from "../../editor/spans";
import type { Region } from "../../editor/store";
import { textAt } from "../../editor/texts";
import { Pieces, type Snap, type Span } from "../../editor/words";
import { wordOf, wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Keys } from "../../kit/Keys";
import { colorOf } from "../colors";
import type { AnswerProps, Drawing, Passage, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { LabelBar } from "../parts/Labels";
import { NoteButton } from "../parts/NoteButton";
import { missingRegions, NoneOption } from "../parts/none";
import { OptionsForm } from "../parts/OptionsForm";
import { keyAt, optionsOf } from "../parts/options";
import { asProposed, labeledRegions, proposedRegions } from "../parts/proposed";
import { RegionRow, RegionRows } from "../parts/Regions";
import { ChoiceField, NumberField, SwitchField, withSetting } from "../parts/SettingFields";
import { addAPiece, beginPiece, commands, doubt, label, mark, remove, tell, toggleDoubt } from "../parts/span-commands";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;
const SNAPPED: Record<Snap, () => string> = {
  none: () => t("Any characters"),
  grapheme: () => t("Whole characters"),
  word: () => t("Whole words"),
  sentence: () => t("Whole sentences"),
};

function Toolbar(props: AnswerProps) {
  const { snap } = settingsOf(props.asked);
  return (
    <LabelBar {...props} onPick={(value) => label(props, value)}>
      <span className="row g6 small t3 hide-m" title={t("What a drag widens to")}>
        <IconRuler2 {...ICON} />
        {SNAPPED[snap]()}
      </span>
    </LabelBar>
  );
}

/** The spans of the text in reading order, sharing their selection with the text. */
function Editor({ asked, editor, state, language, isActive }: AnswerProps) {
  const labels = optionsOf(asked.question);
  const regions = inOrder(editor, asked);
  const last = keyAt(labels.at(-1) as Option, labels.length - 1);
  return (
    <>
      <RegionRows label={wordsOf(asked.question.text, language, asked.question.name)}>
        {regions.map((region) => (
          <RegionRow
            key={region.id}
            isOn={state.selected?.key === asked.key && state.selected.region === region.id}
            color={colorOf(labels, region.label)}
            title={quoteOf(editor, asked, region)}
            note={noteOf(labels, region, language)}
            onSelect={() => editor.select(asked.key, region.id)}
            onRemove={() => editor.removeRegion(asked, region.id)}
          />
        ))}
      </RegionRows>
      <NoneOption asked={asked} editor={editor} state={state} isActive={isActive} />
      <div className={state.refused && isActive ? "small dan regions-hint" : "small t3 regions-hint"}>
        {isActive && state.refused}
        {isActive && !state.refused && (
          <>
            <span className="row g4">
              {labels.length > 0 && <Keys chord="1" />}
              {last && labels.length > 1 && (
                <>
                  {t("to")} <Keys chord={last} />
                </>
              )}
              {t("then drag, or")} <Keys chord="ArrowRight" /> <Keys chord="Shift+ArrowRight" />
            </span>
            <span className="row g4 push">
              <Keys chord="[" /> <Keys chord="]" /> {t("walk")}
            </span>
          </>
        )}
      </div>
    </>
  );
}

/** Beside the selected span: its label, and what can be done with it. */
function Margin(given: Drawing) {
  const { asked, editor, language } = given;
  const region = selectedOf(editor, asked);
  if (!region) return null;
  const labels = optionsOf(asked.question);
  const at = labels.findIndex(({ value }) => value === region.label);
  return (
    <div className="mnote">
      <div className="row g8 mnote-head">
        <span className="sw" style={{ background: colorOf(labels, region.label) }} />
        <span className="b grow cut">{wordFor(labels, region.label, language)}</span>
        {at >= 0 && <Keys chord={keyAt(labels[at] as Option, at)} on />}
      </div>
      {settingsOf(asked).isDiscontinuous && (
        <Button
          size="s"
          look="quiet"
          icon={<IconPlus {...ICON} />}
          chord={chordFor(addAPiece as never)}
          onClick={() => beginPiece(given)}
        >
          {t("Add a piece")}
        </Button>
      )}
      <NoteButton />
      <Button
        size="s"
        look="quiet"
        icon={<IconLineDashed {...ICON} />}
        chord={chordFor(doubt as never)}
        aria-pressed={Boolean(region.unsure)}
        onClick={() => toggleDoubt(given)}
      >
        {t("Unsure of the edge")}
      </Button>
      <Button
        size="s"
        look="quiet"
        icon={<IconTrash {...ICON} />}
        chord={chordFor(remove as never)}
        onClick={() => editor.removeRegion(asked, region.id)}
      >
        {t("Remove")}
      </Button>
    </div>
  );
}

function wordFor(labels: Option[], value: string | undefined, language: string): string {
  const option = labels.find((each) => each.value === value);
  return option ? wordOf(option, language) : (value ?? t("passage"));
}

/** Its label, and whether its edges are in doubt. */
function noteOf(labels: Option[], region: Region, language: string): string {
  const label = wordFor(labels, region.label, language);
  return region.unsure ? t("{label}, unsure of the edge", { label }) : label;
}

function Reader({ question, answer, item, language }: ReadProps) {
  const labels = optionsOf(question);
  const { regions = [] } = (answer.value as { regions?: Region[] } | undefined) ?? {};
  if (regions.length === 0) return <span>{t("nothing marked")}</span>;
  return (
    <ul className="col g2">
      {regions.map((region) => (
        <li key={region.id} className="row g6">
          <span className="sw" style={{ background: colorOf(labels, region.label) }} />
          <span className="small t3 nowrap">{noteOf(labels, region, language)}</span>
          <span className="cut">{item ? quoted(item, answer.target, region) : ""}</span>
        </li>
      ))}
    </ul>
  );
}

/** The marked words, read from the item alone. */
function quoted(item: Item, target: string, region: Region): string {
  const { text, language } = textAt(item, (region.on as string | undefined) ?? target);
  const { offsets } = new Pieces(text, language);
  return rangesOf(region)
    .map(([start, end]) => offsets.slice(start, end))
    .join(" … ");
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  const put = (change: Record<string, unknown>): void => onChange(withSetting(settings, change));
  const overlap = (settings.overlap as string | undefined) ?? "allow";
  return (
    <>
      <OptionsForm
        title={t("Labels")}
        hasColors
        options={optionsOf({ name: "", kind: "span", settings })}
        onChange={(labels) => put({ labels })}
      />
      <ChoiceField
        label={t("A drag widens to")}
        value={(settings.snap as string | undefined) ?? "grapheme"}
        options={(["word", "grapheme", "sentence", "none"] as const).map((snap) => [snap, SNAPPED[snap]()])}
        onChange={(snap) => put({ snap })}
      />
      <ChoiceField
        label={t("Spans may")}
        value={overlap}
        options={[
          ["allow", t("overlap freely")],
          ["nest", t("lie inside each other, not cross")],
          ["forbid", t("not overlap")],
        ]}
        onChange={(next) =>
          put({
            overlap: next === "allow" ? undefined : next,
            overlap_among: next === "allow" ? undefined : settings.overlap_among,
          })
        }
      />
      {overlap !== "allow" && (
        <SwitchField
          label={t("Only among spans of the same label")}
          value={settings.overlap_among === "same_label"}
          onChange={(isSame) => put({ overlap_among: isSame ? "same_label" : undefined })}
        />
      )}
      <SwitchField
        label={t("A span may have several pieces")}
        value={settings.discontinuous}
        onChange={(discontinuous) => put({ discontinuous: discontinuous || undefined })}
      />
      <div className="row g12">
        <NumberField label={t("At least")} value={settings.min} onChange={(min) => put({ min })} />
        <NumberField label={t("At most")} value={settings.max} onChange={(max) => put({ max })} />
      </div>
    </>
  );
}

const kind: QuestionKind = {
  name: "span",
  needs: "text",
  title: () => t("Passages of a text"),
  place: "panel",
  Editor,
  Toolbar,
  onText: {
    covers: (asked, editor, address) => asked.question.kind === "span" && textsOf(editor, asked).includes(address),
    passages: ({ asked, editor, language }, address) => {
      const labels = optionsOf(asked.question);
      const passagesOf = (regions: readonly Region[]): Passage[] =>
        regions
          .filter((region) => onOf(asked, region) === address)
          .flatMap((region) =>
            rangesOf(region).map((range) => ({
              id: region.id,
              range,
              color: colorOf(labels, region.label),
              word: labels.length ? wordFor(labels, region.label, language) : "",
              isUnsure: Boolean(region.unsure),
            })),
          );
      const proposed = passagesOf(proposedRegions(editor, asked, kind));
      return [
        ...passagesOf(editor.regions(asked.key)),
        ...proposed.map((passage) => ({ ...passage, word: asProposed(passage.word), isProposed: true })),
      ];
    },
    onDrag: (given, address, range, isMore) => {
      const region =
        isMore && settingsOf(given.asked).isDiscontinuous ? selectedOf(given.editor, given.asked) : undefined;
      given.editor.activate(given.asked.key);
      if (region) tell(given.editor, addPiece(given.editor, given.asked, region, address, range));
      else mark(given, address, range);
    },
    onMoveEnd: ({ asked, editor }, address, passage, range) => {
      const region = editor.regions(asked.key).find(({ id }) => id === passage.id);
      const snapped = editor.pieces(address).snap(range, settingsOf(asked).snap);
      const index = region
        ? rangesOf(region).findIndex(([start, end]) => start === passage.range[0] || end === passage.range[1])
        : -1;
      if (region && snapped && index >= 0)
        tell(editor, setRange(editor, asked, region, index, snapped as Span, `move ${region.id}`));
    },
    Margin,
  },
  regionWord: (asked, editor, id) => {
    const region = editor.regions(asked.key).find((each) => each.id === id);
    return region ? quoteOf(editor, asked, region) : "";
  },
  Reader,
  fits: (asked, editor, value) => {
    const regions = labeledRegions(value, optionsOf(asked.question));
    return regions !== null && areMarkable(editor, asked, regions);
  },
  SettingsForm,
  initial: { labels: [{ value: "name", text: "Name" }], snap: "word" },
  tests: ["has", "count"],
  commands,
  missing: missingRegions,
  hint: (_, value) => {
    const count = (value as { regions?: unknown[] } | undefined)?.regions?.length ?? 0;
    return t("{count, plural, one {# span} other {# spans}}", { count });
  },
};
export default kind;
