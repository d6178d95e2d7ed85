/** One question: what is asked, its answer for each part, and what may be said about the answer. */
import { IconHelpCircle } from "@tabler/icons-react";
import { useState } from "react";
import { chordFor } from "../../commands/scopes";
import type { Asked } from "../../editor/store";
import { wordsOf } from "../../editor/words-of";
import { percent, t } from "../../i18n";
import { IconButton } from "../../kit/IconButton";
import { Keys } from "../../kit/Keys";
import { Markdown } from "../../kit/Markdown";
import { ChecksOf } from "../checks/ChecksOf";
import { abstentionWord } from "./abstentions";
import { abstain, write } from "./commands";
import { type Group, partWord } from "./groups";
import type { View } from "./Stage";
import { Suggested } from "./Suggested";

interface BlockProps {
  group: Group;
  view: View;
  wrong: (key: string) => string[];
  isFoot?: boolean;
}

export function QuestionBlock({ group: { question, asked, isUnderTitle }, view, wrong, isFoot }: BlockProps) {
  const { editor, language, kinds, active } = view;
  const [isHelpOpen, setHelpOpen] = useState(false);
  const kind = kinds.questions[question.kind];
  const isActive = active?.question.name === question.name;
  const help = wordsOf(question.help, language);
  const first = asked[0];
  const hint = first && kind?.hint?.(question.settings ?? {}, editor.answer(first.key)?.value, question);
  const shown = asked.filter((each) => isHere(each, view));
  const hidden = asked.length - shown.length;
  // Under the title of a page a question is one level further down.
  const Title = !isFoot && isUnderTitle ? "h3" : "h2";
  const classes = isFoot ? "verdict" : "q";
  return (
    <section
      className={isActive ? `${classes} on` : classes}
      aria-label={wordsOf(question.text, language, question.name)}
      data-question={question.name}
    >
      <div className={isFoot ? "verdict-head" : "qh"}>
        <Title className="qtitle">{wordsOf(question.text, language, question.name)}</Title>
        <span className={isFoot ? "small t3 hide-s hide-t" : "small t3"}>
          {[question.required === false ? t("optional") : "", hint].filter(Boolean).join(" · ")}
        </span>
        {(kind?.isWritten || isJustified(question)) && !isFoot && <Keys chord={chordFor(write as never)} />}
        {help && (
          <IconButton name={t("What is meant")} aria-expanded={isHelpOpen} onClick={() => setHelpOpen(!isHelpOpen)}>
            <IconHelpCircle size={16} stroke={1.75} aria-hidden="true" />
          </IconButton>
        )}
      </div>
      {help && isHelpOpen && <Markdown source={help} className="small t2 read-help" />}
      <div className={isBeside(shown, view) ? "qparts two" : "qparts"}>
        {shown.map((each) => (
          <Part key={each.key} asked={each} view={view} wrong={wrong(each.key)} count={asked.length} />
        ))}
      </div>
      {hidden > 0 && (
        <p className="small t3 mt8">
          {t(
            "{count, plural, one {# more mark is asked about: select it} other {# more marks are asked about: select one}}",
            {
              count: hidden,
            },
          )}
        </p>
      )}
      {!kind && (
        <p className="small dan">{t("This version cannot ask “{kind}”. Reload the page.", { kind: question.kind })}</p>
      )}
    </section>
  );
}

/** Two replies under their letters are answered beside each other, as they stand on the stage. */
function isBeside(shown: readonly Asked[], { editor, seed, language, kinds }: View): boolean {
  const [first] = shown;
  if (shown.length !== 2 || !first || kinds.questions[first.question.kind]?.isWritten) return false;
  return shown.every((each) => partWord(editor, each, seed, language, 2).length === 1);
}

/** A question about regions stands there for the region that is selected, or whose question is active. */
function isHere({ key, part }: Asked, { state }: View): boolean {
  if (part.type !== "region") return true;
  const { selected } = state;
  return state.active === key || (selected !== null && part.address.endsWith(`:${selected.region}`));
}

function isJustified({ justification = "none" }: Asked["question"]): boolean {
  return justification !== "none";
}

