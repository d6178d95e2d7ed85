/** Questions by answers: what everybody said, what differs from the leading value, and how probable the model takes that to be. */
import { useEffect, useRef } from "react";
import type { Answer } from "../../api/contract";
import { chordFor } from "../../commands/scopes";
import { wordsOf } from "../../editor/words-of";
import { listed, number, t } from "../../i18n";
import { Keys } from "../../kit/Keys";
import { wordOfAnswers } from "../annotate/answerWords";
import { partWord } from "../annotate/groups";
import { ReadAnswer, type Reading } from "../annotate/ReadAnswer";
import { show } from "./commands";
import type { Deciding } from "./deciding";
import type { Cell, Row } from "./table";

interface TableProps {
  deciding: Deciding;
  reading: Reading;
  rows: readonly Row[];
  at: string;
  shown: number | null;
  hasMarks: boolean;
}

export function AnswerTable({ deciding, reading, rows, at, shown, hasMarks }: TableProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.querySelector(`[data-row="${CSS.escape(at)}"]`)?.scrollIntoView({ block: "nearest" });
  }, [at]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <div className="ans-box" ref={box} tabIndex={0} role="region" aria-label={t("Answers beside each other")}>
      <table className="ans">
        <thead>
          <tr>
            <th scope="col" className="over">
              {t("Question")}
            </th>
            {deciding.given.map(({ annotation_id, label, revision }, column) => (
              <th scope="col" key={annotation_id}>
                {hasMarks ? (
                  <button
                    type="button"
                    className={column === shown ? "btn s on" : "btn s"}
                    aria-pressed={column === shown}
                    title={t("Show it on the material")}
                    onClick={() => deciding.showOne(column === shown ? null : column)}
                  >
                    {wordOfAnswers([label])}
                  </button>
                ) : (
                  <span className="b">{wordOfAnswers([label])}</span>
                )}
                {revision > 1 && <span className="small t3"> {t("version {version}", { version: revision })}</span>}
              </th>
            ))}
            <th scope="col" className="model">
              {hasMarks && deciding.merged.length > 0 ? (
                <button
                  type="button"
                  className={shown === deciding.given.length ? "btn s on" : "btn s"}
                  aria-pressed={shown === deciding.given.length}
                  title={t("Show what they merge to on the material, in broken lines")}
                  onClick={() => deciding.showOne(shown === deciding.given.length ? null : deciding.given.length)}
                >
                  {t("Model’s view")}
                </button>
              ) : (
                <span className="b">{t("Model’s view")}</span>
              )}
              <span className="small t3">{t("probability of the leading value")}</span>
              {hasMarks && (
                <span className="row g4 small t3 hide-m">
                  <Keys chord={chordFor(show as never)} /> <Keys chord="ArrowLeft" /> {t("on the material")}
                </span>
              )}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <TableRow key={row.asked.key} row={row} deciding={deciding} reading={reading} isAt={row.asked.key === at} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  row: Row;
  deciding: Deciding;
  reading: Reading;
  isAt: boolean;
}

function TableRow({ row, deciding, reading, isAt }: RowProps) {
  const { asked, cells } = row;
  return (
    <tr className={isAt ? "at" : undefined} data-row={asked.key} aria-current={isAt || undefined}>
      <th scope="row">
        <button type="button" className="row-title b" onClick={() => deciding.go(asked.key)}>
          {titleOf(row, reading)}
        </button>
      </th>
      {cells.map((cell, column) => (
        <td key={deciding.given[column]?.annotation_id}>
          <Said row={row} cell={cell} reading={reading} beside={deciding.given[column]?.answers} />
        </td>
      ))}
      <td>
        <Model row={row} />
      </td>
    </tr>
  );
}

/** A value that differs stands in a frame, and says so to whoever cannot see it. */
function Said({
  row,
  cell,
  reading,
  beside,
}: {
  row: Row;
  cell: Cell;
  reading: Reading;
  beside: readonly Answer[] | undefined;
}) {
  const value = <ReadAnswer asked={row.asked} answer={cell.answer} reading={reading} beside={beside} isBare />;
  if (!cell.differs) return <div className="cell">{value}</div>;
  return (
    <div className="cell odd">
      {value}
      <span className="hidden-visually">{t("differs from the leading value")}</span>
    </div>
  );
}

function Model({ row }: { row: Row }) {
  const { probability, isSettled } = row;
  const word = tallyOf(row);
  if (probability === null) return <span className={isSettled ? "small t3" : "small cau"}>{word}</span>;
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return (
    <div
      className="row g6 num"
      title={t("{share} probable; {tally}", { share: number(probability, digits), tally: word })}
    >
      <span className={isSettled ? "t2" : "bb"} style={{ minWidth: 34 }}>
        {number(probability, digits)}
      </span>
      <span className="bar" aria-hidden="true" style={{ width: 64 }}>
        <span className={isSettled ? "" : "cau"} style={{ width: `${probability * 100}%` }} />
      </span>
      <span className={isSettled ? "small t3" : "small cau"}>{word}</span>
    </div>
  );
}

/** How many said what: all agree, 3 of 4, 2 and 2. */
export function tallyOf({ values, cells, isTied }: Row): string {
  const counts = values.map(({ from }) => from.length).filter((count) => count > 0);
  const [first = 0] = counts;
  if (first === 0) return t("nobody answered");
  if (first === cells.length) return t("all agree");
  if (isTied) return listed(counts.map((count) => number(count)));
  return t("{count} of {all}", { count: number(first), all: number(cells.length) });
}

/** What a row is about: its question, and the part where it is asked about several. */
export function titleOf({ asked }: Row, { editor, seed, language }: Reading): string {
  const { question, part } = asked;
  const title = wordsOf(question.text, language, question.name);
  const alike = [...editor.parts.values()].filter(({ type, input }) => type === part.type && input === part.input);
  const word = partWord(editor, asked, seed, language, alike.length);
  return word ? t("{question} ({part})", { question: title, part: word }) : title;
}
