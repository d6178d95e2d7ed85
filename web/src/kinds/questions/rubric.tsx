/** Rubric: each criterion graded on its own anchored levels, with what the grade rests on; the total is derived, never stored. */
import { IconX } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import type { Item, Json, Words } from "../../api/contract";
import { chordFor } from "../../commands/scopes";
import {
  asksEvidence,
  currentOf,
  type Grade,
  type Graded,
  gradeAt,
  gradedOf,
  gradesIn,
  gradesOf,
  isGrading,
  isWhole,
  nameOf,
  type Passage,
  placeOf,
  putPassage,
  type Rubric,
  rubricOf,
  setGrade,
  standAt,
  totalOf,
} from "../../editor/rubrics";
import type { Asked, Editor as Store } from "../../editor/store";
import { textAt, textsUnder } from "../../editor/texts";
import { Pieces } from "../../editor/words";
import { wordsOf } from "../../editor/words-of";
import { number, percent, t } from "../../i18n";
import { IconButton } from "../../kit/IconButton";
import { Keys } from "../../kit/Keys";
import { colorOf } from "../colors";
import type { AnswerProps, QuestionKind, ReadProps, SettingsProps } from "../kind";
import { CriteriaForm } from "../parts/CriteriaForm";
import { commands, markPassage, notApplicable } from "../parts/rubric-commands";
import { SwitchField, withSetting } from "../parts/SettingFields";
import "./rubric.css";

function Editor(props: AnswerProps) {
  const { asked, editor, language, isActive, state } = props;
  const rubric = rubricOf(asked);
  const all = gradedOf(rubric.criteria);
  const grades = gradesOf(editor, asked);
  const at = isActive ? currentOf(editor, asked) : undefined;
  return (
    <>
      <ol className="rubric" aria-label={wordsOf(rubric.title, language, t("Criteria"))}>
        {all.map((criterion, index) => (
          <Row
            key={criterion.id}
            {...props}
            criterion={criterion}
            number={index + 1}
            heading={headingOf(all, index, language)}
            grade={grades.find(({ id }) => id === criterion.id)}
            isAt={criterion.id === at?.id}
          />
        ))}
      </ol>
      <Total rubric={rubric} grades={grades} count={all.length} />
      {isActive && state.refused && <div className="small dan regions-hint">{state.refused}</div>}
      {isActive && !state.refused && (
        <div className="small t3 regions-hint">
          <span className="row g4">
            <Keys chord="J" /> <Keys chord="K" /> {t("walk")}
          </span>
          {Boolean(asked.question.settings?.evidence) && (
            <span className="row g4 push">
              {t("drag over what it rests on, or")} <Keys chord="ArrowRight" /> <Keys chord="E" />
            </span>
          )}
        </div>
      )}
    </>
  );
}

/** What a criterion stands under, where that changes from the one before. */
function headingOf(all: readonly Graded[], index: number, language: string): string {
  const words = (under: readonly Words[] = []): string => under.map((each) => wordsOf(each, language)).join(" › ");
  const own = words(all[index]?.under);
  return own === words(all[index - 1]?.under) ? "" : own;
}

interface RowProps extends AnswerProps {
  criterion: Graded;
  number: number;
  heading: string;
  grade: Grade | undefined;
  isAt: boolean;
}

function Row({ criterion, number: place, heading, grade, isAt, ...props }: RowProps) {
  const { asked, editor, language, isActive } = props;
  const row = useRef<HTMLLIElement>(null);
  const wasAt = useRef(isAt);
  useEffect(() => {
    if (isAt && !wasAt.current) row.current?.scrollIntoView({ block: "nearest" });
    wasAt.current = isAt;
  }, [isAt]);
  const { id, levels, text } = criterion;
  const title = wordsOf(text, language, id);
  const give = (level: number | null): void => {
    gradeAt(editor, asked, id, level);
    standAt(editor, asked, id);
  };
  const chosen = levels.find(({ level }) => level === grade?.level);
  return (
    <li ref={row} className={isAt ? "crit at" : "crit"} aria-current={isAt || undefined} data-criterion={id}>
      {heading && <div className="over">{heading}</div>}
      <button type="button" className="crit-head" tabIndex={-1} onClick={() => standAt(editor, asked, id)}>
        <span className="crit-no num">{place}</span>
        <span className="grow break">{title}</span>
        <span className="small t3 nowrap num">{weightWord(criterion)}</span>
      </button>
      <div className="scale" role="radiogroup" aria-label={title}>
        {levels.map(({ level, anchor }) => (
          <button
            type="button"
            role="radio"
            key={level}
            aria-checked={grade?.level === level}
            aria-label={[level, wordsOf(anchor, language)].filter((each) => each !== "").join(" ")}
            title={wordsOf(anchor, language) || undefined}
            className={grade?.level === level ? "on" : ""}
            onClick={() => give(level)}
          >
            {level}
          </button>
        ))}
        {Boolean(asked.question.settings?.allow_na) && (
          <button
            type="button"
            role="radio"
            aria-checked={grade?.na === true}
            aria-label={t("It does not apply")}
            title={t("It does not apply")}
            className={grade?.na ? "on small" : "small"}
            onClick={() => give(null)}
          >
            {t("n/a")} {isAt && isActive && <Keys chord={chordFor(notApplicable as never)} on={grade?.na} />}
          </button>
        )}
      </div>
      {isAt ? (
        <Anchors levels={levels} chosen={chosen?.level} language={language} />
      ) : (
        chosen?.anchor && <div className="small t2">{wordsOf(chosen.anchor, language)}</div>
      )}
      {grade && (
        <Grounds asked={asked} editor={editor} language={language} criterion={criterion} grade={grade} isAt={isAt} />
      )}
    </li>
  );
}

