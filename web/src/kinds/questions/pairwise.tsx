/** Pairwise: which of two, and by how much; each kind of tie is its own answer. */
import type { Json } from "../../api/contract";
import { defineCommand } from "../../commands/command";
import { orderOf } from "../../editor/order";
import { comparedOf } from "../../editor/parts";
import type { Asked, Editor as Store } from "../../editor/store";
import { wordOf, wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import type { AnswerProps, Given, ProposedProps, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { OptionKey } from "../parts/OptionKey";
import { OptionsForm } from "../parts/OptionsForm";
import { optionsOf } from "../parts/options";
import { ChoiceField, comparedWords, NumberField, SwitchField, withSetting } from "../parts/SettingFields";
import "../parts/pair.css";

export type Tie = "same" | "both_good" | "both_bad";
export type Preference = { winner: string; strength: number } | { tie: Tie };

/** One cell of the scale: what it says when the first shown is called A. */
export interface Cell {
  value: Preference;
  side: "A" | "B" | "middle" | "apart";
}

/**
 * The scale as it is shown: A by far … A, no difference, B … B by far. Ties that say more than "no difference" stand apart,
 * the last of them under 0.
 */
export function cellsOf(settings: Record<string, unknown>, [a, b]: readonly [string, string]): Cell[] {
  const strength = (settings.strength as number | undefined) ?? 1;
  const ties = (settings.ties as Tie[] | undefined) ?? [];
  const steps = Array.from({ length: strength }, (_, index) => index + 1);
  const first = [...steps].reverse().map((step): Cell => ({ value: { winner: a, strength: step }, side: "A" }));
  const second = steps.map((step): Cell => ({ value: { winner: b, strength: step }, side: "B" }));
  const middle = ties.filter((tie) => tie === "same").map((tie): Cell => ({ value: { tie }, side: "middle" }));
  const apart = (["both_good", "both_bad"] as const)
    .filter((tie) => ties.includes(tie))
    .map((tie): Cell => ({ value: { tie }, side: "apart" }));
  return [...first, ...middle, ...second, ...apart];
}

/** The cell that a digit picks: cells of the scale count from 1, 0 is the last of those apart. */
export function cellAt(cells: readonly Cell[], chord: string): Cell | undefined {
  if (chord === "0") return cells.findLast(({ side }) => side === "apart");
  return cells[Number(chord) - 1];
}

/** The digit printed on a cell. */
export function digitOf(cells: readonly Cell[], cell: Cell): string {
  const isLastApart = cell === cells.findLast(({ side }) => side === "apart");
  const at = cells.indexOf(cell) + 1;
  return isLastApart ? "0" : at <= 9 ? String(at) : "";
}

function wordFor({ value, side }: Cell, strength: number): string {
  if ("tie" in value) {
    if (value.tie === "same") return t("No difference");
    return value.tie === "both_good" ? t("Both good") : t("Both unusable");
  }
  if (strength === 1) return side === "A" ? t("A is better") : t("B is better");
  const isFar = value.strength === strength && strength > 1;
  const isSlight = value.strength === 1;
  if (side === "A") return isFar ? t("A, by far") : isSlight ? t("A, slightly") : t("A, clearly");
  return isFar ? t("B, by far") : isSlight ? t("B, slightly") : t("B, clearly");
}

function isSame(a: Json | undefined, b: Preference): boolean {
  if (!a || typeof a !== "object" || Array.isArray(a)) return false;
  if ("tie" in b) return a.tie === b.tie;
  return a.winner === b.winner && (a.strength ?? 1) === b.strength;
}

function cellsShown(editor: Store, asked: Asked, seed: string): Cell[] {
  const [a, b] = orderOf(editor, asked, seed);
  return a !== undefined && b !== undefined ? cellsOf(asked.question.settings ?? {}, [a, b]) : [];
}

function prefer({ asked, editor, onPicked }: Pick<AnswerProps, "asked" | "editor" | "onPicked">, cell: Cell): void {
  const was = isSame(editor.answer(asked.key)?.value, cell.value);
  editor.activate(asked.key);
  editor.setValue(asked, was ? undefined : (cell.value as unknown as Json), "prefer");
  if (!was) onPicked();
}

const preferByKey = defineCommand<Given>({
  id: "pairwise.prefer",
  title: () => t("A better … B better, both unusable"),
  context: "question:pairwise",
  keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"],
  range: "scale",
  run: (given, chord) => {
    const cell = cellAt(cellsShown(given.editor, given.asked, given.seed), chord);
    if (cell) prefer(given, cell);
  },
});

function Editor(props: AnswerProps) {
  const { asked, editor, state, seed, language, isActive } = props;
  const { settings = {}, text, name } = asked.question;
  const cells = cellsShown(editor, asked, seed);
  const strength = (settings.strength as number | undefined) ?? 1;
  const value = state.answers.get(asked.key)?.value;
  const scale = cells.filter(({ side }) => side !== "apart");
  const apart = cells.filter(({ side }) => side === "apart");
  const on = scale.find((cell) => isSame(value, cell.value));
  const walk = (event: React.KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    event.preventDefault();
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>("button")];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  };
  if (cells.length === 0) {
    return <p className="small dan">{t("There are not two to compare here. Skip the task with a reason.")}</p>;
  }
  return (
    <div>
      <div
        className="verdict-scale"
        role="radiogroup"
        tabIndex={-1}
        onKeyDown={walk}
        aria-label={wordsOf(text, language, name)}
      >
        {scale.map((cell, index) => (
          <button
            type="button"
            role="radio"
            key={digitOf(cells, cell) + cell.side}
            aria-checked={cell === on}
            tabIndex={cell === on || (!on && index === 0) ? 0 : -1}
            className={cell === on ? "on" : ""}
            onClick={() => prefer(props, cell)}
          >
            <OptionKey isActive={isActive} isPlain>
              {digitOf(cells, cell)}
            </OptionKey>
            {wordFor(cell, strength)}
          </button>
        ))}
      </div>
      {apart.length > 0 && (
        <div className="verdict-apart">
          {apart.map((cell) => (
            <Button
              size="s"
              key={digitOf(cells, cell)}
              aria-pressed={isSame(value, cell.value)}
              onClick={() => prefer(props, cell)}
            >
              {wordFor(cell, strength)}
              <OptionKey isActive={isActive} isPlain>
                {digitOf(cells, cell)}
              </OptionKey>
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}

/** In the letters under which the two stand here. */
function Proposed({ asked, editor, seed, value }: ProposedProps) {
  const cell = cellsShown(editor, asked, seed).find((each) => isSame(value, each.value));
  return cell && <span>{wordFor(cell, (asked.question.settings?.strength as number | undefined) ?? 1)}</span>;
}

function Reader({ question, answer, language }: ReadProps) {
  const value = answer.value as unknown as Preference;
  if ("tie" in value) return <span>{wordFor({ value, side: "apart" }, 1)}</span>;
  const option = optionsOf(question).find((each) => each.value === value.winner);
  const strength = (question.settings?.strength as number | undefined) ?? 1;
  return (
    <span>
      {option ? wordOf(option, language) : value.winner}
      {strength > 1 && (
        <span className="t3"> {t("by {strength} of {most}", { strength: value.strength, most: strength })}</span>
      )}
    </span>
  );
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  const put = (change: Record<string, unknown>): void => onChange(withSetting(settings, change));
  const compare = (settings.compare as string | undefined) ?? "response";
  const ties = (settings.ties as Tie[] | undefined) ?? [];
  const offer = (tie: Tie, isOn: boolean): void =>
    put({
      ties: (["same", "both_good", "both_bad"] as const).filter((each) => (each === tie ? isOn : ties.includes(each))),
    });
  return (
    <>
      <ChoiceField
        label={t("What is compared")}
        value={compare}
        options={comparedWords()}
        onChange={(next) =>
          put({ compare: next, options: next === "option" ? (settings.options ?? []) : undefined, inputs: undefined })
        }
      />
      {compare === "option" && (
        <OptionsForm
          title={t("The two")}
          options={optionsOf({ name: "", kind: "pairwise", settings })}
          onChange={(options) => put({ options })}
        />
      )}
      <NumberField
        label={t("Steps a side, 1 to 4")}
        value={settings.strength ?? 1}
        onChange={(steps) => put({ strength: Math.max(1, Math.min(steps ?? 1, 4)) })}
      />
      <SwitchField label={t("No difference")} value={ties.includes("same")} onChange={(isOn) => offer("same", isOn)} />
      <SwitchField
        label={t("Both good")}
        value={ties.includes("both_good")}
        onChange={(isOn) => offer("both_good", isOn)}
      />
      <SwitchField
        label={t("Both unusable")}
        value={ties.includes("both_bad")}
        onChange={(isOn) => offer("both_bad", isOn)}
      />
    </>
  );
}

const kind: QuestionKind = {
  name: "pairwise",
  compares: "response",
  title: () => t("Which of two"),
  place: "foot",
  Editor,
  Reader,
  Proposed,
  fits: ({ question: { settings = {} }, part }, editor, value) => {
    const [a, b] = comparedOf(settings, part, editor.parts);
    return a !== undefined && b !== undefined && cellsOf(settings, [a, b]).some((cell) => isSame(value, cell.value));
  },
  SettingsForm,
  initial: { compare: "response", strength: 3, ties: ["same", "both_bad"] },
  commands: [preferByKey],
  hint: (_settings, _value, { shuffle }) => (shuffle ? t("Which side each stands on was drawn by lot for you") : ""),
};
export default kind;
