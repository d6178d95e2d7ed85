/** The answers that are reviewed, beside the material: each drawn by its kind, with what changed and where others differ. */
import { IconArrowsDiff, IconHistory } from "@tabler/icons-react";
import { Fragment, type ReactNode, useEffect, useRef } from "react";
import type { Answer } from "../../api/contract";
import { wordsOf } from "../../editor/words-of";
import { t, when } from "../../i18n";
import { Notice } from "../../kit/Notice";
import { WordDiff } from "../../kit/WordDiff";
import { wordOfAnswers } from "../annotate/answerWords";
import { groupsOf, partWord } from "../annotate/groups";
import { ReadAnswer, type Reading } from "../annotate/ReadAnswer";
import { wordOfReason } from "../annotate/reasons";
import { ChecksOf } from "../checks/ChecksOf";
import type { OtherAnswer } from "./changed";
import type { Earlier } from "./rounds";

const SMALL = { size: 14, stroke: 1.75, "aria-hidden": true } as const;

interface ReadPanelProps {
  reading: Reading;
  head: ReactNode;
  /** The key of the question that one is at. */
  active: string | undefined;
  earlier: readonly Earlier[];
  changed: ReadonlyMap<string, Answer | undefined>;
  /** What others say, where it is something else. */
  others: ReadonlyMap<string, readonly OtherAnswer[]>;
}

export function ReadPanel({ reading, head, active, earlier, changed, others }: ReadPanelProps) {
  const { editor, kinds, language, seed } = reading;
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!active) return;
    panel.current?.querySelector(`[data-asked="${CSS.escape(active)}"]`)?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <aside className="panel reading-panel" aria-label={t("Answers")} ref={panel} tabIndex={0}>
      {head}
      {earlier.map((each) => (
        <Round key={`${each.round} ${each.at}`} earlier={each} />
      ))}
      {groupsOf(editor, seed).map(({ question, asked, page, isUnderTitle }) => {
        const Title = isUnderTitle ? "h3" : "h2";
        const isOn = asked.some(({ key }) => key === active);
        return (
          <Fragment key={question.name}>
            {page && <h2 className="page-title">{wordsOf(page, language)}</h2>}
            <section className={isOn ? "q on" : "q"} data-question={question.name}>
              <div className="qh">
                <Title className="qtitle">{wordsOf(question.text, language, question.name)}</Title>
              </div>
              {asked.map((each) => {
                const word = partWord(editor, each, seed, language, asked.length);
                const answer = editor.answer(each.key);
                return (
                  <div className="qpart" key={each.key} data-asked={each.key}>
                    {word && (
                      <div className="part-name small b">
                        {word.length <= 2 ? (
                          <span className="letter s">{word}</span>
                        ) : (
                          <span className="cut">{word}</span>
                        )}
                      </div>
                    )}
                    <div className="read-value">
                      <ReadAnswer asked={each} answer={answer} reading={reading} />
                    </div>
                    <ChecksOf asked={each} answer={answer} isActive={each.key === active} {...{ editor, kinds }} />
                    {others.get(each.key)?.map(({ labels, answer: other, beside }) => (
                      <div className="others small" key={labels[0]}>
                        <span className="state cau">
                          <IconArrowsDiff {...SMALL} />
                          {wordOfAnswers(labels)}
                        </span>
                        <ReadAnswer asked={each} answer={other} reading={reading} beside={beside} isBare />
                      </div>
                    ))}
                    {changed.has(each.key) && (
                      <Before before={changed.get(each.key)} now={answer}>
                        <ReadAnswer asked={each} answer={changed.get(each.key)} reading={reading} isBare />
                      </Before>
                    )}
                  </div>
                );
              })}
            </section>
          </Fragment>
        );
      })}
    </aside>
  );
}

/** What was said of it when it was looked at last. */
function Round({ earlier: { verdict, reason, note, at } }: { earlier: Earlier }) {
  return (
    <div className="round">
      <Notice tone="plain">
        <div className="row between g8">
          <span className="b">{verdict === "send-back" ? t("Sent back earlier") : t("Judged earlier")}</span>
          <span className="small t3 nowrap">{when(at)}</span>
        </div>
        {reason && <div className="t2">{wordOfReason(reason)}</div>}
        {note && (
          <div className="pre" dir="auto">
            {note}
          </div>
        )}
      </Notice>
    </div>
  );
}

/** What stood before the last change: words by words where both are texts. */
function Before({
  before,
  now,
  children,
}: {
  before: Answer | undefined;
  now: Answer | undefined;
  children: ReactNode;
}) {
  const areTexts = typeof before?.value === "string" && typeof now?.value === "string";
  const isProse = areTexts && /\s/.test(`${before?.value}${now?.value}`);
  return (
    <div className="was small">
      <span className="state">
        <IconHistory {...SMALL} />
        {before ? t("changed; before it said") : t("new")}
      </span>
      {isProse ? (
        <WordDiff before={String(before?.value)} after={String(now?.value)} />
      ) : (
        before && <del className="del">{children}</del>
      )}
    </div>
  );
}
