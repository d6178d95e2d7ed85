/** One task: its material, its questions, and the keys of the question that is active. */
import { memo, type ReactNode, useCallback, useMemo, useSyncExternalStore } from "react";
import { useCommands } from "../../commands/scopes";
import type { Given } from "../../kinds/kind";
import { shownOptions } from "../../kinds/parts/options";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { CheckedTask } from "../checks/ChecksOf";
import { useCheckedTask } from "../checks/useCheckedTask";
import { activeOf, groupsOf, placeOf } from "./groups";
import { missingOf } from "./missing";
import { Panel } from "./Panel";
import { Rework } from "./Rework";
import { Stage, type View } from "./Stage";
import type { Held } from "./sitting";
import { wrongBy } from "./wrong";

interface TaskProps {
  held: Held;
  onPicked: () => void;
  /** It was to be submitted too early: what is missing is said beside its question. */
  isPressed: boolean;
  isLowered: boolean;
  onLower: (isLowered: boolean) => void;
  aside: ReactNode;
  /** What is to be known before it is answered; where nothing is given, why it is here again. */
  notice?: ReactNode;
}

/** Drawn anew only when something of it changed: the next task is drawn while it is hidden, and is merely shown then. */
export const Task = memo(function Task({ held, onPicked, isPressed, isLowered, onLower, aside, notice }: TaskProps) {
  const { editor, kinds, assignment } = held;
  const state = useSyncExternalStore(editor.subscribe, editor.snapshot);
  const language = document.documentElement.lang;
  const { seed } = assignment;
  const groups = groupsOf(editor, seed);
  const active = activeOf(groups, state.active);
  const kind = active && kinds.questions[active.question.kind];
  const options = active ? shownOptions(active, seed) : [];
  const given = { asked: active, editor, state, language, seed, onPicked, options } as Given;
  useCommands((kind?.commands ?? NO_COMMANDS) as never[], given);
  const refused = useMemo(() => wrongBy(held), [held]);
  const wrong = (key: string): string[] => {
    const own = isPressed ? missingOf(editor, kinds.questions).filter(({ asked }) => asked.key === key) : [];
    return [...own.map(({ word }) => word), ...(refused.get(key) ?? [])];
  };
  const onSeen = useCallback((suggestion: string): void => void held.seen.add(suggestion), [held]);
  const view: View = { editor, state, language, seed, onPicked, kinds, active, onSeen };
  const foot = groups.filter((group) => placeOf(kinds.questions, group) === "foot");
  const beside = groups.filter((group) => placeOf(kinds.questions, group) === "panel");
  const hasAside = beside.length > 0 || aside !== null;
  const classes = ["wmid", hasAside && "panelled", isLowered && "lowered"].filter(Boolean).join(" ");
  return (
    <CheckedTask value={useCheckedTask(held)}>
      <div className={classes}>
        <Stage
          view={view}
          foot={foot}
          wrong={wrong}
          task={assignment.task_id}
          notice={
            <>
              {notice ?? <Rework held={held} />}
              {Boolean(held.problem) && !refused.size && <ProblemNotice problem={held.problem} />}
            </>
          }
        />
        {beside.length > 0 && (
          <Panel groups={beside} view={view} wrong={wrong} isLowered={isLowered} onLower={onLower} />
        )}
        {aside}
      </div>
    </CheckedTask>
  );
});

const NO_COMMANDS: never[] = [];