function Part({ asked, view, wrong, count }: { asked: Asked; view: View; wrong: string[]; count: number }) {
  const { editor, state, language, seed, kinds, active } = view;
  const { question, key } = asked;
  const kind = kinds.questions[question.kind];
  const isActive = active?.key === key;
  const answer = state.answers.get(key);
  const word = regionWord(view, asked) || partWord(editor, asked, seed, language, count);
  if (!kind) return null;
  return (
    <div
      className={isActive ? "qpart on" : "qpart"}
      data-asked={key}
      onFocusCapture={() => editor.activate(key)}
      onPointerDownCapture={() => editor.activate(key)}
    >
      {word && (
        <div className="part-name small b">
          {word.length <= 2 ? <span className="letter s">{word}</span> : <span className="cut">{word}</span>}
        </div>
      )}
      <kind.Editor
        asked={asked}
        editor={editor}
        state={state}
        isActive={isActive}
        language={language}
        seed={seed}
        onPicked={view.onPicked}
      />
      <ChecksOf {...{ asked, answer, editor, kinds, isActive }} />
      {editor.suggestions.length > 0 && <Suggested asked={asked} view={view} isActive={isActive} />}
      <Abstentions asked={asked} view={view} isActive={isActive} />
      {answer?.value !== undefined && <More asked={asked} view={view} />}
      {wrong.length > 0 && (
        <div className="qwrong small dan" role="alert">
          {wrong.map((each) => (
            <div key={each}>{each}</div>
          ))}
        </div>
      )}
    </div>
  );
}

/** A mark is called what the question that it belongs to calls it. */
function regionWord({ editor, kinds, language }: View, { part }: Asked): string {
  if (part.type !== "region") return "";
  const [name, id = ""] = part.address.split(":");
  const of = editor
    .asked()
    .find(({ question, key }) => question.name === name && editor.regions(key).some((each) => each.id === id));
  return of ? (kinds.questions[of.question.kind]?.regionWord?.(of, editor, id, language) ?? "") : "";
}

function Abstentions({ asked, view, isActive }: { asked: Asked; view: View; isActive: boolean }) {
  const { editor, state } = view;
  const allowed = asked.question.allow ?? [];
  if (allowed.length === 0) return null;
  const chosen = state.answers.get(asked.key)?.abstained;
  return (
    <div className="row g6 wrap mt8">
      {allowed.map((each) => (
        <button
          type="button"
          key={each}
          className={chosen === each ? "chip on" : "chip"}
          aria-pressed={chosen === each}
          onClick={() => editor.abstain(asked, chosen === each ? null : each)}
        >
          {abstentionWord(each)}
        </button>
      ))}
      {isActive && <Keys chord={chordFor(abstain as never)} />}
    </div>
  );
}

/** The steps in which people say how sure they are; the value is the probability they mean. */
export const SURENESS = [0.25, 0.5, 0.75, 0.9, 1] as const;

function More({ asked, view }: { asked: Asked; view: View }) {
  const { editor, state, language } = view;
  const { confidence = "none", justification = "none", text, name } = asked.question;
  const answer = state.answers.get(asked.key);
  if (confidence === "none" && justification === "none") return null;
  return (
    <div className="qextra">
      {confidence !== "none" && (
        <div>
          <div className="row between small t2 mt4">
            <span>{t("How sure are you?")}</span>
            <span className="t3">{confidence === "optional" ? t("optional") : ""}</span>
          </div>
          <div className="scale mt4" role="radiogroup" aria-label={t("How sure are you?")}>
            {SURENESS.map((each) => (
              <button
                type="button"
                role="radio"
                key={each}
                aria-checked={answer?.confidence === each}
                className={answer?.confidence === each ? "on" : ""}
                onClick={() => editor.remark(asked, { confidence: answer?.confidence === each ? undefined : each })}
              >
                {percent(each)}
              </button>
            ))}
          </div>
        </div>
      )}
      {justification !== "none" && (
        <div>
          <div className="row between small t2 mt4">
            <span>{t("Why?")}</span>
            <span className="t3">{justification === "optional" ? t("optional") : ""}</span>
          </div>
          <textarea
            className="area mt4"
            data-answer-field
            rows={2}
            dir="auto"
            aria-label={t("Why: {question}", { question: wordsOf(text, language, name) })}
            value={answer?.justification ?? ""}
            onChange={({ target }) => editor.remark(asked, { justification: target.value || undefined })}
          />
        </div>
      )}
    </div>
  );
}

/** The answer that stands in the list of a question's parts after one that was just given: the next that has none. */
export function nextUnanswered(
  asked: readonly Asked[],
  from: string,
  isAnswered: (key: string) => boolean,
): Asked | null {
  const at = asked.findIndex(({ key }) => key === from);
  return asked.slice(at + 1).find(({ key }) => !isAnswered(key)) ?? null;
}
