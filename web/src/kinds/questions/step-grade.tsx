/** Step grade: every step of a trace or a solution graded beside it; the first error, and what should have stood there. */
import { memo } from "react";
import type { Option } from "../../api/contract";
import {
  currentOf,
  type Finish,
  finishAs,
  finishesFor,
  type GradeOption,
  gapIn,
  gradableIn,
  gradeOf,
  gradesFor,
  gradingIn,
  gradingOf,
  hasBadCall,
  idOf,
  isError,
  isGraded,
  isGrading,
  placeAmong,
  type Replacement,
  sayOf,
  standAt,
} from "../../editor/steps";
import { wordsOf } from "../../editor/words-of";
import { number, t } from "../../i18n";
import { Keys } from "../../kit/Keys";
import type { AnswerProps, Drawing, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { OptionsForm } from "../parts/OptionsForm";
import { DIGITS } from "../parts/options";
import { SwitchField, withSetting } from "../parts/SettingFields";
import { StepCorrection } from "../parts/StepCorrection";
import { commands, give, isBeyond, keyOn } from "../parts/step-commands";
import "./step-grade.css";

const USUAL_WORDS: Record<string, () => string> = {
  good: () => t("Good"),
  neutral: () => t("Neutral"),
  bad: () => t("Bad"),
  found_error: () => t("The first error is found"),
  solution: () => t("It reaches the solution"),
  bad_problem: () => t("The task itself is faulty"),
  give_up: () => t("I cannot tell"),
};

function wordOf(option: Option | undefined, language: string): string {
  if (!option) return "–";
  return wordsOf(option.text, language, USUAL_WORDS[option.value]?.() ?? option.value);
}

/** The tone of a grade: an error, as good as can be, or between. */
function toneOf(settings: Record<string, unknown> | undefined, grade: string | undefined): string {
  if (grade === undefined) return "none";
  if (isError(settings, grade)) return "bad";
  return gradesFor(settings)[0]?.value === grade ? "good" : "between";
}

const SIGNS: Record<string, string> = { good: "+", between: "0", bad: "−" };

interface ScaleProps extends Pick<Drawing, "asked" | "editor" | "language"> {
  step: string;
  place: number;
  grade: string | undefined;
  isShut: boolean;
  hasKeys: boolean;
}

/** Of hundreds beside each other only those are drawn again that changed. */
const Scale = memo(function Scale({ asked, editor, language, step, place, grade, isShut, hasKeys }: ScaleProps) {
  const { settings } = asked.question;
  return (
    <div className="step-scale" role="radiogroup" aria-label={t("Grade of step {number}", { number: place })}>
      {gradesFor(settings).map((option) => (
        <button
          type="button"
          role="radio"
          key={option.value}
          aria-checked={grade === option.value}
          disabled={isShut}
          className={grade === option.value ? `on ${toneOf(settings, option.value)}` : ""}
          onClick={() => give({ editor, asked }, step, option.value)}
        >
          {wordOf(option, language)}
          {hasKeys && <Keys chord={keyOn(settings, option.value)} on={grade === option.value} />}
        </button>
      ))}
    </div>
  );
});

/** Beside a step on the stage. */
function Mark({ asked, editor, language, state, address }: Drawing & { address: string }) {
  const step = idOf(address);
  const place = placeAmong(editor, asked, step) + 1;
  if (place === 0) return null;
  return (
    <Scale
      {...{ asked, editor, language, step, place }}
      grade={gradeOf(editor, asked, step)?.grade}
      isShut={isBeyond({ editor, asked }, step)}
      hasKeys={state.active === asked.key && currentOf(editor, asked) === step}
    />
  );
}

interface CellProps extends Pick<Drawing, "asked" | "editor" | "language"> {
  step: string;
  place: number;
  grade: string | undefined;
  isAt: boolean;
}

const Cell = memo(function Cell({ asked, editor, language, step, place, grade, isAt }: CellProps) {
  const { settings } = asked.question;
  const tone = toneOf(settings, grade);
  const said = wordOf(
    gradesFor(settings).find(({ value }) => value === grade),
    language,
  );
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-current={isAt ? "step" : undefined}
      aria-label={t("Step {number}: {grade}", { number: place, grade: said })}
      className={`${tone}${isAt ? " at" : ""}`}
      data-sign={SIGNS[tone]}
      onClick={() => standAt(editor, asked, step)}
    >
      {SIGNS[tone] ? null : place}
    </button>
  );
});

