/** The task in hand, as its checks are asked for. */
import { useMemo } from "react";
import type { Id } from "../../api/contract";
import type { Held } from "../annotate/sitting";

export function useCheckedTask({ assignment }: Held): { project: Id; task: Id } {
  const { project_id: project, task_id: task } = assignment;
  return useMemo(() => ({ project, task }), [project, task]);
}
