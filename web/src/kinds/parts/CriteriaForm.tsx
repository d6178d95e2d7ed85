/** Settings: a rubric written criterion by criterion, with weights, levels and anchors; or taken and handed on as one document. */
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { type Criterion, gradedOf, type Level, type Rubric, type Scoring } from "../../editor/rubrics";
import { withWords, wordsIn, wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Field } from "../../kit/Field";
import { IconButton } from "../../kit/IconButton";
import { useEditedLanguage } from "./language";
import { ChoiceField, NumberField, SwitchField } from "./SettingFields";

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

interface FormProps {
  rubric: Rubric;
  onChange: (rubric: Rubric) => void;
}

export function CriteriaForm({ rubric, onChange }: FormProps) {
  const put = (change: Partial<Rubric>): void => onChange(whole({ ...rubric, ...change }));
  const { criteria, scoring = {} } = rubric;
  const score = (change: Partial<Scoring>): void => put({ scoring: whole({ ...scoring, ...change }) });
  const isTree = criteria.some(({ children }) => children?.length);
  const change = (index: number, after: Criterion): void =>
    put({ criteria: criteria.map((each, at) => (at === index ? whole(after) : each)) });
  const move = (index: number, to: number): void => {
    const moved = [...criteria];
    moved.splice(to, 0, ...moved.splice(index, 1));
    put({ criteria: moved });
  };
  return (
    <fieldset className="rubric-form">
      <legend className="b">{t("Rubric")}</legend>
      <div className="criterion-line">
        <Field label={t("Name")}>
          <input
            className="input s mono"
            spellCheck={false}
            value={rubric.id}
            onChange={({ target }) => put({ id: target.value })}
          />
        </Field>
        <Field label={t("Version")}>
          <input
            className="input s mono"
            spellCheck={false}
            value={rubric.version ?? "1.0.0"}
            onChange={({ target }) => put({ version: target.value })}
          />
        </Field>
      </div>
      <p className="small t3">
        {t(
          "Raise the last number for wording, the middle one for more criteria, the first when something else is meant.",
        )}
      </p>
      {isTree ? (
        <p className="small t2">{t("Criteria that sum up others are written in the document below.")}</p>
      ) : (
        criteria.map((criterion, index) => (
          <OneCriterion
            // biome-ignore lint/suspicious/noArrayIndexKey: an id stands in the document, and the place is the identity here
            key={index}
            criterion={criterion}
            place={index + 1}
            isLast={index === criteria.length - 1}
            onChange={(after) => change(index, after)}
            onMove={(step) => move(index, index + step)}
            onRemove={
              criteria.length > 1 ? () => put({ criteria: criteria.filter((_, at) => at !== index) }) : undefined
            }
          />
        ))
      )}
      {!isTree && (
        <Button
          size="s"
          className="start"
          icon={<IconPlus {...ICON} />}
          onClick={() => put({ criteria: [...criteria, newCriterion(criteria)] })}
        >
          {t("Add a criterion")}
        </Button>
      )}
      <div className="criterion-line">
        <ChoiceField
          label={t("The total is")}
          value={scoring.rule ?? "weighted_sum"}
          options={[
            ["weighted_sum", t("the weighted share")],
            ["all", t("all are met")],
            ["any", t("any is met")],
            ["tree", t("within each parent")],
          ]}
          onChange={(rule) => score({ rule: rule as Scoring["rule"] })}
        />
        <NumberField
          label={t("Passes from, in percent")}
          value={Math.round((scoring.pass ?? 0.5) * 1000) / 10}
          onChange={(share) =>
            score({ pass: share === undefined ? undefined : Math.max(0, Math.min(share, 100)) / 100 })
          }
        />
      </div>
      <Document rubric={rubric} onTake={onChange} />
    </fieldset>
  );
}

/** An id is never used again for another criterion: the next number above all there are. */
function newCriterion(criteria: readonly Criterion[]): Criterion {
  const numbers = gradedOf(criteria).map(({ id }) => Number(/^c(\d+)$/.exec(id)?.[1] ?? 0));
  const levels = [0, 1].map((level) => ({ level, score: level }));
  return { id: `c${Math.max(0, ...numbers) + 1}`, text: "", levels };
}

interface CriterionProps {
  criterion: Criterion;
  place: number;
  isLast: boolean;
  onChange: (criterion: Criterion) => void;
  onMove: (step: 1 | -1) => void;
  onRemove: (() => void) | undefined;
}

