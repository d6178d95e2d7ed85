/** A table: a head that stays in sight, numbers under each other; what is asked about stands out, a click leads to it. */
import { memo, type ReactNode, useEffect, useMemo, useRef } from "react";
import type { Content } from "../../api/contract";
import { proseOfText } from "../../editor/prose";
import { type Column, spelled, tableOf, tableParts } from "../../editor/table";
import { t } from "../../i18n";
import type { InputKind, ViewProps } from "../kind";
import { Prose } from "../parts/Prose";
import "./table.css";

function Viewer(view: ViewProps) {
  const { input, content, editor, state, kinds } = view;
  const { columns, rows } = tableOf(content);
  const asked = editor.asked();
  const current = asked.find(({ key }) => key === state.active)?.part.address ?? "";
  const keys = new Map(asked.map(({ key, part }) => [part.address, key]));
  // A cell is drawn through what questions mark in it only where one of them can.
  const isMarked = asked.some(({ question }) => kinds[question.kind]?.onText);
  const pick = (address: string): void => {
    const key = keys.get(address);
    if (key) editor.activate(key);
  };
  const root = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is asked about now comes into sight
  useEffect(() => {
    root.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [current]);
  if (columns.length === 0) return <p className="quiet">{t("The table is empty.")}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached and scrolled by keys
    <div className="table-view" ref={root} role="region" aria-label={input.name} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col" className="table-no" aria-label={t("Row")} />
            {columns.map((column) => (
              <Head
                key={column.id}
                column={column}
                isAt={current === `${input.name}/c.${column.id}`}
                onPick={() => pick(`${input.name}/c.${column.id}`)}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, no) => {
            const at = `${input.name}/r${no}`;
            return (
              <Row
                // biome-ignore lint/suspicious/noArrayIndexKey: rows are called by their place
                key={no}
                no={no}
                current={current === at || current.startsWith(`${at}.`) ? current : ""}
                columns={columns}
                cells={row}
                at={at}
                pick={pick}
                revision={isMarked ? state.revision : 0}
                draw={
                  isMarked
                    ? (address, text) => <MarkedCell view={view} address={address} text={text} />
                    : (_address, text) => text
                }
              />
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Head({ column, isAt, onPick }: { column: Column; isAt: boolean; onPick: () => void }) {
  return (
    <th scope="col" className={classOf(column)} aria-current={isAt || undefined} dir="auto" onClick={onPick}>
      {column.name}
      {column.unit && <span className="table-unit"> {column.unit}</span>}
    </th>
  );
}

interface RowProps {
  no: number;
  at: string;
  current: string;
  columns: readonly Column[];
  cells: ReturnType<typeof tableOf>["rows"][number];
  pick: (address: string) => void;
  draw: (address: string, text: string) => ReactNode;
  /** Changes where the marks in the cells may have changed. */
  revision: number;
}

/** Of thousands of rows only those are drawn again in which something changed. */
const Row = memo(
  function Row({ no, at, current, columns, cells, pick, draw }: RowProps) {
    return (
      <tr aria-current={current === at || undefined}>
        <th scope="row" className="table-no" onClick={() => pick(at)}>
          {no + 1}
        </th>
        {columns.map((column, index) => {
          const address = `${at}.${column.id}`;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: keys walk the questions, and what they are about with them
            <td
              key={column.id}
              className={classOf(column)}
              aria-current={current === address || undefined}
              dir="auto"
              onClick={() => pick(address)}
            >
              {draw(address, spelled(cells[index]))}
            </td>
          );
        })}
      </tr>
    );
  },
  (before, after) =>
    before.cells === after.cells && before.current === after.current && before.revision === after.revision,
);

function MarkedCell({ view, address, text }: { view: ViewProps; address: string; text: string }) {
  const prose = useMemo(() => proseOfText(text), [text]);
  return <Prose {...view} address={address} prose={prose} hasMargin={false} />;
}

const classOf = ({ type }: Column): string | undefined => (type === "number" ? "num" : undefined);

const kind: InputKind = {
  name: "table",
  offers: "text",
  partsOf: tableParts,
  title: () => t("Table"),
  place: "flow",
  Viewer,
  initial: {},
  example: (): Content => ({
    columns: [
      { id: "harbor", name: t("Harbor"), type: "text" },
      { id: "high", name: t("High water"), type: "number", unit: "m" },
      { id: "day", name: t("Day"), type: "date" },
    ],
    rows: [
      ["Port Avelin", 2.35, "2026-10-01"],
      ["Grode", 1.9, "2026-10-01"],
      ["Sandhaven", null, "2026-10-02"],
    ],
  }),
};
export default kind;
