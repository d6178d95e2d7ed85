/** Ranking: from best to worst, with ties where they are offered. */
import { IconArrowDown, IconArrowUp, IconEqual } from "@tabler/icons-react";
import { useState } from "react";
import type { Json } from "../../api/contract";
import { defineCommand } from "../../commands/command";
import { letterAt, orderOf } from "../../editor/order";
import { comparedOf } from "../../editor/parts";
import type { Asked, Editor as Store } from "../../editor/store";
import { wordOf } from "../../editor/words-of";
import { t } from "../../i18n";
import { IconButton } from "../../kit/IconButton";
import type { AnswerProps, Given, ProposedProps, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { OptionKey } from "../parts/OptionKey";
import { OptionsForm } from "../parts/OptionsForm";
import { optionsOf } from "../parts/options";
import { ChoiceField, comparedWords, NumberField, SwitchField, withSetting } from "../parts/SettingFields";

export interface Ranked {
  groups: string[][];
  unranked?: string[];
}

/** Puts one a place up (-1) or down (1). In a tie it first leaves the tie on that side. */
export function moved({ groups, unranked }: Ranked, name: string, step: 1 | -1): Ranked {
  const at = groups.findIndex((group) => group.includes(name));
  const group = groups[at];
  if (!group) return { groups, unranked };
  const next = groups.map((each) => [...each]);
  if (group.length > 1) {
    next[at] = group.filter((each) => each !== name);
    next.splice(step === 1 ? at + 1 : at, 0, [name]);
  } else {
    const to = at + step;
    if (to < 0 || to >= next.length) return { groups, unranked };
    next.splice(at, 1);
    next.splice(to, 0, group);
  }
  return { groups: next, unranked };
}

/** Ties one with the group above it. */
export function tied({ groups, unranked }: Ranked, name: string): Ranked {
  const at = groups.findIndex((group) => group.includes(name));
  if (at <= 0) return { groups, unranked };
  const next = groups.map((group) => group.filter((each) => each !== name));
  next[at - 1] = [...(next[at - 1] ?? []), name];
  return { groups: next.filter((group) => group.length > 0), unranked };
}

/** Places the next one that has no place yet: the order in which they are named is the order of merit. */
export function placed({ groups, unranked = [] }: Ranked, name: string): Ranked {
  if (!unranked.includes(name)) return { groups, unranked };
  return { groups: [...groups, [name]], unranked: unranked.filter((each) => each !== name) };
}

function namesOf(editor: Store, asked: Asked, seed: string): string[] {
  return orderOf(editor, asked, seed);
}

function rankedOf(editor: Store, asked: Asked, seed: string): Ranked {
  const value = editor.answer(asked.key)?.value as Ranked | undefined;
  return value ?? { groups: [], unranked: namesOf(editor, asked, seed) };
}

/** Stores a ranking; the last one without a place takes the last place by itself. */
function put(editor: Store, asked: Asked, ranked: Ranked): void {
  const [last] = ranked.unranked ?? [];
  const isNearlyWhole =
    ranked.unranked?.length === 1 &&
    last !== undefined &&
    !asked.question.settings?.partial &&
    !asked.question.settings?.top;
  const whole = isNearlyWhole ? placed(ranked, last) : ranked;
  const value = whole.unranked?.length ? whole : { groups: whole.groups };
  editor.activate(asked.key);
  editor.setValue(asked, whole.groups.length ? (value as unknown as Json) : undefined, "rank");
}

const chosen = new WeakMap<Store, string>();

const place = defineCommand<Given>({
  id: "ranking.place",
  title: () => t("Give the next place, by number"),
  context: "question:ranking",
  keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"],
  range: "replies",
  run: ({ editor, asked, seed }, chord) => {
    const name = namesOf(editor, asked, seed)[Number(chord) - 1];
    if (!name) return;
    chosen.set(editor, name);
    put(editor, asked, placed(rankedOf(editor, asked, seed), name));
  },
});
const walk = defineCommand<Given>({
  id: "ranking.walk",
  title: () => t("Walk the ranking"),
  context: "question:ranking",
  keys: ["J", "K"],
  run: ({ editor, asked, seed }, chord) => {
    const names = rankedOf(editor, asked, seed).groups.flat();
    const at = names.indexOf(chosen.get(editor) ?? "");
    const name = names[Math.max(0, Math.min(names.length - 1, at + (chord === "J" ? 1 : -1)))];
    if (name) chosen.set(editor, name);
    editor.activate(asked.key);
    editor.select(null, null);
  },
});
const move = defineCommand<Given>({
  id: "ranking.move",
  title: () => t("Move up or down"),
  context: "question:ranking",
  keys: ["Shift+ArrowUp", "Shift+ArrowDown"],
  run: ({ editor, asked, seed }, chord) => {
    const name = chosen.get(editor);
    if (name) put(editor, asked, moved(rankedOf(editor, asked, seed), name, chord.endsWith("Up") ? -1 : 1));
  },
});
const tie = defineCommand<Given>({
  id: "ranking.tie",
  title: () => t("As good as the one above"),
  context: "question:ranking",
  keys: ["="],
  isEnabled: ({ asked }) => Boolean(asked.question.settings?.ties),
  run: ({ editor, asked, seed }) => {
    const name = chosen.get(editor);
    if (name) put(editor, asked, tied(rankedOf(editor, asked, seed), name));
  },
});

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

function Editor({ asked, editor, seed, language, isActive }: AnswerProps) {
  const names = namesOf(editor, asked, seed);
  const ranked = rankedOf(editor, asked, seed);
  const [, redraw] = useState(0);
  const hasTies = Boolean(asked.question.settings?.ties);
  const wordFor = (name: string): string => shownWord(asked, names, name, language);
  const act = (name: string, change: Ranked): void => {
    chosen.set(editor, name);
    put(editor, asked, change);
    redraw((count) => count + 1);
  };
  return (
    <div className="col g6">
      <ol className="col g4" aria-label={t("From best to worst")}>
        {ranked.groups.map((group, index) =>
          group.map((name) => (
            <li key={name} className={isActive && chosen.get(editor) === name ? "opt on" : "opt"}>
              <span className="num t3" style={{ width: 22 }}>
                {index + 1}.
              </span>
              <span className="grow cut">{wordFor(name)}</span>
              {hasTies && (
                <IconButton
                  name={t("As good as the one above")}
                  chord="="
                  onClick={() => act(name, tied(ranked, name))}
                >
                  <IconEqual {...ICON} />
                </IconButton>
              )}
              <IconButton
                name={t("Move {name} up", { name: wordFor(name) })}
                onClick={() => act(name, moved(ranked, name, -1))}
              >
                <IconArrowUp {...ICON} />
              </IconButton>
              <IconButton
                name={t("Move {name} down", { name: wordFor(name) })}
                onClick={() => act(name, moved(ranked, name, 1))}
              >
                <IconArrowDown {...ICON} />
              </IconButton>
            </li>
          )),
        )}
      </ol>
      {(ranked.unranked?.length ?? 0) > 0 && (
        <>
          <div className="small t3">{t("Name the best first, then the next")}</div>
          {ranked.unranked?.map((name) => (
            <button type="button" className="opt" key={name} onClick={() => act(name, placed(ranked, name))}>
              <span className="grow cut">{wordFor(name)}</span>
              <OptionKey isActive={isActive}>{names.indexOf(name) + 1}</OptionKey>
            </button>
          ))}
        </>
      )}
    </div>
  );
}

/** What one of them is called here: its option's words, or the letter under which it stands. */
function shownWord({ question }: Asked, names: readonly string[], name: string, language: string): string {
  const option = optionsOf(question).find(({ value }) => value === name);
  return option ? wordOf(option, language) : t("Reply {letter}", { letter: letterAt(names.indexOf(name)) });
}

/** The same names, each once; ties where they are offered. How many may lack a place is for `missing` to say. */
function fits({ question: { settings = {} }, part }: Asked, editor: Store, value: Json): boolean {
  if (!value || typeof value !== "object" || Array.isArray(value) || !Array.isArray(value.groups)) return false;
  const { groups, unranked = [] } = value as { groups: Json[]; unranked?: Json };
  if (!Array.isArray(unranked) || !groups.every((group) => Array.isArray(group) && group.length > 0)) return false;
  const hasTie = (groups as Json[][]).some((group) => group.length > 1);
  const given = [...(groups as Json[][]).flat(), ...unranked];
  const names = comparedOf(settings, part, editor.parts);
  const isWhole = new Set(given).size === given.length && given.length === names.length;
  return isWhole && (!hasTie || Boolean(settings.ties)) && given.every((name) => names.includes(name as string));
}

function Proposed({ asked, editor, seed, language, value }: ProposedProps) {
  const names = namesOf(editor, asked, seed);
  const { groups, unranked = [] } = value as unknown as Ranked;
  const wordFor = (name: string): string => shownWord(asked, names, name, language);
  return (
    <span>
      {groups.map((group) => group.map(wordFor).join(" = ")).join(" › ")}
      {unranked.length > 0 && <span className="t3"> ({unranked.map(wordFor).join(", ")})</span>}
    </span>
  );
}

function Reader({ question, answer, language }: ReadProps) {
  const { groups = [], unranked = [] } = (answer.value as unknown as Ranked) ?? {};
  const options = optionsOf(question);
  const wordFor = (name: string): string => {
    const option = options.find(({ value }) => value === name);
    return option ? wordOf(option, language) : name;
  };
  return (
    <span>
      {groups.map((group) => group.map(wordFor).join(" = ")).join(" › ")}
      {unranked.length > 0 && <span className="t3"> ({unranked.map(wordFor).join(", ")})</span>}
    </span>
  );
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  const put = (change: Record<string, unknown>): void => onChange(withSetting(settings, change));
  const compare = (settings.compare as string | undefined) ?? "response";
  return (
    <>
      <ChoiceField
        label={t("What is ranked")}
        value={compare}
        options={comparedWords()}
        onChange={(next) => put({ compare: next, options: next === "option" ? (settings.options ?? []) : undefined })}
      />
      {compare === "option" && (
        <OptionsForm
          title={t("Options")}
          options={optionsOf({ name: "", kind: "ranking", settings })}
          onChange={(options) => put({ options })}
        />
      )}
      <SwitchField label={t("Ties are allowed")} value={settings.ties} onChange={(ties) => put({ ties })} />
      <SwitchField
        label={t("Some may stay without a place")}
        value={settings.partial}
        onChange={(partial) => put({ partial })}
      />
      <NumberField label={t("Only the first")} value={settings.top} onChange={(top) => put({ top })} />
    </>
  );
}

const kind: QuestionKind = {
  name: "ranking",
  compares: "response",
  title: () => t("Order from best to worst"),
  place: "panel",
  Editor,
  Reader,
  Proposed,
  fits,
  SettingsForm,
  initial: { compare: "response", ties: true },
  commands: [place, walk, move, tie],
  missing: ({ partial, top }, value) => {
    const { unranked = [], groups } = value as unknown as Ranked;
    if (typeof top === "number" && groups.flat().length >= top) return null;
    return unranked.length && !partial
      ? t("{count, plural, one {# has no place yet} other {# have no place yet}}", { count: unranked.length })
      : null;
  },
};
export default kind;
