/** The data of a project: a table that holds any number of tasks, filters, and a drawer with answers and looks. */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { call } from "../../api/client";
import type { TaskFilter, TaskRow } from "../../api/contract";
import { useMay } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { number, percent, t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Empty } from "../../kit/Empty";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Segmented } from "../../kit/Segmented";
import { Skeleton } from "../../kit/Skeleton";
import { StateTag } from "../../kit/StateTag";
import { toast } from "../../kit/Toasts";
import "./data.css";
import { TaskDrawer } from "./TaskDrawer";

const PAGE = 100;
const ROW = 36;
type State = "" | "open" | "held" | "done" | "reported" | "skipped" | "trashed";

/** What was typed into the search: an id, `tag:` and a tag, or an external id. */
export function filterOf(state: State, text: string, batch: string): TaskFilter & { id?: string } {
  const words = text.trim();
  const filter: TaskFilter & { id?: string } = { state: state || undefined, batch: batch || undefined };
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-/i.test(words)) filter.id = words;
  else if (words.startsWith("tag:")) filter.tag = words.slice(4).trim();
  else if (words) filter.external_id = words;
  return filter;
}

export default function Tasks() {
  const { project: id } = useParams({ strict: false }) as { project: string };
  const may = useMay();
  const client = useQueryClient();
  const [state, setState] = useState<State>("");
  const [batch, setBatch] = useState("");
  const [text, setText] = useState("");
  const [searched, setSearched] = useState("");
  const [open, setOpen] = useState<string | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const scroller = useRef<HTMLDivElement>(null);
  const filter = useMemo(() => filterOf(state, searched, batch), [state, searched, batch]);

  const project = useQuery({
    queryKey: ["project", id],
    queryFn: () => call("GET /projects/{project}", { path: { project: id } }),
  });
  const batches = useQuery({
    queryKey: ["batches", id],
    queryFn: () => call("GET /projects/{project}/batches", { path: { project: id } }),
  });
  const tasks = useInfiniteQuery({
    queryKey: ["tasks", id, filter],
    queryFn: ({ pageParam }) =>
      call("GET /projects/{project}/tasks", {
        path: { project: id },
        query: { ...filter, cursor: pageParam, limit: PAGE },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const rows = useMemo(() => tasks.data?.pages.flatMap((page) => page.items) ?? [], [tasks.data]);
  const virtual = useVirtualizer({
    count: rows.length + (tasks.hasNextPage ? 1 : 0),
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 20,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1);
  if (last && last.index >= rows.length && tasks.hasNextPage && !tasks.isFetchingNextPage) void tasks.fetchNextPage();

  const bulk = async (action: string, value?: number): Promise<void> => {
    const ids = [...chosen];
    const { changed } = await call("POST /projects/{project}/tasks/bulk", {
      path: { project: id },
      body: { ids, action, value: value ?? null },
    });
    setChosen(new Set());
    void client.invalidateQueries({ queryKey: ["tasks", id] });
    const undo = { trash: "restore", restore: "trash" }[action];
    toast(
      t("{count, plural, one {# task changed} other {# tasks changed}}", { count: changed }),
      undo
        ? {
            word: t("Undo"),
            run: () =>
              void call("POST /projects/{project}/tasks/bulk", {
                path: { project: id },
                body: { ids, action: undo, value: null },
              }).then(() => client.invalidateQueries({ queryKey: ["tasks", id] })),
          }
        : undefined,
    );
  };
  const total = tasks.data?.pages[0]?.total;

  return (
    <>
      <Crumbs
        trail={[
          { to: "/projects", word: t("Projects") },
          { to: `/projects/${id}`, word: project.data?.name ?? "…" },
        ]}
        here={t("Tasks")}
      />
      <div className="page full">
        <div className="filters">
          <Segmented
            label={t("State")}
            value={state}
            options={[
              ["", t("All")],
              ["open", t("Waiting")],
              ["held", t("Being answered")],
              ["done", t("Done")],
              ["reported", t("Reported")],
              ["skipped", t("Skipped")],
              ["trashed", t("In the trash")],
            ]}
            onChange={setState}
          />
          <select
            className="input s"
            aria-label={t("Batch")}
            value={batch}
            onChange={(event) => setBatch(event.target.value)}
          >
            <option value="">{t("All batches")}</option>
            {batches.data?.items.map((each) => (
              <option key={each.id} value={each.id}>
                {each.name}
              </option>
            ))}
          </select>
          <form
            className="grow"
            onSubmit={(event) => {
              event.preventDefault();
              setSearched(text);
            }}
          >
            <input
              className="input s"
              type="search"
              aria-label={t("Search by id, external id or tag")}
              placeholder={t("External id, task id, or tag:…")}
              value={text}
              onChange={(event) => {
                setText(event.target.value);
                if (event.target.value === "") setSearched("");
              }}
            />
          </form>
          {may("task.manage") && chosen.size > 0 && (
            <div className="row g8">
              <span className="t2">{t("{count} chosen", { count: chosen.size })}</span>
              <Button size="s" onClick={() => void bulk("priority", 200)}>
                {t("Deal first")}
              </Button>
              <Button size="s" onClick={() => void bulk("priority", 128)}>
                {t("Usual order")}
              </Button>
              {state === "trashed" ? (
                <Button size="s" onClick={() => void bulk("restore")}>
                  {t("Restore")}
                </Button>
              ) : (
                <Button size="s" look="danger" onClick={() => void bulk("trash")}>
                  {t("Put into the trash")}
                </Button>
              )}
            </div>
          )}
        </div>
        <div className="split">
          <div className="tablebox" ref={scroller}>
            {tasks.isPending ? (
              <Skeleton lines={10} />
            ) : tasks.error ? (
              <div className="p20">
                <ProblemNotice problem={tasks.error} onRetry={() => tasks.refetch()} />
              </div>
            ) : rows.length === 0 ? (
              <Empty title={t("No task fits")}>{t("Change the filters, or add tasks to the project.")}</Empty>
            ) : (
              <table className="tbl tasks" aria-rowcount={total ?? rows.length}>
                <thead>
                  <tr>
                    <th style={{ width: 40 }} aria-label={t("Chosen")} />
                    <th>{t("Task")}</th>
                    <th style={{ width: 150 }}>{t("State")}</th>
                    <th style={{ width: 200 }}>{t("Consensus")}</th>
                    <th className="r" style={{ width: 90 }}>
                      {t("Answers")}
                    </th>
                    <th className="r" style={{ width: 120 }}>
                      {t("Last answer")}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {shown[0] && shown[0].start > 0 && (
                    <tr aria-hidden="true">
                      <td colSpan={6} style={{ height: shown[0].start, padding: 0, border: 0 }} />
                    </tr>
                  )}
                  {shown.map(({ index }) => {
                    const row = rows[index];
                    return row ? (
                      <Row
                        key={row.id}
                        row={row}
                        isOpen={row.id === open}
                        isChosen={chosen.has(row.id)}
                        onOpen={() => setOpen(row.id)}
                        onChoose={(is) =>
                          setChosen((before) => {
                            const after = new Set(before);
                            if (is) after.add(row.id);
                            else after.delete(row.id);
                            return after;
                          })
                        }
                      />
                    ) : (
                      <tr key="more">
                        <td colSpan={6} className="t3">
                          {t("More is on its way.")}
                        </td>
                      </tr>
                    );
                  })}
                  {last && (
                    <tr aria-hidden="true">
                      <td
                        colSpan={6}
                        style={{ height: Math.max(0, virtual.getTotalSize() - last.end), padding: 0, border: 0 }}
                      />
                    </tr>
                  )}
                </tbody>
              </table>
            )}
          </div>
          {open && (
            <TaskDrawer
              project={id}
              task={open}
              onClose={() => setOpen(null)}
              onStep={(step) => {
                const at = rows.findIndex((row) => row.id === open);
                const next = rows[at + step];
                if (next) setOpen(next.id);
              }}
            />
          )}
        </div>
        <div className="tablefoot t2">
          {total !== undefined && total !== null
            ? t("{shown} of {total} tasks loaded", { shown: number(rows.length), total: number(total) })
            : t("{shown} tasks loaded", { shown: number(rows.length) })}
        </div>
      </div>
    </>
  );
}

interface RowProps {
  row: TaskRow;
  isOpen: boolean;
  isChosen: boolean;
  onOpen: () => void;
  onChoose: (is: boolean) => void;
}

function Row({ row, isOpen, isChosen, onOpen, onChoose }: RowProps) {
  return (
    <tr className={isOpen ? "on" : ""}>
      <td>
        <input
          type="checkbox"
          aria-label={t("Choose {task}", { task: row.external_id ?? row.id })}
          checked={isChosen}
          onChange={(event) => onChoose(event.target.checked)}
        />
      </td>
      <td className="cut">
        <button type="button" className="rowlink cut" onClick={onOpen} title={row.preview}>
          {row.external_id && <span className="mono small t3">{row.external_id} </span>}
          {row.preview || row.id}
        </button>
      </td>
      <td>
        <StateTag state={row.state} />
      </td>
      <td className="cut">
        {row.consensus.map((each) => (
          <span key={each.question} title={`${each.question}: ${each.summary}`}>
            {each.status === "tied" ? t("tie: {values}", { values: each.summary }) : each.summary}
            {each.probability !== null && each.answers > 1 && (
              <span className="small t3"> {percent(each.probability, 0)}</span>
            )}{" "}
          </span>
        ))}
      </td>
      <td className="r num">
        {row.opinions.got} <span className="t3">/ {row.opinions.wanted}</span>
      </td>
      <td className="r t2">{row.last_answer_at ? when(row.last_answer_at) : "–"}</td>
    </tr>
  );
}
