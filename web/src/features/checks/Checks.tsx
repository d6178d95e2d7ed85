/** The checks of one answer: run when asked, told as far as they are, and what they found drawn. */
import { IconPlayerPlay } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useId, useState } from "react";
import { call } from "../../api/client";
import type { CheckRun, Id, Json } from "../../api/contract";
import { chordFor, useCommands } from "../../commands/scopes";
import type { Asked } from "../../editor/store";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { say } from "../../kit/LiveRegion";
import { Meter } from "../../kit/Meter";
import { Notice } from "../../kit/Notice";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { CheckFound } from "./CheckFound";
import { runChecks } from "./commands";
import { checkKey, checkOf } from "./gate";
import "./checks.css";

const COMMANDS = [runChecks];
const NONE: never[] = [];
const POLL_MS = 700;

interface ChecksProps {
  at: { project: Id; task: Id };
  asked: Asked;
  value: Json;
  /** Why it cannot be run yet, in words. */
  missing: string | null;
  isActive: boolean;
}

export default function Checks({ at, asked, value, missing, isActive }: ChecksProps) {
  const { project, task } = at;
  const title = useId();
  const client = useQueryClient();
  // Which check was asked for of exactly this value, for as long as this page lives.
  const ofValue = checkOf(task, asked.key, value);
  const known = useQuery<Id | null>({ queryKey: ofValue, queryFn: () => null, enabled: false, gcTime: Infinity }).data;
  const [last, setLast] = useState<Id | null>(null);
  const id = known ?? last;
  const isStale = known == null && last !== null;
  const { data: check, error } = useQuery({
    queryKey: checkKey(task, id),
    queryFn: ({ signal }) =>
      call("GET /projects/{project}/tasks/{task}/checks/{check}", { path: { project, task, check: id ?? "" }, signal }),
    enabled: id !== null,
    refetchInterval: ({ state }) => (state.data && !isGoing(state.data) ? false : POLL_MS),
    staleTime: Infinity,
  });
  const start = useMutation({
    mutationFn: () =>
      call("POST /projects/{project}/tasks/{task}/checks", {
        path: { project, task },
        body: { question: asked.question.name, target: asked.part.address || undefined, value },
        headers: { "Idempotency-Key": crypto.randomUUID?.() ?? String(Math.random()) },
      }),
    onSuccess: (made) => {
      client.setQueryData(checkKey(task, made.id), made);
      client.setQueryData(ofValue, made.id);
      setLast(made.id);
    },
  });
  const going = check && !isStale && isGoing(check) ? check : null;
  const isOver = check !== undefined && !isStale && (check.state === "done" || check.state === "failed");
  const canRun = missing === null && !start.isPending && !going && (!isOver || check.state === "failed");
  useCommands(isActive ? COMMANDS : (NONE as typeof COMMANDS), { canRun, run: () => start.mutate() });
  const state = isStale ? null : check?.state;
  const isStrong = check?.is_strong;
  useEffect(() => {
    if (state === "done") say(isStrong ? t("The checker is strong.") : t("The checker is weak."));
  }, [state, isStrong]);
  return (
    <section className="checks" aria-labelledby={title}>
      <div className="checks-head">
        <h3 className="h4 grow" id={title}>
          {t("Checks")}
        </h3>
        <Button
          size="s"
          icon={<IconPlayerPlay size={14} stroke={1.75} aria-hidden="true" />}
          chord={isActive ? chordFor(runChecks as never) : undefined}
          isBusy={start.isPending}
          disabled={!canRun}
          onClick={() => start.mutate()}
        >
          {check && (isStale || check.state === "failed") ? t("Run checks again") : t("Run checks")}
        </Button>
      </div>
      {!id && !start.isError && (
        <p className="small t2">
          {missing ?? t("Runs the checker in a sandbox: on the solution, on the start, and on wrong work.")}
        </p>
      )}
      {start.isError && <ProblemNotice problem={start.error} />}
      {error && <ProblemNotice problem={error} />}
      {going && <Meter label={t("Checks")} done={going.done} of={going.total ?? 0} words={wordsOf(going)} />}
      {isStale && check && (
        <Notice tone="cau">{t("The answer has changed since it was checked. Below is what was found before.")}</Notice>
      )}
      {check?.state === "failed" && check.error && (
        <Notice tone="dan">
          <div className="b">{check.error.hint}</div>
          <div className="t2">{check.error.detail}</div>
          <div className="mono small t3">{check.error.code}</div>
        </Notice>
      )}
      {check?.report && <CheckFound report={check.report} />}
    </section>
  );
}

function isGoing({ state }: CheckRun): boolean {
  return state === "waiting" || state === "running";
}

function wordsOf({ state, done, total }: CheckRun): string {
  if (state === "waiting") return t("Waits for its turn");
  if (total === null) return t("Runs the solution and the start");
  return t("{done} of {total} runs", { done, total });
}
