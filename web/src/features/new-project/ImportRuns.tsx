/** Imports that the worker makes: how far each is, a way to end it, and what became of it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { call } from "../../api/client";
import type { ImportRun } from "../../api/contract";
import { t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Meter } from "../../kit/Meter";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { StateTag } from "../../kit/StateTag";
import { Report, takenWords } from "./Report";

const SHOWN = 10;
const LOOK_MS = 1_500;

const isGoingOn = ({ state }: ImportRun): boolean => state === "waiting" || state === "running";

/** onlyGoingOn: beside the tasks themselves, where those that are over would be in the way. */
export function ImportRuns({ project, onlyGoingOn = false }: { project: string; onlyGoingOn?: boolean }) {
  const client = useQueryClient();
  const runs = useQuery({
    queryKey: ["imports", project],
    queryFn: () => call("GET /projects/{project}/imports", { path: { project }, query: { limit: SHOWN } }),
    refetchInterval: ({ state }) => (state.data?.items.some(isGoingOn) ? LOOK_MS : false),
  });
  const imported = runs.data?.items.reduce((sum, run) => sum + run.imported, 0);
  const before = useRef(imported);
  useEffect(() => {
    if (before.current !== undefined && imported !== before.current) {
      for (const name of ["tasks", "project", "progress", "batches"]) {
        void client.invalidateQueries({ queryKey: [name, project] });
      }
    }
    before.current = imported;
  }, [imported, client, project]);
  const shown = (runs.data?.items ?? []).filter((run) => !onlyGoingOn || isGoingOn(run));
  if (runs.error && !runs.data && !onlyGoingOn)
    return <ProblemNotice problem={runs.error} onRetry={() => runs.refetch()} />;
  if (shown.length === 0) return null;
  return (
    <section className="col g8" aria-label={t("Imports")}>
      {!onlyGoingOn && <h2 className="over">{t("Imports by the worker")}</h2>}
      {shown.map((run) => (
        <Run key={run.id} project={project} run={run} />
      ))}
    </section>
  );
}

const TAGS: Record<ImportRun["state"], [string, () => string]> = {
  waiting: ["building", () => t("Waiting for the worker")],
  running: ["held", () => t("Coming in")],
  done: ["ready", () => t("Done")],
  failed: ["failed", () => t("Failed")],
  cancelled: ["skipped", () => t("Ended by hand")],
};

function Run({ project, run }: { project: string; run: ImportRun }) {
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => call("POST /projects/{project}/imports/{import}/cancel", { path: { project, import: run.id } }),
    onSettled: () => client.invalidateQueries({ queryKey: ["imports", project] }),
  });
  const [state, word] = TAGS[run.state];
  return (
    <div className="card p12 col g8">
      <div className="row g8">
        <span className="b cut">{run.batch}</span>
        <StateTag state={state} word={word()} />
        <span className="small t3 push nowrap">{when(run.ended_at ?? run.started_at ?? run.created_at)}</span>
        {isGoingOn(run) && (
          <Button size="s" isBusy={cancel.isPending} onClick={() => cancel.mutate()}>
            {t("End it")}
          </Button>
        )}
      </div>
      {isGoingOn(run) ? (
        <Meter label={run.batch} done={run.seen} of={run.total ?? 0} words={takenWords(run.seen, run.total)} />
      ) : (
        <>
          {run.error && (
            <Notice tone="dan">
              <div className="b">{run.error.hint}</div>
              <div className="t2">{run.error.detail}</div>
            </Notice>
          )}
          {(run.imported > 0 || run.duplicates > 0 || run.rejected > 0 || !run.error) && <Report {...run} />}
        </>
      )}
      {cancel.error && <ProblemNotice problem={cancel.error} />}
    </div>
  );
}
