/** The panel of a question that draws on a picture: its labels with their counts, and its regions in the order they were made. */
import { type ReactNode, useEffect } from "react";
import type { Option } from "../../api/contract";
import type { Region } from "../../editor/store";
import type { Point, Size } from "../../editor/viewport";
import { wordOf, wordsOf } from "../../editor/words-of";
import { number, t } from "../../i18n";
import { Keys } from "../../kit/Keys";
import { colorOf } from "../colors";
import type { AnswerProps, Drawing, QuestionKind, ReadProps } from "../kind";
import { chosenLabel } from "./Labels";
import { NoneOption } from "./none";
import { OptionKey } from "./OptionKey";
import { keyAt, optionsOf } from "./options";
import { RegionRow, RegionRows } from "./Regions";
import { label, remember } from "./region-commands";
import { hiddenKey, reveal, selectedOf } from "./region-tools";

interface RegionPanelProps extends AnswerProps {
  /** What the list of regions is called. */
  title: string;
  /** A region without a label. */
  word: string;
  note: (region: Region) => string;
  envelope: (region: Region) => Point & Size;
  /** What keys and the hand do next. */
  hints: ReactNode;
  /** What a click on a label does; without, it names the selected region, or the next. */
  onLabel?: (value: string) => void;
  children?: ReactNode;
}

export function RegionPanel(props: RegionPanelProps) {
  const { asked, editor, state, language, isActive, word, note, envelope, hints } = props;
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
              onClick={() => (props.onLabel ? props.onLabel(option.value) : label(given, option.value))}
            >
              <OptionKey isActive={isActive}>{keyAt(option, index)}</OptionKey>
              <span className="sw" style={{ background: colorOf(labels, option.value) }} />
              <span className="grow cut">{wordOf(option, language)}</span>
              <span className="small t3 num">{count > 0 && number(count)}</span>
            </button>
          );
        })}
      </div>
      {props.children}
      <RegionRows label={props.title}>
        {regions.map((region, index) => {
          const isHidden = state.hidden.has(hiddenKey(asked, region.id));
          return (
            <RegionRow
              key={region.id}
              isOn={state.selected?.key === asked.key && state.selected.region === region.id}
              color={colorOf(labels, region.label)}
              number={index + 1}
              title={wordFor(labels, region.label, language, word)}
              note={note(region)}
              onSelect={() => {
                editor.select(asked.key, region.id);
                reveal(editor, asked, envelope);
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
        {isActive && (state.refused ?? hints)}
      </div>
    </>
  );
}

/** A hint: keys and what they do. */
export function Hint({ keys, children, isLast }: { keys: readonly string[]; children: ReactNode; isLast?: boolean }) {
  return (
    <span className={isLast ? "row g4 push" : "row g4"}>
      {keys.map((chord) => (
        <Keys key={chord} chord={chord} />
      ))}{" "}
      {children}
    </span>
  );
}

export function wordFor(labels: Option[], value: string | undefined, language: string, plain: string): string {
  const option = labels.find((each) => each.value === value);
  return option ? wordOf(option, language) : (value ?? plain);
}

/** The colour of a region by its label; of the next one, where there is none yet. */
export function labelColor(drawing: Pick<Drawing, "asked" | "state">, region: Region | null): string {
  return colorOf(optionsOf(drawing.asked.question), region?.label ?? chosenLabel(drawing)?.value ?? "");
}

/** Pixels as people read them. */
export function whole(pixels: number): string {
  return number(pixels, { maximumFractionDigits: 0, useGrouping: false });
}

/** A number and a word: what other questions call a region. */
export function regionWordWith(word: () => string): NonNullable<QuestionKind["regionWord"]> {
  return (asked, editor, id, language) => {
    const regions = editor.regions(asked.key);
    const at = regions.findIndex((each) => each.id === id);
    return `${at + 1} ${wordFor(optionsOf(asked.question), regions[at]?.label, language, word())}`;
  };
}

/** An answer as a list of its regions. */
export function RegionList({
  question,
  answer,
  language,
  word,
  note,
}: ReadProps & Pick<RegionPanelProps, "word" | "note">) {
  const labels = optionsOf(question);
  const { regions = [] } = (answer.value as { regions?: Region[] } | undefined) ?? {};
  if (regions.length === 0) return <span>{t("nothing marked")}</span>;
  return (
    <ul className="col g2">
      {regions.map((region) => (
        <li key={region.id} className="row g6">
          <span className="sw" style={{ background: colorOf(labels, region.label) }} />
          <span>{wordFor(labels, region.label, language, word)}</span>
          <span className="small t3 num">{note(region)}</span>
        </li>
      ))}
    </ul>
  );
}