/** How much it counts: ×5, −3, and whether it alone decides. */
function weightWord({ weight = 1, polarity, gate }: Graded): string {
  const word = polarity === "negative" ? `−${number(weight)}` : `×${number(weight)}`;
  return gate ? t("{weight}, decides alone", { weight: word }) : word;
}

function Anchors({ levels, chosen, language }: { levels: Graded["levels"]; chosen?: number; language: string }) {
  if (!levels.some(({ anchor }) => anchor)) return null;
  return (
    <ul className="anchors small t2">
      {levels.map(({ level, anchor }) => (
        <li className={level === chosen ? "on" : undefined} key={level}>
          <Keys chord={String(level)} on={level === chosen} />
          <span className="break">{wordsOf(anchor, language)}</span>
        </li>
      ))}
    </ul>
  );
}

interface GroundsProps extends Pick<AnswerProps, "asked" | "editor" | "language"> {
  criterion: Graded;
  grade: Grade;
  isAt: boolean;
}

/** What a grade rests on: passages, and a note. */
function Grounds({ asked, editor, language, criterion, grade, isAt }: GroundsProps) {
  const { evidence = [], note = "" } = grade;
  const isAsked = asksEvidence(asked, criterion);
  const isShort = isAt && !isWhole(criterion, grade, isAsked);
  return (
    <>
      {evidence.length > 0 && (
        <ul className="grounds small">
          {evidence.map((passage, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a passage has no name; its place is its identity
            <li key={index}>
              <q className="cut grow">{quoteOf(editor.item, asked.part.address, passage)}</q>
              <IconButton
                name={t("Remove passage {number}", { number: index + 1 })}
                onClick={() => putPassage(editor, asked, grade, index, undefined)}
              >
                <IconX size={12} stroke={2} aria-hidden="true" />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      {isShort && <div className="small cau">{t("Mark the passage that it rests on")}</div>}
      {(isAt || note) && (
        <input
          className="input s"
          data-answer-field={isAt || undefined}
          dir="auto"
          maxLength={20_000}
          aria-label={t("Note to: {criterion}", { criterion: wordsOf(criterion.text, language, criterion.id) })}
          placeholder={t("Note")}
          value={note}
          onChange={({ target }) => {
            const { note: _, ...bare } = grade;
            const after = target.value ? { ...bare, note: target.value } : bare;
            setGrade(editor, asked, grade.id, after, `note ${grade.id}`);
          }}
        />
      )}
    </>
  );
}

/** The words that a passage names, read from the item alone. */
function quoteOf(item: Item, target: string, { on = target, ranges }: Passage): string {
  const { text, language } = textAt(item, on);
  const { offsets } = new Pieces(text, language);
  return ranges.map(([start, end]) => offsets.slice(start, end).replace(/\s+/g, " ")).join(" … ");
}

function Total({ rubric, grades, count }: { rubric: Rubric; grades: readonly Grade[]; count: number }) {
  const isWholly = grades.length === count;
  return (
    <div className="rubric-total small" aria-live="polite">
      {isWholly ? (
        <TotalWord rubric={rubric} grades={grades} />
      ) : (
        <span className="t3 num">
          {t("{graded} of {count} graded", { graded: number(grades.length), count: number(count) })}
        </span>
      )}
    </div>
  );
}

function TotalWord({ rubric, grades }: { rubric: Rubric; grades: readonly Grade[] }) {
  const total = totalOf(rubric, grades);
  const least = rubric.scoring?.pass ?? 0.5;
  if (total === null) return <span className="t2">{t("No total: nothing that counts applies")}</span>;
  return (
    <>
      <span className="bb num">{t("Total {share}", { share: percent(total, 0) })}</span>
      <span className="t2 num">
        {total >= least
          ? t("passes, from {share}", { share: percent(least, 0) })
          : t("does not pass, below {share}", { share: percent(least, 0) })}
      </span>
    </>
  );
}

function Reader({ question, answer, item, language }: ReadProps) {
  const rubric = rubricOf({ question });
  const grades = gradesIn(answer.value);
  return (
    <div className="rubric-read">
      <span className="row g6 wrap">
        <TotalWord rubric={rubric} grades={grades} />
      </span>
      <ol>
        {gradedOf(rubric.criteria).map(({ id, text, levels }) => {
          const grade = grades.find((each) => each.id === id);
          const anchor = wordsOf(levels.find(({ level }) => level === grade?.level)?.anchor, language);
          const said = grade === undefined ? "–" : grade.na ? t("n/a") : String(grade.level);
          return (
            <li key={id} className="small">
              <span className="t2">{wordsOf(text, language, id)}</span> <span className="b num">{said}</span>{" "}
              <span className="t3">{anchor}</span>
              {grade?.note && <div dir="auto">{grade.note}</div>}
              {item && grade?.evidence?.map((each) => <Quote key={JSON.stringify(each)} {...{ item, answer, each }} />)}
            </li>
          );
        })}
      </ol>
    </div>
  );
}

function Quote({ item, answer, each }: { item: Item; answer: ReadProps["answer"]; each: Passage }) {
  return <q className="t3">{quoteOf(item, answer.target, each)}</q>;
}

function SettingsForm({ settings, onChange }: SettingsProps) {
  const put = (change: Record<string, unknown>): void => onChange(withSetting(settings, change));
  return (
    <>
      <SwitchField
        label={t("Grades name the passages that they rest on")}
        value={settings.evidence}
        onChange={(isOn) => put({ evidence: isOn || undefined })}
      />
      <SwitchField
        label={t("A criterion may not apply")}
        value={settings.allow_na}
        onChange={(isOn) => put({ allow_na: isOn || undefined })}
      />
      <CriteriaForm
        rubric={rubricOf({ question: { name: "", kind: "rubric", settings } })}
        onChange={(rubric) => put({ rubric })}
      />
    </>
  );
}

function missing(_: Record<string, unknown>, value: Json, asked: Asked, editor: Store): string | null {
  const grades = new Map(gradesIn(value).map((each) => [each.id, each]));
  const all = gradedOf(rubricOf(asked).criteria);
  const left = all.filter(({ id }) => !grades.has(id)).length;
  if (left > 0) return t("{left, plural, one {Grade # more criterion} other {Grade # more criteria}}", { left });
  const bare = all.findIndex((each) => !isWhole(each, grades.get(each.id), asksEvidence(asked, each)));
  return bare < 0 || textsUnder(asked.part, editor.parts).length === 0
    ? null
    : t("Mark the passage that grade {number} rests on", { number: bare + 1 });
}

const kind: QuestionKind = {
  name: "rubric",
  title: () => t("Grades by a rubric"),
  place: "panel",
  isWritten: true,
  Editor,
  onText: {
    covers: (asked, editor, address) =>
      asked.question.kind === "rubric" &&
      Boolean(asked.question.settings?.evidence) &&
      textsUnder(asked.part, editor.parts).includes(address),
    passages: ({ asked, editor }, address) => {
      const all = gradedOf(rubricOf(asked).criteria);
      const colors = all.map(({ id }) => ({ value: id }));
      return gradesOf(editor, asked).flatMap(({ id, evidence = [] }) =>
        evidence.flatMap(({ on = asked.part.address, ranges }, place) =>
          on !== address
            ? []
            : ranges.map((range) => ({
                id: nameOf(id, place),
                range,
                color: colorOf(colors, id),
                word: String(all.findIndex((each) => each.id === id) + 1),
              })),
        ),
      );
    },
    onDrag: markPassage,
    onMoveEnd: ({ asked, editor }, address, passage, range) => {
      const { id, place } = placeOf(passage.id);
      const grade = gradesOf(editor, asked).find((each) => each.id === id);
      const snapped = editor.pieces(address).snap(range, "word");
      const before = grade?.evidence?.[place];
      const [start, end] = passage.range;
      const at = before?.ranges.findIndex(([from, to]) => from === start || to === end) ?? -1;
      if (!grade || !before || !snapped || at < 0) return;
      const ranges = before.ranges.map((each, index) => (index === at ? snapped : each));
      putPassage(editor, asked, grade, place, { ...before, ranges });
    },
  },
  Reader,
  fits: isGrading,
  SettingsForm,
  initial: {
    rubric: {
      format: "open-rubric/0.1",
      id: "rubric",
      version: "1.0.0",
      criteria: [
        {
          id: "c1",
          text: "Answers what was asked.",
          levels: [
            { level: 0, score: 0, anchor: "No." },
            { level: 1, score: 1, anchor: "Yes." },
          ],
        },
      ],
    },
  },
  commands,
  missing,
  hint: (settings) => {
    const count = gradedOf((settings.rubric as Rubric | undefined)?.criteria ?? []).length;
    return t("{count, plural, one {# criterion} other {# criteria}}", { count });
  },
};
export default kind;
