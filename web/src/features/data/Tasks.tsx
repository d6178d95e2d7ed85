/** The data of a project: a table that holds any number of tasks, its filters in the address, and a drawer with one task whole. */
import { IconUpload } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo, useRef } from "react";
import { call } from "../../api/client";
import { useMay, usePreferences } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { useWalk } from "../../commands/useWalk";
import { number, t } from "../../i18n";
import { Empty } from "../../kit/Empty";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { Skeleton } from "../../kit/Skeleton";
import { ImportRuns } from "../new-project/ImportRuns";
import { BulkBar } from "./BulkBar";
import { chosenColumns } from "./columns";
import { FilterBar } from "./FilterBar";
import { FIELDS, filterOf, type TableSearch } from "./filters";
import { TaskDrawer } from "./TaskDrawer";
import { type TableHandle, TaskTable } from "./TaskTable";
import "./data.css";

const PAGE = 100;

export default function Tasks() {
  const { project: id } = useParams({ strict: false }) as { project: string };
  const search = useSearch({ strict: false }) as TableSearch;
  const navigate = useNavigate();
  const may = useMay();
  const { preferences } = usePreferences();
  const table = useRef<TableHandle>(null);
  const field = useRef<HTMLInputElement>(null);
  const menu = useRef<HTMLButtonElement>(null);
  const { task: open, ...filters } = search;
  const shown = chosenColumns(preferences.layout?.["tasks.columns"]);
  const columns = open ? shown.filter(({ folds }) => !folds) : shown;

  const go = (change: Partial<TableSearch>): void => {
    void navigate({
      to: "/projects/$project/tasks",
      params: { project: id },
      search: { ...search, ...change },
      replace: true,
    });
  };
  const project = useQuery({
    queryKey: ["project", id],
    queryFn: () => call("GET /projects/{project}", { path: { project: id } }),
  });
  const key = JSON.stringify(filterOf(filters));
  const tasks = useInfiniteQuery({
    queryKey: ["tasks", id, key],
    queryFn: ({ pageParam }) =>
      call("GET /projects/{project}/tasks", {
        path: { project: id },
        query: { ...filterOf(filters), cursor: pageParam, limit: PAGE },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const rows = useMemo(() => tasks.data?.pages.flatMap((page) => page.items) ?? [], [tasks.data]);
  const ids = useMemo(() => rows.map((row) => row.id), [rows]);
  const walk = useWalk({
    ids,
    isSelectable: may("task.manage"),
    onStep: (task, index) => {
      table.current?.show(index);
      if (open) go({ task });
    },
    filter: () => menu.current?.click(),
    search: () => field.current?.focus(),
  });
  const isFiltered = FIELDS.some((each) => search[each] !== undefined) || search.id !== undefined;
  const total = tasks.data?.pages[0]?.total;
  const step = (by: 1 | -1): void => {
    const next = ids[ids.indexOf(open ?? "") + by];
    if (!next) return;
    walk.setAt(next);
    table.current?.show(ids.indexOf(next));
    go({ task: next });
  };

  return (
    <>
      <Crumbs
        trail={[
          { to: "/projects", word: t("Projects") },
          { to: `/projects/${id}`, word: project.data?.name ?? "…" },
        ]}
        here={t("Tasks")}
      >
        {may("task.import") && (
          <Link className="btn" to="/projects/$project/add" params={{ project: id }}>
            <IconUpload size={16} stroke={1.75} aria-hidden="true" />
            {t("Add tasks")}
          </Link>
        )}
      </Crumbs>
      <div className="page full">
        <div className="tasksplit">
          <div className="tasksmain">
            <FilterBar
              project={id}
              search={search}
              shown={shown.map(({ name }) => name)}
              onChange={(change) => go({ ...change, task: undefined })}
              field={field}
              menu={menu}
            />
            {may("task.import") && <ImportRuns project={id} onlyGoingOn />}
            {tasks.isPending ? (
              <div className="tablebox">
                <Skeleton lines={12} />
              </div>
            ) : tasks.error && rows.length === 0 ? (
              <div className="tablebox p20">
                <ProblemNotice problem={tasks.error} onRetry={() => tasks.refetch()} />
              </div>
            ) : rows.length === 0 ? (
              <div className="tablebox">
                <NoTasks
                  project={id}
                  isFiltered={isFiltered}
                  onClear={() => void navigate({ to: "/projects/$project/tasks", params: { project: id }, search: {} })}
                />
              </div>
            ) : (
              <TaskTable
                handle={table}
                rows={rows}
                columns={columns}
                walk={walk}
                open={open ?? null}
                total={total ?? null}
                hasMore={tasks.hasNextPage}
                isSelectable={may("task.manage")}
                sort={search.sort}
                onSort={(sort) => go({ sort, task: undefined })}
                onMore={() => !tasks.isFetchingNextPage && !tasks.error && void tasks.fetchNextPage()}
                onOpen={(task) => {
                  walk.setAt(task);
                  go({ task });
                }}
              />
            )}
            <div className="tablefoot">
              <BulkBar project={id} rows={rows} walk={walk} search={search} />
              <span className="small t3 push num" role="status">
                {total !== undefined && total !== null
                  ? t("{shown} of {total} tasks loaded", { shown: number(rows.length), total: number(total) })
                  : tasks.hasNextPage
                    ? t("{shown} tasks loaded, more match", { shown: number(rows.length) })
                    : t("{count, plural, one {# task matches} other {# tasks match}}", { count: rows.length })}
              </span>
            </div>
          </div>
          {open && (
            <TaskDrawer
              key={open}
              project={id}
              task={open}
              hasNext={ids.indexOf(open) < ids.length - 1}
              hasPrevious={ids.indexOf(open) > 0}
              onStep={step}
              onClose={() => {
                walk.setAt(open);
                go({ task: undefined });
                requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-walk="${open}"]`)?.focus());
              }}
            />
          )}
        </div>
      </div>
    </>
  );
}

function NoTasks({ project, isFiltered, onClear }: { project: string; isFiltered: boolean; onClear: () => void }) {
  const may = useMay();
  if (isFiltered) {
    return (
      <Empty
        title={t("Widen the filters")}
        action={
          <button type="button" className="btn" onClick={onClear}>
            {t("Show every task")}
          </button>
        }
      >
        {t("No task fits all of them.")}
      </Empty>
    );
  }
  return (
    <Empty
      title={t("Add the first tasks")}
      action={
        may("task.import") && (
          <Link className="btn primary" to="/projects/$project/add" params={{ project }}>
            {t("Add tasks from a file")}
          </Link>
        )
      }
    >
      {t("Every task of the project stands here, with its answers and who has looked at it.")}
    </Empty>
  );
}
