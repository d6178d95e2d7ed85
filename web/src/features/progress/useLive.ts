/** A project's counts while its page is open: the server tells when they move, and what is costly is asked for again rarely. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Counts, Progress, Project } from "../../api/contract";
import { withDone } from "./pace";

/** Statistics open what is sealed, and each such look is recorded: not oftener than this. */
const ASK_AGAIN_MS = 10_000;

/** Whether the stream is open now. */
export function useLive(project: string): boolean {
  const client = useQueryClient();
  const [isLive, setLive] = useState(true);
  useEffect(() => {
    const source = new EventSource(`/api/v1/projects/${project}/events`);
    let timer: ReturnType<typeof setTimeout> | null = null;
    let isFirst = true;
    const told = (event: MessageEvent<string>): void => {
      const moved = JSON.parse(event.data) as Omit<Counts, "open" | "held">;
      const counted = (before: Counts): Counts => ({
        ...before,
        ...moved,
        open: Math.max(moved.tasks - moved.done, 0),
      });
      client.setQueryData<Progress>(
        ["progress", project],
        (before) =>
          before && {
            ...before,
            counts: counted(before.counts),
            pace: withDone(before.pace, moved.done - before.counts.done, Date.now()),
          },
      );
      client.setQueryData<Project>(
        ["project", project],
        (before) => before && { ...before, counts: counted(before.counts) },
      );
      // The first event is the state that was just fetched.
      if (!isFirst) {
        timer ??= setTimeout(() => {
          timer = null;
          void client.invalidateQueries({ queryKey: ["progress", project] });
        }, ASK_AGAIN_MS);
      }
      isFirst = false;
    };
    source.addEventListener("progress", told);
    source.onopen = () => setLive(true);
    source.onerror = () => setLive(false);
    return () => {
      if (timer) clearTimeout(timer);
      source.close();
    };
  }, [project, client]);
  return isLive;
}