function OneCriterion({ criterion, place, isLast, onChange, onMove, onRemove }: CriterionProps) {
  const { own, edited } = useEditedLanguage();
  const { levels = [] } = criterion;
  const put = (change: Partial<Criterion>): void => onChange({ ...criterion, ...change });
  return (
    <section className="criterion-form" aria-label={t("Criterion {number}", { number: place })}>
      <div className="level-line">
        <span className="b num">{place}</span>
        <span className="small t3 mono grow">{criterion.id}</span>
        <IconButton name={t("Move {number} up", { number: place })} disabled={place === 1} onClick={() => onMove(-1)}>
          <IconArrowUp {...ICON} />
        </IconButton>
        <IconButton name={t("Move {number} down", { number: place })} disabled={isLast} onClick={() => onMove(1)}>
          <IconArrowDown {...ICON} />
        </IconButton>
        <IconButton name={t("Remove {number}", { number: place })} disabled={!onRemove} onClick={onRemove}>
          <IconTrash {...ICON} />
        </IconButton>
      </div>
      <Field label={t("What to look for")}>
        <input
          className="input s"
          lang={edited}
          placeholder={wordsOf(criterion.text, edited)}
          value={wordsIn(criterion.text, edited, own)}
          onChange={({ target }) => put({ text: withWords(criterion.text, edited, own, target.value) ?? "" })}
        />
      </Field>
      <div className="criterion-line">
        <NumberField label={t("Weight")} value={criterion.weight ?? 1} onChange={(weight) => put({ weight })} />
        <ChoiceField
          label={t("It counts")}
          value={criterion.polarity ?? "positive"}
          options={[
            ["positive", t("for the answer")],
            ["negative", t("against it")],
          ]}
          onChange={(polarity) => put({ polarity: polarity === "negative" ? polarity : undefined })}
        />
        <ChoiceField
          label={t("A passage")}
          value={criterion.evidence ?? "optional"}
          options={[
            ["optional", t("optional")],
            ["required", t("required")],
            ["none", t("not asked")],
          ]}
          onChange={(evidence) =>
            put({ evidence: evidence === "optional" ? undefined : (evidence as Criterion["evidence"]) })
          }
        />
      </div>
      <SwitchField
        label={t("It decides alone: not met, or found where it counts against, the total is 0")}
        value={criterion.gate}
        onChange={(gate) => put({ gate: gate || undefined })}
      />
      <Levels levels={levels} onChange={(after) => put({ levels: after })} />
    </section>
  );
}

function Levels({ levels, onChange }: { levels: Level[]; onChange: (levels: Level[]) => void }) {
  const { own, edited } = useEditedLanguage();
  const put = (index: number, change: Partial<Level>): void =>
    onChange(levels.map((each, at) => (at === index ? whole({ ...each, ...change }) : each)));
  const add = (): void => {
    const after = [...levels, { level: (levels.at(-1)?.level ?? -1) + 1, score: 1 }];
    onChange(after.map((each, at) => ({ ...each, score: Math.round((at / (after.length - 1)) * 100) / 100 })));
  };
  return (
    <fieldset className="rubric-form">
      <legend className="small b">{t("Levels: number, worth from 0 to 1, what one sees there")}</legend>
      {levels.map((level, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a number is being typed; the place is the identity here
        <div className="level-line" key={index}>
          <input
            className="input s num"
            type="number"
            min={0}
            max={100}
            aria-label={t("Number of level {place}", { place: index + 1 })}
            value={level.level}
            onChange={({ target }) => put(index, { level: target.valueAsNumber || 0 })}
          />
          <input
            className="input s num"
            type="number"
            min={0}
            max={1}
            step={0.05}
            aria-label={t("Worth of level {level}", { level: level.level })}
            value={level.score}
            onChange={({ target }) => put(index, { score: target.valueAsNumber || 0 })}
          />
          <input
            className="input s grow"
            lang={edited}
            aria-label={t("Anchor of level {level}", { level: level.level })}
            placeholder={wordsOf(level.anchor, edited) || t("what one sees there")}
            value={wordsIn(level.anchor, edited, own)}
            onChange={({ target }) => put(index, { anchor: withWords(level.anchor, edited, own, target.value) })}
          />
          <IconButton
            name={t("Remove level {level}", { level: level.level })}
            disabled={levels.length <= 2}
            onClick={() => onChange(levels.filter((_, at) => at !== index))}
          >
            <IconTrash {...ICON} />
          </IconButton>
        </div>
      ))}
      <Button size="s" look="quiet" className="start" icon={<IconPlus {...ICON} />} onClick={add}>
        {t("Add a level")}
      </Button>
    </fieldset>
  );
}

/** The rubric as it is handed on: copied from here, or taken from elsewhere in its place. */
function Document({ rubric, onTake }: { rubric: Rubric; onTake: (rubric: Rubric) => void }) {
  const written = JSON.stringify(rubric, null, 1);
  const [typed, setTyped] = useState<string | null>(null);
  const found = typed === null ? null : readDocument(typed);
  return (
    <details>
      <summary className="small">{t("The document, to reuse it or to take another")}</summary>
      <div className="col g6 mt8">
        <Field
          label={t("open-rubric/0.1, as JSON")}
          error={typed !== null && found === null ? t("This is no rubric: JSON with criteria is wanted.") : null}
        >
          <textarea
            className="area mono small"
            rows={8}
            spellCheck={false}
            value={typed ?? written}
            onChange={({ target }) => setTyped(target.value)}
          />
        </Field>
        <Button
          size="s"
          className="start"
          disabled={found === null}
          onClick={() => {
            if (found) onTake(found);
            setTyped(null);
          }}
        >
          {t("Take this document")}
        </Button>
      </div>
    </details>
  );
}

/** What was typed as a rubric; the server says what is wrong inside it. */
export function readDocument(typed: string): Rubric | null {
  try {
    const found = JSON.parse(typed) as Rubric;
    const isRubric = Array.isArray(found.criteria) && found.criteria.every((each) => typeof each?.id === "string");
    return isRubric ? found : null;
  } catch {
    return null;
  }
}

/** Without fields that are undefined, which the server would refuse. */
function whole<Thing extends object>(thing: Thing): Thing {
  return Object.fromEntries(Object.entries(thing).filter(([, value]) => value !== undefined)) as Thing;
}
