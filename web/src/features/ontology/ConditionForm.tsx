/** “Show it only if”: some terms about earlier questions, all or any of which must be true. */
import { IconPlus, IconX } from "@tabler/icons-react";
import type { Condition, Json, Question } from "../../api/contract";
import { wordOf, wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import type { QuestionKind, Test } from "../../kinds/kind";
import { optionsOf } from "../../kinds/parts/options";
import { Button } from "../../kit/Button";
import { IconButton } from "../../kit/IconButton";
import { Notice } from "../../kit/Notice";
import { Segmented } from "../../kit/Segmented";
import { conditionOf, firstTerm, firstValue, linesOf, type Term, testsFor, valuesFor } from "./conditions";

interface ConditionFormProps {
  condition: Condition | null | undefined;
  /** The questions that stand before: no other may be asked. */
  earlier: Question[];
  kinds: Record<string, QuestionKind>;
  language: string;
  /** Whether an earlier question has one answer for what this one is asked about. */
  hasOne: (earlier: Question) => boolean;
  onChange: (condition: Condition | undefined) => void;
}

const ICON = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

const WORDS: Record<Test, () => string> = {
  is: () => t("is"),
  in: () => t("is one of"),
  has: () => t("contains"),
  ge: () => t("is at least"),
  le: () => t("is at most"),
  count: () => t("has at least this many"),
  answered: () => t("is answered"),
  abstained: () => t("is left out as"),
};

export function ConditionForm({ condition, earlier, kinds, language, hasOne, onChange }: ConditionFormProps) {
  const lines = linesOf(condition);
  if (!lines) {
    return (
      <div className="field">
        <span className="label">{t("Shown only if")}</span>
        <Notice tone="plain">{t("This condition says more than lines can hold. Change it in the JSON view.")}</Notice>
        <code className="mono small t2 break">{JSON.stringify(condition)}</code>
      </div>
    );
  }
  const { terms, join } = lines;
  const put = (next: Term[], how = join): void => onChange(conditionOf({ join: how, terms: next }));
  const [last] = earlier.slice(-1);
  return (
    <fieldset className="field">
      <legend className="label">{t("Shown only if")}</legend>
      {terms.length > 1 && (
        <Segmented
          label={t("How the lines go together")}
          value={join}
          options={[
            ["all", t("all are true")],
            ["any", t("any is true")],
          ]}
          onChange={(how) => put(terms, how)}
        />
      )}
      {terms.map((term, index) => (
        <TermLine
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity while they are written
          key={index}
          term={term}
          earlier={earlier}
          kinds={kinds}
          language={language}
          hasOne={hasOne}
          onChange={(changed) => put(terms.map((each, at) => (at === index ? changed : each)))}
          onRemove={() => put(terms.filter((_, at) => at !== index))}
        />
      ))}
      {last ? (
        <Button
          size="s"
          className="start"
          icon={<IconPlus {...ICON} />}
          onClick={() => put([...terms, firstTerm(last, kinds[last.kind], hasOne(last))])}
        >
          {t("Add a condition")}
        </Button>
      ) : (
        <span className="small t3">{t("Always. Conditions can ask about questions that stand before.")}</span>
      )}
    </fieldset>
  );
}

interface TermLineProps {
  term: Term;
  earlier: Question[];
  kinds: Record<string, QuestionKind>;
  language: string;
  hasOne: (earlier: Question) => boolean;
  onChange: (term: Term) => void;
  onRemove: () => void;
}

function TermLine({ term, earlier, kinds, language, hasOne, onChange, onRemove }: TermLineProps) {
  const question = earlier.find(({ name }) => name === term.question);
  const tests = question ? testsFor(question, kinds[question.kind]) : [term.test];
  const known = tests.includes(term.test) ? tests : [term.test, ...tests];
  const isOne = question ? hasOne(question) : true;
  return (
    <div className="term">
      <select
        className="input s grow"
        aria-label={t("Question")}
        value={term.question}
        onChange={({ target }) => {
          const next = earlier.find(({ name }) => name === target.value);
          if (next) onChange(firstTerm(next, kinds[next.kind], hasOne(next)));
        }}
      >
        {!question && <option value={term.question}>{term.question}</option>}
        {earlier.map((each) => (
          <option key={each.name} value={each.name}>
            {wordsOf(each.text, language, each.name)}
          </option>
        ))}
      </select>
      <select
        className="input s"
        aria-label={t("Test")}
        value={term.test}
        onChange={({ target }) => {
          const test = target.value as Test;
          onChange({ ...term, test, value: question ? firstValue(question, test) : term.value });
        }}
      >
        {known.map((test) => (
          <option key={test} value={test}>
            {WORDS[test]()}
          </option>
        ))}
      </select>
      <TermValue
        term={term}
        question={question}
        language={language}
        onChange={(value) => onChange({ ...term, value })}
      />
      {(!isOne || term.scope) && (
        <select
          className="input s"
          aria-label={t("Of which answers")}
          value={term.scope ?? ""}
          onChange={({ target }) => {
            const { scope: _, ...rest } = term;
            onChange(target.value ? { ...rest, scope: target.value as Term["scope"] } : rest);
          }}
        >
          {isOne && <option value="">{t("on the same part")}</option>}
          {!isOne && !term.scope && <option value="">{t("Choose")}</option>}
          <option value="any_target">{t("on any part")}</option>
          <option value="every_target">{t("on every part")}</option>
        </select>
      )}
      <IconButton name={t("Remove this condition")} onClick={onRemove}>
        <IconX {...ICON} />
      </IconButton>
    </div>
  );
}

interface TermValueProps {
  term: Term;
  question: Question | undefined;
  language: string;
  onChange: (value: Json) => void;
}

function TermValue({ term: { test, value }, question, language, onChange }: TermValueProps) {
  const values = question && valuesFor(question, test);
  const wordFor = (each: Json): string => {
    const option = question && optionsOf(question).find((one) => one.value === each);
    return option ? wordOf(option, language) : String(each);
  };
  if (test === "answered") {
    return (
      <select
        className="input s"
        aria-label={t("Value")}
        value={String(value)}
        onChange={({ target }) => onChange(target.value === "true")}
      >
        <option value="true">{t("yes")}</option>
        <option value="false">{t("no")}</option>
      </select>
    );
  }
  if (test === "in" && values) {
    const chosen = value as Json[];
    return (
      <span className="row g4 wrap term-values">
        {values.map((each) => {
          const isOn = chosen.includes(each);
          return (
            <button
              type="button"
              key={String(each)}
              className={isOn ? "chip on" : "chip"}
              aria-pressed={isOn}
              onClick={() => onChange(isOn ? chosen.filter((one) => one !== each) : [...chosen, each])}
            >
              {wordFor(each)}
            </button>
          );
        })}
      </span>
    );
  }
  if (values) {
    const shown = values.includes(value) ? values : [value, ...values];
    return (
      <select
        className="input s grow"
        aria-label={t("Value")}
        value={String(value)}
        onChange={({ target }) => onChange(shown.find((each) => String(each) === target.value) ?? null)}
      >
        {shown.map((each) => (
          <option key={String(each)} value={String(each)}>
            {wordFor(each)}
          </option>
        ))}
      </select>
    );
  }
  return (
    <input
      className="input s term-number"
      type="number"
      aria-label={t("Value")}
      value={Number(value)}
      onChange={({ target }) => onChange(Number(target.value))}
    />
  );
}
