/** What can be done with the selected tasks, each with its way back; in parts of 500, with how far it is. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { call } from "../../api/client";
import type { TaskRow } from "../../api/contract";
import { useMay } from "../../api/session";
import type { Walk } from "../../commands/useWalk";
import { number, t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { Field } from "../../kit/Field";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { toast } from "../../kit/Toasts";
import type { TableSearch } from "./filters";
import { type Order, wayBack } from "./orders";
import { type Requeue, RequeueDialog } from "./RequeueDialog";

const KnownDialog = lazy(async () => ({ default: (await import("../gold/KnownDialog")).KnownDialog }));
const PART = 500;
const FIRST = 200;
const USUAL = 128;

export function BulkBar({
  project,
  rows,
  walk,
  search,
}: {
  project: string;
  rows: TaskRow[];
  walk: Walk;
  search: TableSearch;
}) {
  const may = useMay();
  const client = useQueryClient();
  const [sent, setSent] = useState(0);
  const [isAssigning, setAssigning] = useState(false);
  const [isRequeuing, setRequeuing] = useState(false);
  const [isKnown, setKnown] = useState(false);
  const ids = [...walk.chosen];

  /** The tasks that changed. */
  const send = async (orders: Order[]): Promise<string[]> => {
    const changed: string[] = [];
    setSent(0);
    for (const { ids: all, value, ...order } of orders) {
      for (let start = 0; start < all.length; start += PART) {
        const part = all.slice(start, start + PART);
        const done = await call("POST /projects/{project}/tasks/bulk", {
          path: { project },
          body: { ...order, ids: part, value: value ?? null },
        });
        changed.push(...done.ids);
        setSent((before) => before + part.length);
      }
    }
    return changed;
  };
  /** The same to all that match the filter, until the server says that there are no more. */
  const sendToAll = async ({ stage, opinions, filter }: Requeue): Promise<string[]> => {
    const changed: string[] = [];
    let cursor: string | null = null;
    do {
      const done: { ids: string[]; next_cursor: string | null } = await call("POST /projects/{project}/tasks/bulk", {
        path: { project },
        body: { action: "requeue", stage, opinions, filter, cursor },
      });
      changed.push(...done.ids);
      cursor = done.next_cursor;
      setSent(changed.length);
    } while (cursor);
    return changed;
  };
  const again = (): void => {
    for (const key of ["tasks", "task", "project", "progress"])
      void client.invalidateQueries({ queryKey: [key, project] });
  };
  const act = useMutation({
    mutationFn: async (order: Order) => {
      const changed = await send([order]);
      return { count: changed.length, back: wayBack({ ...order, ids: changed }, rows) };
    },
    onSuccess: ({ count, back }) => {
      walk.setChosen([]);
      setAssigning(false);
      again();
      toast(
        t("{count, plural, one {# task changed} other {# tasks changed}}", { count }),
        back.length > 0 ? { word: t("Undo"), run: () => void send(back).then(again) } : undefined,
      );
    },
  });
  const requeue = useMutation({
    mutationFn: async (order: Requeue) => {
      setSent(0);
      const { stage, opinions } = order;
      const queued = order.filter ? await sendToAll(order) : await send([{ action: "requeue", ids, stage, opinions }]);
      return { count: queued.length, back: wayBack({ action: "requeue", ids: queued }, rows) };
    },
    onSuccess: ({ count, back }) => {
      walk.setChosen([]);
      setRequeuing(false);
      again();
      toast(
        t(
          "{count, plural, =0 {No task could be queued again} one {# task is queued again} other {# tasks are queued again}}",
          { count },
        ),
        back.length > 0 ? { word: t("Undo"), run: () => void send(back).then(again) } : undefined,
      );
    },
  });
  if (!may("task.manage") || ids.length === 0) return null;
  return (
    <>
      <span className="bb num">{t("{count} selected", { count: number(ids.length) })}</span>
      {act.isPending ? (
        <span className="small t2 num">
          {t("{done} of {all} sent", { done: number(sent), all: number(ids.length) })}
        </span>
      ) : search.state === "trashed" ? (
        <Button onClick={() => act.mutate({ action: "restore", ids })}>{t("Restore")}</Button>
      ) : (
        <>
          <Button onClick={() => act.mutate({ action: "priority", ids, value: FIRST })}>{t("Deal first")}</Button>
          <Button onClick={() => act.mutate({ action: "priority", ids, value: USUAL })}>{t("Usual order")}</Button>
          <Button onClick={() => setAssigning(true)}>{t("Assign…")}</Button>
          <Button onClick={() => setRequeuing(true)}>{t("Requeue…")}</Button>
          <Button onClick={() => setKnown(true)}>{t("Make gold…")}</Button>
          <Button look="danger" onClick={() => act.mutate({ action: "trash", ids })}>
            {t("Put into the trash")}
          </Button>
        </>
      )}
      <Button look="quiet" chord="Escape" onClick={() => walk.setChosen([])}>
        {t("Clear")}
      </Button>
      {act.error && !isAssigning && (
        <span className="small dan" role="alert">
          {(act.error as { hint?: string }).hint ?? act.error.message}
        </span>
      )}
      {isKnown && (
        <Suspense fallback={null}>
          <KnownDialog
            project={project}
            tasks={ids}
            title={t("Say what is right")}
            action={t("Make it gold")}
            onSay={(task, known) =>
              call("POST /projects/{project}/gold", {
                path: { project },
                body: { gold: [{ task_id: task, ...known }] },
              })
            }
            onClose={(made) => {
              setKnown(false);
              if (made === 0) return;
              walk.setChosen([]);
              again();
              void client.invalidateQueries({ queryKey: ["gold", project] });
              toast(t("{count, plural, one {# task is gold now} other {# tasks are gold now}}", { count: made }));
            }}
          />
        </Suspense>
      )}
      {isRequeuing && (
        <RequeueDialog
          project={project}
          count={ids.length}
          search={search}
          isBusy={requeue.isPending}
          problem={requeue.error}
          onClose={() => setRequeuing(false)}
          onRequeue={(order) => requeue.mutate(order)}
        />
      )}
      {isAssigning && (
        <AssignDialog
          count={ids.length}
          isBusy={act.isPending}
          problem={act.error}
          onClose={() => setAssigning(false)}
          onAssign={(person) => act.mutate({ action: "assign", ids, value: person })}
        />
      )}
    </>
  );
}

