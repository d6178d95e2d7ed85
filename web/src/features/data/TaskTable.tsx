/** The table itself: only the rows in sight exist, whatever the number of tasks. */

import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type Ref, type RefObject, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { TaskRow } from "../../api/contract";
import { usePreferences } from "../../api/session";
import type { Walk } from "../../commands/useWalk";
import { t } from "../../i18n";
import { type Column, fitting, TASK_MIN, widthOf } from "./columns";
import type { Sorted } from "./filters";

export interface TableHandle {
  /** Brings a row into sight. */
  show: (index: number) => void;
}
interface TableProps {
  handle: Ref<TableHandle>;
  rows: TaskRow[];
  columns: Column[];
  walk: Walk;
  open: string | null;
  total: number | null;
  hasMore: boolean;
  isSelectable: boolean;
  sort: Sorted | undefined;
  onSort: (sort: Sorted | undefined) => void;
  onMore: () => void;
  onOpen: (task: string) => void;
}

/** The height of a row in pixels, as the density and the size of text have it. */
function rowHeight(): number {
  const style = getComputedStyle(document.documentElement);
  return Math.round(Number.parseFloat(style.getPropertyValue("--ev-row")) * Number.parseFloat(style.fontSize)) || 36;
}

/** The column of boxes to tick. */
const CHECK = 44;

function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(Number.POSITIVE_INFINITY);
  useLayoutEffect(() => {
    const box = element.current;
    if (!box) return;
    const observer = new ResizeObserver(() => setWidth(box.clientWidth));
    observer.observe(box);
    setWidth(box.clientWidth);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

export function TaskTable(props: TableProps) {
  const { handle, rows, walk, open, total, hasMore, isSelectable, sort, onSort, onMore, onOpen } = props;
  const { preferences } = usePreferences();
  const scroller = useRef<HTMLDivElement>(null);
  const room = useWidth(scroller) - (isSelectable ? CHECK : 0);
  // Beside a drawer columns give way, so that it stays readable which task is which; without one the table scrolls.
  const columns = open ? fitting(props.columns, room) : props.columns;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the density is what changes the height
  const height = useMemo(rowHeight, [preferences.density]);
  const virtual = useVirtualizer({
    count: rows.length + (hasMore ? 1 : 0),
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 20,
    // Rows scrolled to must not hide under the head.
    scrollPaddingStart: height,
  });
  useImperativeHandle(handle, () => ({ show: (index) => virtual.scrollToIndex(index, { align: "auto" }) }));
  const shown = virtual.getVirtualItems();
  const [first, last] = [shown[0], shown.at(-1)];
  if (last && last.index >= rows.length && hasMore) onMore();
  const span = columns.length + (isSelectable ? 2 : 1);
  const isAll = rows.length > 0 && rows.every(({ id }) => walk.chosen.has(id));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <div className="tablebox" ref={scroller} tabIndex={0} role="region" aria-label={t("Tasks")}>
      <table
        className="tbl tasks walk"
        style={{ minWidth: TASK_MIN + widthOf(columns) + (isSelectable ? CHECK : 0) }}
        aria-rowcount={total ?? (hasMore ? -1 : rows.length + 1)}
      >
        <colgroup>
          {isSelectable && <col style={{ width: CHECK }} />}
          <col />
          {columns.map(({ name, width }) => (
            <col key={name} style={{ width }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {isSelectable && (
              <th>
                <input
                  type="checkbox"
                  aria-label={t("Select all that are loaded")}
                  checked={isAll}
                  onChange={() => walk.setChosen(isAll ? [] : rows.map(({ id }) => id))}
                />
              </th>
            )}
            <th>{t("Task")}</th>
            {columns.map(({ name, word, isNumber, sorts }) =>
              sorts && isSelectable ? (
                <SortHead key={name} word={word()} by={sorts} sort={sort} onSort={onSort} />
              ) : (
                <th key={name} className={isNumber ? "r" : ""}>
                  {word()}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {first && first.start > 0 && <Gap span={span} height={first.start} />}
          {shown.map(({ index }) => {
            const row = rows[index];
            return row ? (
              <Row
                key={row.id}
                row={row}
                index={index}
                columns={columns}
                isOpen={row.id === open}
                isChosen={walk.chosen.has(row.id)}
                isAt={row.id === walk.at}
                isSelectable={isSelectable}
                onOpen={onOpen}
                onChoose={walk.choose}
              />
            ) : (
              <tr key="more">
                <td colSpan={span} className="t3">
                  {t("More is on its way.")}
                </td>
              </tr>
            );
          })}
          {last && <Gap span={span} height={Math.max(0, virtual.getTotalSize() - last.end)} />}
        </tbody>
      </table>
    </div>
  );
}

interface SortProps {
  word: string;
  by: "probability";
  sort: Sorted | undefined;
  onSort: (sort: Sorted | undefined) => void;
}

/** A head that sorts: the least first, the most first, and back to the order in which tasks were added. */
function SortHead({ word, by, sort, onSort }: SortProps) {
  const next = sort === by ? (`-${by}` as const) : sort === undefined ? by : undefined;
  const said = {
    [by]: t("Sorted, the least sure first"),
    [`-${by}`]: t("Sorted, the surest first"),
    none: t("Sort by how sure labels are, as of the last fit"),
  };
  return (
    <th aria-sort={sort === by ? "ascending" : sort ? "descending" : "none"}>
      <button type="button" className="sorts" title={said[sort ?? "none"]} onClick={() => onSort(next)}>
        {word}
        {sort === by && <IconArrowUp size={14} stroke={1.75} aria-hidden="true" />}
        {sort === `-${by}` && <IconArrowDown size={14} stroke={1.75} aria-hidden="true" />}
      </button>
    </th>
  );
}

function Gap({ span, height }: { span: number; height: number }) {
  return (
    <tr aria-hidden="true">
      <td colSpan={span} style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}

interface RowProps {
  row: TaskRow;
  index: number;
  columns: Column[];
  isOpen: boolean;
  isChosen: boolean;
  isAt: boolean;
  isSelectable: boolean;
  onOpen: (task: string) => void;
  onChoose: (task: string, is: boolean) => void;
}

function Row({ row, index, columns, isOpen, isChosen, isAt, isSelectable, onOpen, onChoose }: RowProps) {
  return (
    <tr className={isOpen || isChosen ? "on" : isAt ? "at" : ""} aria-rowindex={index + 2}>
      {isSelectable && (
        <td>
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={t("Select {task}", { task: row.external_id ?? row.preview })}
            checked={isChosen}
            onChange={(event) => onChoose(row.id, event.target.checked)}
          />
        </td>
      )}
      <td className="cut">
        <button
          type="button"
          className={isOpen ? "rowlink cut b" : "rowlink cut"}
          dir="auto"
          data-walk={row.id}
          tabIndex={isAt || (index === 0 && !isAt) ? 0 : -1}
          aria-expanded={isOpen}
          onClick={() => onOpen(row.id)}
        >
          {row.preview || row.id}
        </button>
      </td>
      {columns.map(({ name, isNumber, cell }) => (
        <td key={name} className={isNumber ? "r num cut" : "cut"}>
          {cell(row)}
        </td>
      ))}
    </tr>
  );
}
