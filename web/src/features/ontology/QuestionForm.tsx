/** One question: its words, what it is asked about, what its kind can set, when it is shown, how it may be left out. */
import { useState } from "react";
import type { Abstention, Defect, OntologyBody, Question, Target } from "../../api/contract";
import { wordOf, wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import type { QuestionKind } from "../../kinds/kind";
import { optionsOf } from "../../kinds/parts/options";
import { ChoiceField, SwitchField } from "../../kinds/parts/SettingFields";
import { Button } from "../../kit/Button";
import { Field } from "../../kit/Field";
import { ConditionForm } from "./ConditionForm";
import { NameField } from "./NameField";
import { choicesFor, chosen, type Facts, reaches } from "./targets";
import { WordsField } from "./WordsField";

interface QuestionFormProps {
  question: Question;
  index: number;
  body: OntologyBody;
  kinds: Record<string, QuestionKind>;
  facts: Facts;
  language: string;
  isStored: boolean;
  problems: readonly Defect[];
  onChange: (change: Partial<Question>, merge?: string) => void;
  onRename: (name: string) => void;
}

export function QuestionForm(props: QuestionFormProps) {
  const { question, index, body, kinds, language, onChange } = props;
  const [isWide, setWide] = useState(false);
  const kind = kinds[question.kind];
  const settings = question.settings ?? {};
  const textProblem = props.problems.find(({ pointer }) => pointer.endsWith("/text"));
  const canShuffle = Array.isArray(settings.options) || "compare" in settings;
  return (
    <div className="item-form">
      <WordsField
        label={t("Text of the question")}
        words={question.text}
        placeholder={question.name}
        error={textProblem && !textProblem.warning ? textProblem.message : null}
        onChange={(text) => onChange({ text }, `${question.name} text`)}
      />
      <TargetField {...props} />
      {kind && (
        <kind.SettingsForm
          key={question.name}
          settings={settings}
          inputs={body.inputs}
          regional={body.questions.slice(0, index).filter((each) => props.facts.questions[each.kind]?.has_regions)}
          onChange={(next) =>
            onChange({ settings: Object.keys(next).length ? next : undefined }, `${question.name} settings`)
          }
        />
      )}
      <div className="row g16 wrap">
        <SwitchField
          label={t("Must be answered")}
          value={question.required !== false}
          onChange={(isRequired) => onChange({ required: isRequired ? undefined : false })}
        />
        {canShuffle && (
          <SwitchField
            label={t("In a drawn order")}
            value={question.shuffle}
            onChange={(isShuffled) => onChange({ shuffle: isShuffled || undefined })}
          />
        )}
      </div>
      <ConditionForm
        condition={question.show_if}
        earlier={body.questions.slice(0, index)}
        kinds={kinds}
        language={language}
        hasOne={(earlier) => reaches(question, earlier, body, props.facts)}
        onChange={(show_if) => onChange({ show_if }, `${question.name} condition`)}
      />
      <Button size="s" look="quiet" className="start" aria-expanded={isWide} onClick={() => setWide(!isWide)}>
        {isWide ? t("Fewer settings") : t("More settings")}
      </Button>
      {isWide && <More {...props} />}
    </div>
  );
}

/** What few questions need. */
function More({ question, body, isStored, onChange, onRename }: QuestionFormProps) {
  const allow = question.allow ?? [];
  const toggle = (abstention: Abstention, isOn: boolean): void => {
    const next = isOn ? [...allow, abstention] : allow.filter((each) => each !== abstention);
    onChange({ allow: next.length ? next : undefined });
  };
  const asked = (name: "confidence" | "justification", label: string) => (
    <ChoiceField
      label={label}
      value={question[name] ?? "none"}
      options={[
        ["none", t("not asked")],
        ["optional", t("may be given")],
        ["required", t("must be given")],
      ]}
      onChange={(value) => onChange({ [name]: value === "none" ? undefined : value } as Partial<Question>)}
    />
  );
  const epoch = (question.epoch as number | undefined) ?? 1;
  return (
    <>
      <WordsField
        label={t("Help")}
        hint={t("Markdown, shown with the question.")}
        rows={3}
        words={question.help}
        onChange={(help) => onChange({ help }, `${question.name} help`)}
      />
      <div className="row g16 wrap">
        <SwitchField
          label={t("May be left out: does not apply")}
          value={allow.includes("not_applicable")}
          onChange={(isOn) => toggle("not_applicable", isOn)}
        />
        <SwitchField
          label={t("May be left out: cannot be answered")}
          value={allow.includes("cannot_answer")}
          onChange={(isOn) => toggle("cannot_answer", isOn)}
        />
      </div>
      <div className="two-fields">
        {asked("confidence", t("How sure"))}
        {asked("justification", t("Why"))}
        <NameField
          name={question.name}
          hint={
            isStored
              ? t("Another name is another question: its answers begin anew.")
              : t("Never shown; exports use it.")
          }
          body={body}
          onRename={onRename}
        />
      </div>
      {isStored && (
        <div className="row g8">
          <span className="small t3 grow">
            {t(
              "Meaning {epoch}. Raise it when the same words ask something else from now on: answers before and after are never pooled.",
              {
                epoch,
              },
            )}
          </span>
          <Button size="s" onClick={() => onChange({ epoch: epoch + 1 })}>
            {t("It means something else now")}
          </Button>
        </div>
      )}
    </>
  );
}

function partWords(each: string): string {
  const words: Record<string, string> = {
    thread: t("each conversation"),
    turn: t("each turn"),
    response: t("each reply"),
    message: t("each message"),
    block: t("each block of a message"),
    region: t("each mark"),
  };
  return words[each] ?? t("each {part}", { part: each });
}

function TargetField({ question, index, body, facts, language, onChange }: QuestionFormProps) {
  const choices = choicesFor(body, index, facts);
  const now = chosen(question, choices);
  const titleOf = (name: string | null): string => {
    const found = [...body.inputs, ...body.questions].find((each) => each.name === name);
    return wordsOf(found?.text, language, name ?? "");
  };
  if (choices.length < 2 && now) return null;
  return (
    <>
      <Field
        label={t("Asked about")}
        error={now ? null : t("Choose what it is asked about: what it names is not there.")}
      >
        <select
          className="input"
          value={now?.id ?? ""}
          onChange={({ target }) => {
            const choice = choices.find(({ id }) => id === target.value);
            if (choice) onChange({ target: choice.target === "task" ? undefined : choice.target });
          }}
        >
          {!now && <option value="">{t("Choose")}</option>}
          {choices.map(({ id, each, of }) => (
            <option key={id} value={id}>
              {of === null
                ? t("the task")
                : each
                  ? t("{part} of “{title}”", { part: partWords(each), title: titleOf(of) })
                  : t("“{title}”", { title: titleOf(of) })}
            </option>
          ))}
        </select>
      </Field>
      {question.target && question.target !== "task" && "each" in question.target && (
        <WhereField
          target={question.target}
          body={body}
          language={language}
          onChange={(target) => onChange({ target })}
        />
      )}
    </>
  );
}

const ROLES = ["user", "assistant", "system", "tool"];

/** Only some of the parts: marks with certain labels, messages of certain roles. */
function WhereField({
  target,
  body,
  language,
  onChange,
}: {
  target: Exclude<Target, "task" | { input: string }>;
  body: OntologyBody;
  language: string;
  onChange: (target: Target) => void;
}) {
  const regions = body.questions.find(({ name }) => target.each === "region" && name === target.of);
  const labels = regions ? optionsOf(regions).map((option) => [option.value, wordOf(option, language)] as const) : [];
  const roles = target.each === "message" ? ROLES.map((role) => [role, role] as const) : [];
  const [field, values] = labels.length ? (["label", labels] as const) : (["role", roles] as const);
  if (values.length < 2) return null;
  const given = target.where?.[field];
  const kept = given === undefined ? [] : Array.isArray(given) ? (given as string[]) : [given as string];
  const toggle = (value: string): void => {
    const next = kept.includes(value) ? kept.filter((each) => each !== value) : [...kept, value];
    const { [field]: _, ...others } = target.where ?? {};
    const where = next.length ? { ...others, [field]: next } : others;
    onChange(Object.keys(where).length ? { ...target, where } : { each: target.each, of: target.of });
  };
  return (
    <div className="field">
      <span className="label">{field === "label" ? t("Only for") : t("Only of")}</span>
      <div className="row g4 wrap">
        {values.map(([value, word]) => (
          <button
            type="button"
            key={value}
            className={kept.includes(value) ? "chip on" : "chip"}
            aria-pressed={kept.includes(value)}
            onClick={() => toggle(value)}
          >
            {word}
          </button>
        ))}
        {kept.length === 0 && <span className="small t3">{t("all of them")}</span>}
      </div>
    </div>
  );
}