interface AssignProps {
  count: number;
  isBusy: boolean;
  problem: unknown;
  onClose: () => void;
  onAssign: (person: string) => void;
}

function AssignDialog({ count, isBusy, problem, onClose, onAssign }: AssignProps) {
  const people = useQuery({ queryKey: ["people"], queryFn: () => call("GET /people") });
  const [person, setPerson] = useState("");
  const offered = (people.data?.items ?? []).filter(({ state, role }) => state === "active" && role !== "auditor");
  return (
    <Dialog
      title={t("{count, plural, one {Assign # task} other {Assign # tasks}}", { count })}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("Cancel")}</Button>
          <Button
            look="primary"
            isBusy={isBusy}
            aria-disabled={!person}
            title={person ? undefined : t("Choose a person first")}
            onClick={() => person && onAssign(person)}
          >
            {t("Assign")}
          </Button>
        </>
      }
    >
      <p className="t2">
        {t(
          "One of the answers of each task then waits for this person alone, until they give it. Tasks they had before, and tasks without a free answer, are left as they are.",
        )}
      </p>
      <Field label={t("Person")}>
        <select className="input" value={person} onChange={(event) => setPerson(event.target.value)}>
          <option value="">{t("choose")}</option>
          {offered.map(({ id, pseudonym, name }) => (
            <option key={id} value={id}>
              {name ? `${name} · ${pseudonym}` : pseudonym}
            </option>
          ))}
        </select>
      </Field>
      {people.error && <ProblemNotice problem={people.error} onRetry={() => people.refetch()} />}
      {problem !== null && <ProblemNotice problem={problem} />}
    </Dialog>
  );
}
