/** The row that is being decided: the values that were given, each under its key, or another; then why, for those who answered. */
import { IconCheck, IconInfoCircle } from "@tabler/icons-react";
import { chordFor } from "../../commands/scopes";
import { saidOf } from "../../editor/said";
import type { Asked } from "../../editor/store";
import { number, t } from "../../i18n";
import { Keys } from "../../kit/Keys";
import { wordOfAnswers } from "../annotate/answerWords";
import { write } from "../annotate/commands";
import { ReadAnswer, type Reading } from "../annotate/ReadAnswer";
import { verdictReasons } from "../annotate/reasons";
import { ChecksOf } from "../checks/ChecksOf";
import { titleOf } from "./AnswerTable";
import { nextReason, other } from "./commands";
import type { Deciding, DecidingState } from "./deciding";
import type { Row } from "./table";

interface DecisionProps {
  deciding: Deciding;
  state: DecidingState;
  row: Row;
  /** The editor of the decision, with kinds that can be answered with. */
  reading: Reading;
  onPicked: () => void;
  wrong: readonly string[];
  isSealed: boolean;
}

export function Decision({ deciding, state, row, reading, onPicked, wrong, isSealed }: DecisionProps) {
  const title = titleOf(row, reading);
  return (
    <div className="p16 col g12 decision" data-asked={row.asked.key}>
      <div className="row base g8 wrap">
        <h2 className="h4">{title}</h2>
        <span className="t3">{t("Which value stands?")}</span>
      </div>
      <Picks deciding={deciding} row={row} reading={reading} isOther={state.isOther} label={title} />
      {state.isOther && <Other asked={row.asked} reading={reading} onPicked={onPicked} />}
      <ChecksOf
        asked={row.asked}
        answer={reading.editor.answer(row.asked.key)}
        editor={reading.editor}
        kinds={reading.kinds}
        isActive
      />
      {wrong.length > 0 && (
        <div className="small dan" role="alert">
          {wrong.join(" ")}
        </div>
      )}
      <Why deciding={deciding} state={state} isSealed={isSealed} />
    </div>
  );
}

interface PicksProps {
  deciding: Deciding;
  row: Row;
  reading: Reading;
  isOther: boolean;
  label: string;
}

function Picks({ deciding, row, reading, isOther, label }: PicksProps) {
  const decided = reading.editor.answer(row.asked.key);
  const said = decided ? saidOf(decided) : null;
  const isGiven = row.values.some((value) => value.said === said);
  const isAnother = isOther || (said !== null && !isGiven);
  const walkRows = (event: React.KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const options = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=radio]")];
    const at = options.indexOf(document.activeElement as HTMLElement);
    options[(at + step + options.length) % options.length]?.focus();
  };
  return (
    <div className="pick" role="radiogroup" aria-label={label} tabIndex={-1} onKeyDown={walkRows}>
      {row.values.map((value, index) => {
        const isOn = !isOther && value.said === said;
        return (
          <button
            type="button"
            role="radio"
            key={value.said}
            aria-checked={isOn}
            className={isOn ? "opt on" : "opt"}
            onClick={() => deciding.take(value)}
          >
            <span className="rad" />
            <span className="pick-value">
              <span className="clamp">
                <ReadAnswer
                  asked={row.asked}
                  answer={value.answer}
                  reading={reading}
                  beside={deciding.given[value.from[0] ?? -1]?.answers}
                  isBare
                />
              </span>
              <span className="small t3">{whose(value.from, row, deciding)}</span>
            </span>
            {index < 9 && !isOther && <Keys chord={String(index + 1)} on={isOn} />}
          </button>
        );
      })}
      <button
        type="button"
        role="radio"
        aria-checked={isAnother}
        className={isAnother ? "opt on" : "opt"}
        onClick={() => (isOther ? deciding.leaveOther() : deciding.beginOther())}
      >
        <span className="rad" />
        <span className="pick-value">
          {isAnother && !isOther ? (
            <ReadAnswer asked={row.asked} answer={decided} reading={reading} isBare />
          ) : (
            <span>{t("Another value")}</span>
          )}
          <span className="small t3">{isOther ? t("yours, below") : t("you give it")}</span>
        </span>
        {isOther ? (
          <Keys chord={chordFor(other as never)} on />
        ) : (
          row.values.length < 9 && <Keys chord={String(row.values.length + 1)} />
        )}
      </button>
    </div>
  );
}

/** Answers 1 and 2; of an estimate, between which ends it lies. */
function whose(from: readonly number[], { interval }: Row, { given }: Deciding): string {
  if (from.length === 0 && interval) {
    const [low, high] = interval;
    return t("the model’s estimate, {low} to {high}", { low: number(low), high: number(high) });
  }
  return wordOfAnswers(from.map((column) => given[column]?.label ?? ""));
}

function Other({ asked, reading, onPicked }: { asked: Asked; reading: Reading; onPicked: () => void }) {
  const { editor, state, kinds, language, seed } = reading;
  const kind = kinds.questions[asked.question.kind];
  if (!kind) return null;
  return (
    <div className="other">
      <kind.Editor {...{ asked, editor, state, language, seed, onPicked }} isActive />
    </div>
  );
}

function Why({ deciding, state, isSealed }: Pick<DecisionProps, "deciding" | "state" | "isSealed">) {
  const count = deciding.given.length;
  return (
    <>
      <div className="why">
        <div className="col g8">
          <div className="row between">
            <h3 className="h4">{t("Reason")}</h3>
            <Keys chord={chordFor(nextReason as never)} />
          </div>
          <div className="row wrap g6" role="group" aria-label={t("Reason")}>
            {verdictReasons().map(([reason, word]) => {
              const isOn = state.reason === reason;
              return (
                <button
                  type="button"
                  key={reason}
                  className={isOn ? "chip on" : "chip"}
                  aria-pressed={isOn}
                  onClick={() => deciding.say({ reason: isOn ? null : reason })}
                >
                  {isOn && <IconCheck size={12} stroke={2} aria-hidden="true" />}
                  {word}
                </button>
              );
            })}
          </div>
        </div>
        <div className="col g8">
          <div className="row between">
            <h3 className="h4" id="note-to-authors">
              {t("{count, plural, one {Note to the author} other {Note to the # authors}}", { count })}
            </h3>
            <Keys chord={chordFor(write as never)} />
          </div>
          <textarea
            className="area"
            rows={3}
            dir="auto"
            maxLength={10_000}
            aria-labelledby="note-to-authors"
            data-note-field
            value={state.note}
            onChange={({ target }) => deciding.say({ note: target.value })}
          />
        </div>
      </div>
      <div className="note plain small">
        <IconInfoCircle size={16} stroke={1.75} aria-hidden="true" />
        <span>
          {isSealed
            ? t("Feedback is sealed in this project: those who answered learn neither the decision nor your note.")
            : t(
                "Those who answered see what was decided, the reason and your note. They do not see each other’s answers.",
              )}
        </span>
      </div>
    </>
  );
}
