/** One task in review: its material with what one answer marked there, and the answers beside it; or the editor, to mend them. */
import { memo, type ReactNode, useMemo, useSyncExternalStore } from "react";
import { t } from "../../i18n";
import { stillKinds } from "../../kinds/parts/still";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { wordOfAnswers } from "../annotate/answerWords";
import type { Reading } from "../annotate/ReadAnswer";
import { Stage, type View } from "../annotate/Stage";
import type { Held } from "../annotate/sitting";
import { Task } from "../annotate/Task";
import { CheckedTask } from "../checks/ChecksOf";
import { useCheckedTask } from "../checks/useCheckedTask";
import { AnswerTabs } from "./AnswerTabs";
import { othersOf } from "./changed";
import { judgingOf } from "./judging";
import { ReadPanel } from "./ReadPanel";
import { changedOf, earlierOf } from "./rounds";

interface ReviewTaskProps {
  held: Held;
  onPicked: () => void;
  isPressed: boolean;
  isLowered: boolean;
  onLower: (isLowered: boolean) => void;
  aside: ReactNode;
}

export const ReviewTask = memo(function ReviewTask({ held, ...rest }: ReviewTaskProps) {
  const judging = judgingOf(held);
  const { isFixing } = useSyncExternalStore(judging.subscribe, judging.snapshot);
  if (!isFixing) return <Read held={held} aside={rest.aside} />;
  const said = judging.current;
  const notice = (
    <Notice tone="plain">
      {said && t("You fix {answer}. What you store stands instead of it.", { answer: wordOfAnswers(said.labels) })}
    </Notice>
  );
  return <Task held={held} notice={notice} {...rest} />;
});

function Read({ held, aside }: { held: Held; aside: ReactNode }) {
  const { assignment } = held;
  const judging = judgingOf(held);
  const { at, given } = useSyncExternalStore(judging.subscribe, judging.snapshot);
  const editor = judging.reader;
  const state = useSyncExternalStore(editor.subscribe, editor.snapshot);
  const kinds = useMemo(() => stillKinds(held.kinds), [held.kinds]);
  const language = document.documentElement.lang;
  const reading: Reading = { editor, state, kinds, language, seed: assignment.seed };
  const active = editor.asked().find(({ key }) => key === state.active);
  const view: View = { ...reading, onPicked: nothing, active };
  const said = judging.said[at];
  const earlier = earlierOf(said, assignment.verdicts ?? []);
  const others = useMemo(() => othersOf(judging.said, at), [judging, at]);
  return (
    <CheckedTask value={useCheckedTask(held)}>
      <div className="wmid panelled">
        <Stage
          view={view}
          foot={NONE}
          wrong={noneWrong}
          task={assignment.task_id}
          notice={held.problem ? <ProblemNotice problem={held.problem} /> : null}
          isStill
        />
        <ReadPanel
          reading={reading}
          active={active?.key}
          earlier={earlier}
          changed={changedOf(said, earlier)}
          others={others}
          head={
            <div className="read-head">
              <AnswerTabs judging={judging} at={at} given={given} />
              {said && (judging.said.length === 1 || said.ids.length > 1 || said.revision > 1) && (
                <p className="small t3">
                  {said.ids.length > 1
                    ? t("{count, plural, one {# person says this} other {# people say the same}}", {
                        count: said.ids.length,
                      })
                    : wordOfAnswers(said.labels)}
                  {said.revision > 1 && ` · ${t("version {version}", { version: said.revision })}`}
                </p>
              )}
            </div>
          }
        />
        {aside}
      </div>
    </CheckedTask>
  );
}

const NONE: never[] = [];
const nothing = (): void => undefined;
const noneWrong = (): string[] => [];
