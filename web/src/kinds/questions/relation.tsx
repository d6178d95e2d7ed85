/** Relation: what one mark is to another; one mark, the relation, the other mark, each by its number or by a click. */
import { IconArrowNarrowRight, IconArrowsLeftRight } from "@tabler/icons-react";
import { type ReactNode, useMemo } from "react";
import type { Json, Question } from "../../api/contract";
import type { Names } from "../../editor/declared";
import { type Asked, Editor as Store } from "../../editor/store";
import type { Span } from "../../editor/words";
import { wordOf, wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import { Keys } from "../../kit/Keys";
import { colorOf } from "../colors";
import type { AnswerProps, Drawing, Passage, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { type End, endsFor, joins, type Related, type RelationLabel, relationLabels } from "../parts/ends";
import { OptionKey } from "../parts/OptionKey";
import { OptionsForm } from "../parts/OptionsForm";
import { optionsOf } from "../parts/options";
import { RegionRow, RegionRows } from "../parts/Regions";
import {
  allowsNone,
  choicesOf,
  choose,
  commands,
  relationsOf,
  removeRelation,
  saidOf,
  sayNone,
  selectedRelation,
} from "../parts/relation-commands";
import { NumberField, SwitchField, withSetting } from "../parts/SettingFields";
import "./relation.css";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

function Editor(props: AnswerProps) {
  const { asked, editor, state, language, isActive } = props;
  const ends = endsFor(editor, asked.question, language);
  const relations = relationsOf(editor, asked);
  const labels = relationLabels(asked.question);
  const least = asked.question.settings?.self ? 1 : 2;
  return (
    <>
      <RegionRows label={wordsOf(asked.question.text, language, asked.question.name)}>
        {relations.map((each) => (
          <RegionRow
            key={each.id}
            isOn={state.selected?.key === asked.key && state.selected.region === each.id}
            color={colorOf(labels, each.label)}
            title={sentence(each, ends, labels, language)}
            note=""
            onSelect={() => {
              editor.setBegun(null);
              editor.select(asked.key, each.id);
            }}
            onRemove={() => removeRelation(editor, asked, each.id)}
          />
        ))}
      </RegionRows>
      {ends.length < least ? (
        <p className="small t2 relate-empty">
          {t("Relations are between marks. Mark two first, then say what they are.")}
        </p>
      ) : (
        <Steps {...props} ends={ends} labels={labels} />
      )}
      {allowsNone(asked) && relations.length === 0 && <NoRelation {...{ asked, editor, state, isActive }} />}
      <div className={state.refused && isActive ? "small dan regions-hint" : "small t3 regions-hint"}>
        {isActive && state.refused}
        {isActive && !state.refused && ends.length >= least && (
          <>
            <span className="row g4">
              <Keys chord="1" /> {t("to")} <Keys chord="9" /> {t("or")} <Keys chord="ArrowDown" />{" "}
              <Keys chord="Enter" />
            </span>
            {relations.length > 0 && (
              <span className="row g4 push">
                <Keys chord="[" /> <Keys chord="]" /> {t("walk")}
              </span>
            )}
          </>
        )}
      </div>
    </>
  );
}

/** The three choices that make a relation, and what may be chosen now. */
function Steps(props: AnswerProps & { ends: End[]; labels: RelationLabel[] }) {
  const { asked, state, language, isActive, ends, labels } = props;
  const said = saidOf(props);
  const [from, value] = said;
  const label = labels.find((each) => each.value === value);
  const asks =
    from === undefined ? t("From which mark?") : value === undefined ? t("What is it?") : t("To which mark?");
  const at = state.begun?.key === asked.key ? state.begun.at : -1;
  const Arrow = label?.directed === false ? IconArrowsLeftRight : IconArrowNarrowRight;
  return (
    <div className="relate">
      <div className="row g6 relate-said" role="status">
        <span className={from === undefined ? "relate-slot on" : "relate-slot done"}>
          {ends.find(({ address }) => address === from)?.word ?? t("from")}
        </span>
        <Arrow {...ICON} />
        <span className={label ? "relate-slot done" : from === undefined ? "relate-slot" : "relate-slot on"}>
          {label ? wordOf(label, language) : t("relation")}
        </span>
        <Arrow {...ICON} />
        <span className={value === undefined ? "relate-slot" : "relate-slot on"}>{t("to")}</span>
      </div>
      <div className="col g2 relate-choices" role="group" aria-label={asks}>
        <div className="small t2">{asks}</div>
        {choicesOf(props).map((choice, index) => (
          <button
            type="button"
            key={choice.value}
            className={["opt", at === index && "at", choice.refusal && "off"].filter(Boolean).join(" ")}
            aria-disabled={choice.refusal !== null}
            title={choice.refusal ?? undefined}
            onClick={() => choose(props, choice)}
          >
            {choice.color && <span className="sw" style={{ background: choice.color }} />}
            <span className="grow cut">{choice.word}</span>
            <span className="small t3">{choice.note}</span>
            {index < 9 && <OptionKey isActive={isActive}>{index + 1}</OptionKey>}
          </button>
        ))}
      </div>
    </div>
  );
}

function NoRelation({ asked, editor, state, isActive }: Pick<AnswerProps, "asked" | "editor" | "state" | "isActive">) {
  const isSaid = state.answers.get(asked.key)?.value !== undefined;
  return (
    <button
      type="button"
      role="checkbox"
      aria-checked={isSaid}
      className={isSaid ? "opt on" : "opt"}
      onClick={() => sayNone(editor, asked)}
    >
      <span className="rad" />
      {t("Nothing to relate")}
      <OptionKey isActive={isActive}>0</OptionKey>
    </button>
  );
}

/** “Zoë Müller → works for → Acme”. */
function sentence(each: Related, ends: readonly End[], labels: readonly RelationLabel[], language: string): string {
  const label = labels.find(({ value }) => value === each.label);
  const word = (address: string): string => ends.find((end) => end.address === address)?.word ?? idOf(address);
  const arrow = label?.directed === false ? "↔" : "→";
  return `${word(each.from)} ${arrow} ${label ? wordOf(label, language) : each.label} ${arrow} ${word(each.to)}`;
}

function idOf(address: string): string {
  return address.slice(address.indexOf(":") + 1);
}

function Reader({ question, answer, item, language, beside }: ReadProps): ReactNode {
  const { relations = [] } = (answer.value as { relations?: Related[] } | undefined) ?? {};
  const labels = relationLabels(question);
  const ends = useMemo(() => {
    if (!item || !beside) return [];
    const asked = new Store(beside.ontology, item).asked();
    const about = (name: string): string => asked.find((each) => each.question.name === name)?.part.address ?? "";
    const answers = beside.answers.map((each) => ({ ...each, target: each.target ?? about(each.question) }));
    return endsFor(new Store(beside.ontology, item, answers), question, language);
  }, [item, beside, question, language]);
  if (relations.length === 0) return <span>{t("nothing related")}</span>;
  return (
    <ul className="col g2">
      {relations.map((each) => (
        <li key={each.id} className="row g6">
          <span className="sw" style={{ background: colorOf(labels, each.label) }} />
          <span className="break">{sentence(each, ends, labels, language)}</span>
        </li>
      ))}
    </ul>
  );
}

function SettingsForm({ settings, regional = [], onChange }: SettingsProps) {
  const put = (change: Record<string, unknown>): void => onChange(withSetting(settings, change));
  const over = (settings.over as string[] | undefined) ?? [];
  const labels = relationLabels({ name: "", kind: "relation", settings });
  const known = regional
    .filter(({ name }) => over.length === 0 || over.includes(name))
    .flatMap((question) => optionsOf(question).map((option) => [option.value, question] as const));
  const change = (index: number, to: Partial<RelationLabel>): void =>
    put({ labels: labels.map((each, at) => (at === index ? withSetting({ ...each }, { ...to }) : each)) });
  return (
    <>
      <OptionsForm
        title={t("Relations")}
        hasColors
        hasKeys={false}
        options={labels}
        onChange={(next) => put({ labels: next })}
      />
      {labels.map((label, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a value is being typed; the place is the identity here
        <fieldset className="col g4" key={index}>
          <legend className="small b">{wordOf(label, "") || label.value}</legend>
          <SwitchField
            label={t("Has a direction")}
            value={label.directed !== false}
            onChange={(isDirected) => change(index, { directed: isDirected ? undefined : false })}
          />
          {(["from", "to"] as const).map((side) => (
            <Takes
              key={side}
              title={side === "from" ? t("From marks with the label") : t("To marks with the label")}
              known={[...new Set(known.map(([value]) => value))]}
              taken={label[side] ?? []}
              onChange={(taken) => change(index, { [side]: taken.length ? taken : undefined })}
            />
          ))}
        </fieldset>
      ))}
      {regional.length > 1 && (
        <Takes
          title={t("Between marks of")}
          known={regional.map(({ name }) => name)}
          taken={over}
          onChange={(next) => put({ over: next.length ? next : undefined })}
        />
      )}
      {regional.length === 0 && (
        <p className="small dan">{t("No question before this one marks anything. Add one, and put it before.")}</p>
      )}
      <SwitchField
        label={t("A mark may be related to itself")}
        value={settings.self}
        onChange={(self) => put({ self: self || undefined })}
      />
      <SwitchField
        label={t("No circles")}
        value={settings.acyclic}
        onChange={(acyclic) => put({ acyclic: acyclic || undefined })}
      />
      <SwitchField
        label={t("A tree: nothing has two heads")}
        value={settings.tree}
        onChange={(tree) => put({ tree: tree || undefined })}
      />
      <div className="row g12">
        <NumberField label={t("At least")} value={settings.min} onChange={(min) => put({ min })} />
        <NumberField label={t("At most")} value={settings.max} onChange={(max) => put({ max })} />
      </div>
    </>
  );
}

interface TakesProps {
  title: string;
  known: readonly string[];
  taken: readonly string[];
  onChange: (taken: string[]) => void;
}

/** Some of a few words; none chosen means all. */
function Takes({ title, known, taken, onChange }: TakesProps) {
  if (known.length < 2) return null;
  return (
    <div className="row g4 wrap" role="group" aria-label={title}>
      <span className="small t2">{title}</span>
      {known.map((value) => (
        <button
          type="button"
          key={value}
          className={taken.includes(value) ? "chip on" : "chip"}
          aria-pressed={taken.includes(value)}
          onClick={() => onChange(taken.includes(value) ? taken.filter((each) => each !== value) : [...taken, value])}
        >
          {value}
        </button>
      ))}
      {taken.length === 0 && <span className="small t3">{t("any")}</span>}
    </div>
  );
}

/** The ends of the selected relation, or the end that is chosen, as passages of a text. */
function passages({ asked, editor, language }: Drawing, address: string): Passage[] {
  const ends = endsFor(editor, asked.question, language).filter(({ on, region }) => on === address && region.ranges);
  const labels = relationLabels(asked.question);
  const marked = (end: string | undefined, id: string, color: string, word: string): Passage[] =>
    ends
      .filter((each) => each.address === end)
      .flatMap(({ region }) => (region.ranges as Span[]).map((range) => ({ id, range, color, word })));
  const [from, value] = saidOf({ asked, editor, language });
  const selected = selectedRelation(editor, asked);
  const label = labels.find((each) => each.value === (value ?? selected?.label));
  const word = label ? wordOf(label, language) : "…";
  const color = label ? colorOf(labels, label.value) : "var(--ev-accent)";
  if (from !== undefined) return marked(from, "begun", color, `${word} →`);
  if (!selected) return [];
  const [start, end] = label?.directed === false ? [`↔ ${word}`, `↔ ${word}`] : [`${word} →`, `→ ${word}`];
  return [...marked(selected.from, "from", color, start), ...marked(selected.to, "to", color, end)];
}

const names: Names = {
  of: (value) => relationsIn(value).flatMap(({ from, to }) => [from, to]),
  without: (value, gone) => {
    const left = relationsIn(value).filter(({ from, to }) => !gone.has(from) && !gone.has(to));
    return left.length ? ({ relations: left } as unknown as Json) : undefined;
  },
  onChosen: (editor, asked, region) => {
    const held = { asked, editor, language: document.documentElement.lang };
    // A click on a mark while the relation itself is chosen means the mark's end of it.
    if (saidOf(held).length === 1) return true;
    const choice = choicesOf(held).find(({ value }) => value === region);
    if (choice) choose(held, choice);
    return choice !== undefined;
  },
};

function relationsIn(value: Json): Related[] {
  const relations = value && typeof value === "object" && !Array.isArray(value) ? value.relations : null;
  return Array.isArray(relations) ? (relations as unknown as Related[]) : [];
}

/** Labels that are offered, two ends of questions that it is over, nothing twice. Whether they are marked is for `missing`. */
function fits({ question }: Asked, editor: Store, value: Json): boolean {
  const relations = value && typeof value === "object" && !Array.isArray(value) ? value.relations : null;
  if (!Array.isArray(relations)) return false;
  const labels = relationLabels(question).map((label) => label.value);
  const { over = [], self = false } = (question.settings ?? {}) as { over?: string[]; self?: boolean };
  const { questions } = editor.ontology;
  const before = questions.slice(0, questions.indexOf(question)).map(({ name }) => name);
  const isEnd = (end: Json | undefined): boolean =>
    typeof end === "string" && (over.length ? over : before).includes(end.split(":")[0] ?? "") && idOf(end) !== "";
  const isSound = (each: Json): boolean => {
    if (!each || typeof each !== "object" || Array.isArray(each)) return false;
    const { id, label, from, to, ...more } = each;
    const isWhole = typeof id === "string" && labels.includes(label as string) && isEnd(from) && isEnd(to);
    return isWhole && (self || from !== to) && Object.keys(more).length === 0;
  };
  const said = (relations as unknown as Related[]).map((each) => `${each?.from} ${each?.label} ${each?.to}`);
  return relations.every(isSound) && new Set(said).size === said.length;
}

/** How many are still wanted, or whose ends no longer fit them. */
function missing(settings: Record<string, unknown>, value: Json, asked: Asked, editor: Store): string | null {
  const relations = relationsIn(value);
  const [min, max] = [(settings.min as number | undefined) ?? 0, settings.max as number | undefined];
  const ends = endsFor(editor, asked.question, "");
  const labels = relationLabels(asked.question);
  const isSound = ({ from, to, label }: Related): boolean => {
    const [start, end] = [from, to].map((address) => ends.find((each) => each.address === address));
    const found = labels.find((each) => each.value === label);
    return start !== undefined && end !== undefined && found !== undefined && joins(found, start, end);
  };
  const count = relations.filter((each) => !isSound(each)).length;
  if (count > 0)
    return t("{count, plural, one {# relation does not fit its marks} other {# relations do not fit their marks}}", {
      count,
    });
  if (relations.length < min)
    return t("{count, plural, one {Relate at least #} other {Relate at least #}}", { count: min });
  if (typeof max === "number" && relations.length > max)
    return t("{count, plural, one {Relate at most #} other {Relate at most #}}", { count: max });
  return null;
}

const kind: QuestionKind = {
  name: "relation",
  title: () => t("Relations between marks"),
  place: "panel",
  Editor,
  names,
  onText: {
    covers: (asked, editor, address) => {
      if (editor.snapshot().active !== asked.key) return false;
      return endsFor(editor, asked.question, "").some(
        ({ on, region }) => on === address && region.ranges !== undefined,
      );
    },
    passages,
    onDrag: ({ editor }) => editor.refuse(t("To mark more, go to the question that marks.")),
    onMoveEnd: () => undefined,
  },
  Reader,
  fits,
  SettingsForm,
  initial: { labels: [{ value: "related_to", text: "is related to" }] },
  tests: ["answered"],
  commands,
  missing,
  hint: (_settings: Record<string, unknown>, value: Json | undefined, _question: Question) => {
    const count = value === undefined ? 0 : relationsIn(value).length;
    return t("{count, plural, one {# relation} other {# relations}}", { count });
  },
};
export default kind;