function Editor({ asked, editor, language, isActive, state }: AnswerProps) {
  const { settings } = asked.question;
  const order = gradableIn(editor, asked);
  const at = currentOf(editor, asked);
  const graded = at === undefined ? undefined : gradeOf(editor, asked, at);
  return (
    <div className="step-panel">
      <div className="step-map" role="group" aria-label={t("Steps")}>
        {order.map((step, index) => (
          <Cell
            key={step}
            {...{ asked, editor, language, step }}
            place={index + 1}
            grade={gradeOf(editor, asked, step)?.grade}
            isAt={step === at}
          />
        ))}
      </div>
      <Progress asked={asked} editor={editor} />
      {at !== undefined && isActive && (
        <section className="step-now" aria-label={t("Step {number}", { number: order.indexOf(at) + 1 })}>
          <div className="row between wrap g6">
            <span className="b">{t("Step {number}", { number: order.indexOf(at) + 1 })}</span>
            <span className="small t3 row g4">
              <Keys chord="J" /> <Keys chord="K" /> {t("walk")}
            </span>
          </div>
          <Scale
            {...{ asked, editor, language }}
            step={at}
            place={order.indexOf(at) + 1}
            grade={graded?.grade}
            isShut={isBeyond({ editor, asked }, at)}
            hasKeys
          />
          {graded && (
            <>
              {Boolean(settings?.replacement) && isError(settings, graded.grade) && (
                <StepCorrection key={at} asked={asked} editor={editor} graded={graded} />
              )}
              <input
                className="input s"
                data-answer-field
                dir="auto"
                maxLength={20_000}
                aria-label={t("Note to step {number}", { number: order.indexOf(at) + 1 })}
                placeholder={t("Note")}
                value={graded.note ?? ""}
                onChange={({ target }) => sayOf(editor, asked, at, { note: target.value }, `note ${at}`)}
              />
            </>
          )}
        </section>
      )}
      {isActive && state.refused && <div className="small dan">{state.refused}</div>}
      <Finishes {...{ asked, editor, language, isActive }} />
    </div>
  );
}

function Progress({ asked, editor }: Pick<AnswerProps, "asked" | "editor">) {
  const order = gradableIn(editor, asked);
  const { steps, first_error: first } = gradingOf(editor, asked);
  return (
    <div className="small t2 num row g8 wrap" aria-live="polite">
      <span>{t("{graded} of {count} graded", { graded: number(steps.length), count: number(order.length) })}</span>
      {first !== undefined && (
        <span className="dan">{t("First error: step {number}", { number: order.indexOf(first) + 1 })}</span>
      )}
    </div>
  );
}

function Finishes({ asked, editor, language, isActive }: Omit<AnswerProps, "state" | "seed" | "onPicked">) {
  const options = finishesFor(asked.question.settings);
  const { finish } = gradingOf(editor, asked);
  if (options.length === 0) return null;
  return (
    <div className="finishes" role="radiogroup" aria-label={t("How it ended")}>
      <div className="over">{t("How it ended")}</div>
      {options.map((option, index) => (
        <button
          type="button"
          role="radio"
          key={option.value}
          aria-checked={finish === option.value}
          className={finish === option.value ? "on" : ""}
          onClick={() => {
            editor.activate(asked.key);
            finishAs(editor, asked, option.value);
          }}
        >
          <span className="grow">{wordOf(option, language)}</span>
          {isActive && <Keys chord={DIGITS[index]} on={finish === option.value} />}
        </button>
      ))}
    </div>
  );
}

function Reader({ question, answer, language }: ReadProps) {
  const { settings } = question;
  const { steps, first_error: first, finish } = gradingIn(answer.value);
  const place = steps.findIndex(({ step }) => step === first);
  const said = steps.filter(({ note, replacement }) => note || replacement);
  const counts = gradesFor(settings)
    .map((option) => ({ option, count: steps.filter(({ grade }) => grade === option.value).length }))
    .filter(({ count }) => count > 0);
  return (
    <div className="steps-read">
      <span className="row g6 wrap">
        <span className={first === undefined ? "b" : "b dan"}>
          {first === undefined ? t("No error") : t("First error: step {number}", { number: place + 1 })}
        </span>
        <span className="t2 num">
          {counts.map(({ option, count }) => `${number(count)} ${wordOf(option, language)}`).join(", ")}
        </span>
        {finish && (
          <span className="t2">
            {wordOf(
              finishesFor(settings).find(({ value }) => value === finish),
              language,
            )}
          </span>
        )}
      </span>
      <span className="step-map small" aria-hidden="true">
        {steps.map(({ step, grade }, index) => {
          const tone = toneOf(settings, grade);
          return (
            <span key={step} className={tone}>
              {SIGNS[tone] ?? index + 1}
            </span>
          );
        })}
      </span>
      {said.map(({ step, note, replacement }) => (
        <div key={step} className="small">
          <span className="t3">
            {t("Step {number}", { number: steps.findIndex((each) => each.step === step) + 1 })}
          </span>{" "}
          {note && <span dir="auto">{note}</span>}
          {replacement && <Replaced replacement={replacement} />}
        </div>
      ))}
    </div>
  );
}

