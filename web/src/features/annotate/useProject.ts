/** What the bar over a task says about its project. */
import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { call } from "../../api/client";
import type { Id, Project, Stage } from "../../api/contract";

export function useProject(id: Id): Project | undefined {
  const { data } = useQuery({
    queryKey: ["project", id],
    queryFn: () => call("GET /projects/{project}", { path: { project: id } }),
  });
  return data;
}

/** How many tasks this sitting could come to: those answered in it when the server was asked last, and those still open. */
export function useGoal(id: Id, answered: number): number | null {
  const { data } = useQuery({ queryKey: ["work"], queryFn: () => call("GET /work"), refetchInterval: 60_000 });
  const asked = useRef({ data, answered });
  if (asked.current.data !== data) asked.current = { data, answered };
  const open = data?.items.find(({ project }) => project.id === id)?.open;
  return open === undefined ? null : Math.max(asked.current.answered + open, answered);
}

/** The same for a later stage. */
export function useStageGoal(id: Id, stage: Stage, answered: number): number | null {
  const { data } = useQuery({ queryKey: ["work"], queryFn: () => call("GET /work"), refetchInterval: 60_000 });
  const asked = useRef({ data, answered });
  if (asked.current.data !== data) asked.current = { data, answered };
  const stages = data?.items.find(({ project }) => project.id === id)?.stages;
  const open = stages?.find((each) => each.stage === stage)?.waiting;
  return open === undefined ? null : Math.max(asked.current.answered + open, answered);
}
