/** One task in adjudication: the material on one side, on the wide other one the answers, the decision and its reason. */
import { memo, type ReactNode, useMemo, useSyncExternalStore } from "react";
import { useCommands } from "../../commands/scopes";
import { t } from "../../i18n";
import type { Given } from "../../kinds/kind";
import { shownOptions } from "../../kinds/parts/options";
import { stillKinds } from "../../kinds/parts/still";
import type { Kinds } from "../../kinds/registry";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { missingOf } from "../annotate/missing";
import type { Reading } from "../annotate/ReadAnswer";
import { Stage } from "../annotate/Stage";
import type { Held } from "../annotate/sitting";
import { wrongBy } from "../annotate/wrong";
import { CheckedTask } from "../checks/ChecksOf";
import { useCheckedTask } from "../checks/useCheckedTask";
import { AnswerTable } from "./AnswerTable";
import { Decision } from "./Decision";
import { type Deciding, decidingOf } from "./deciding";
import type { Row } from "./table";

interface TaskProps {
  held: Held;
  aside: ReactNode;
  isPressed: boolean;
  onlyDiffering: boolean;
  onNarrow: (only: boolean) => void;
  isSealed: boolean;
}

export const AdjudicateTask = memo(function AdjudicateTask(props: TaskProps) {
  const { held, aside, isPressed, onlyDiffering, onNarrow, isSealed } = props;
  const { editor, assignment } = held;
  const deciding = decidingOf(held);
  const state = useSyncExternalStore(deciding.subscribe, deciding.snapshot);
  const decided = useSyncExternalStore(editor.subscribe, editor.snapshot);
  const read = useSyncExternalStore(deciding.reader.subscribe, deciding.reader.snapshot);
  const kinds = useMemo(() => stillKinds(held.kinds), [held.kinds]);
  const common = { language: document.documentElement.lang, seed: assignment.seed };
  const decision: Reading = { ...common, editor, state: decided, kinds: held.kinds };
  const row = deciding.current;
  const asked = row?.asked;
  const kind = asked && state.isOther ? held.kinds.questions[asked.question.kind] : undefined;
  const isDrawing = kind?.onText !== undefined || kind?.Layer !== undefined;
  const stage: Reading = isDrawing
    ? decision
    : state.shown === null
      ? { ...decision, kinds }
      : { ...common, editor: deciding.reader, state: read, kinds };
  const options = asked ? shownOptions(asked, common.seed) : [];
  const given = { ...decision, asked, options, onPicked: nothing } as unknown as Given;
  useCommands((kind?.commands ?? NONE) as never[], given);
  const refused = useMemo(() => wrongBy(held), [held]);
  const wrong = isPressed
    ? missingOf(editor, held.kinds.questions).filter((each) => each.asked.key === asked?.key)
    : [];
  const rows = rowsShown(deciding, onlyDiffering);
  return (
    <CheckedTask value={useCheckedTask(held)}>
      <div className={state.shown === deciding.given.length ? "wmid deciding merged-marks" : "wmid deciding"}>
        <Stage
          view={{ ...stage, onPicked: nothing, active: isDrawing ? asked : undefined }}
          foot={NONE}
          wrong={() => NONE}
          task={assignment.task_id}
          notice={held.problem && refused.size === 0 ? <ProblemNotice problem={held.problem} /> : null}
          isStill={!isDrawing}
        />
        <section className="decide" aria-label={t("Answers and decision")}>
          <Head deciding={deciding} onlyDiffering={onlyDiffering} onNarrow={onNarrow} />
          <AnswerTable
            deciding={deciding}
            reading={{ ...decision, kinds }}
            rows={rows}
            at={state.at}
            shown={state.shown}
            hasMarks={hasMarks(deciding, held.kinds)}
          />
          {row && (
            <Decision
              deciding={deciding}
              state={state}
              row={row}
              reading={decision}
              onPicked={nothing}
              wrong={[...wrong.map(({ word }) => word), ...(refused.get(row.asked.key) ?? [])]}
              isSealed={isSealed}
            />
          )}
        </section>
        {aside}
      </div>
    </CheckedTask>
  );
});

const NONE: never[] = [];
const nothing = (): void => undefined;

/** The rows in sight; the one that keys act on is always among them. */
export function rowsShown(deciding: Deciding, onlyDiffering: boolean): readonly Row[] {
  if (!onlyDiffering) return deciding.rows;
  const { at } = deciding.snapshot();
  return deciding.rows.filter(({ cells, asked }) => asked.key === at || cells.some(({ differs }) => differs));
}

export function hasMarks({ rows }: Deciding, { questions }: Kinds): boolean {
  return rows.some(({ asked }) => {
    const kind = questions[asked.question.kind];
    return kind?.onText !== undefined || kind?.Layer !== undefined;
  });
}

function Head({
  deciding,
  onlyDiffering,
  onNarrow,
}: Pick<TaskProps, "onlyDiffering" | "onNarrow"> & { deciding: Deciding }) {
  const { rows } = deciding;
  const count = rows.filter(({ cells }) => cells.some(({ differs }) => differs)).length;
  const settled = rows.filter(({ isSettled }) => isSettled).length;
  return (
    <div className="decide-head">
      <h2 className="h3">
        {t("{count, plural, =0 {No question differs} one {# question differs} other {# questions differ}}", { count })}
      </h2>
      <span className="t2 grow">
        {t("{settled} of {all} settled; framed values differ from the leading one", { settled, all: rows.length })}
      </span>
      <Segmented
        label={t("Which questions are shown")}
        value={onlyDiffering ? "differing" : "all"}
        options={[
          ["all", t("All questions")],
          ["differing", t("Only differing")],
        ]}
        onChange={(value) => onNarrow(value === "differing")}
      />
    </div>
  );
}