function Replaced({ replacement }: { replacement: Replacement }) {
  if (typeof replacement === "string")
    return (
      <div className="step-instead" dir="auto">
        {replacement}
      </div>
    );
  return (
    <>
      {replacement.calls.map(({ name, arguments: given }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: calls are named by their place
        <pre className="mono step-instead" key={index}>
          {`${name} ${JSON.stringify(given, null, 2)}`}
        </pre>
      ))}
      {replacement.content && <div dir="auto">{replacement.content}</div>}
    </>
  );
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  const put = (change: Record<string, unknown>): void => onChange(withSetting(settings, change));
  const grades = gradesFor(settings);
  const scored = (options: Option[]): GradeOption[] =>
    options.map((option) => ({ ...option, score: (option as GradeOption).score ?? least(options) - 1 }));
  return (
    <>
      <SwitchField
        label={t("Stop at the first error")}
        value={settings.stop_at_first_error}
        onChange={(isOn) => put({ stop_at_first_error: isOn || undefined })}
      />
      <SwitchField
        label={t("Ask what should stand in the place of an error")}
        value={settings.replacement}
        onChange={(isOn) => put({ replacement: isOn || undefined })}
      />
      <OptionsForm
        title={t("Grades, the best first")}
        options={grades}
        hasKeys={false}
        onChange={(options) => put({ grades: scored(options) })}
      />
      {grades.map((grade, index) => (
        <label className="row g8" key={grade.value}>
          <span className="grow">{t("Score of {grade}; below 0 it is an error", { grade: wordOf(grade, "en") })}</span>
          <input
            className="input s num"
            type="number"
            value={grade.score}
            onChange={({ target }) =>
              put({
                grades: grades.map((each, at) => (at === index ? { ...each, score: Number(target.value) } : each)),
              })
            }
          />
        </label>
      ))}
      <OptionsForm
        title={t("How it ended")}
        options={finishesFor(settings)}
        hasKeys={false}
        onChange={(options) => put({ finish: options.length > 0 ? options : undefined })}
      />
      {finishesFor(settings).map((finish, index) => (
        <SwitchField
          key={finish.value}
          label={t("{end}: steps may be left without a grade", { end: wordOf(finish, "en") })}
          value={finish.early}
          onChange={(isOn) =>
            put({
              finish: finishesFor(settings).map((each, at) => (at === index ? withEarly(each, isOn) : each)),
            })
          }
        />
      ))}
    </>
  );
}

function withEarly({ early: _, ...finish }: Finish, isOn: boolean): Finish {
  return isOn ? { ...finish, early: true } : finish;
}

function least(options: readonly Option[]): number {
  return Math.min(0, ...options.flatMap((each) => (each as Partial<GradeOption>).score ?? []));
}

const kind: QuestionKind = {
  name: "step_grade",
  title: () => t("Grades of steps"),
  place: "panel",
  needs: "steps",
  isWritten: true,
  Editor,
  onPart: {
    current: ({ asked, editor }) => {
      const step = currentOf(editor, asked);
      return step === undefined ? undefined : `${asked.part.input}/${step}`;
    },
    Mark,
    onPick: ({ asked, editor }, address) => {
      if (gradableIn(editor, asked).includes(idOf(address))) standAt(editor, asked, idOf(address));
    },
  },
  Reader,
  fits: isGrading,
  SettingsForm,
  initial: { stop_at_first_error: true, replacement: true },
  commands,
  missing: (settings, value, asked, editor) => {
    const grading = gradingIn(value);
    const order = gradableIn(editor, asked);
    const gap = gapIn(order, grading);
    if (gap !== undefined) return t("Grade step {number}, too", { number: order.indexOf(gap) + 1 });
    if (!isGraded(settings, grading, order.length)) {
      const left = order.length - grading.steps.length;
      return t("{left, plural, one {Grade # more step} other {Grade # more steps}}", { left });
    }
    if (hasBadCall(editor, asked)) return t("Mend the arguments of the corrected call");
    return finishesFor(settings).length > 0 && !grading.finish ? t("Say how it ended") : null;
  },
  hint: (settings) => (settings.stop_at_first_error ? t("up to the first error") : t("every step")),
};
export default kind;
