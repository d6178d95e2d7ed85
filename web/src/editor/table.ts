/** Tables: what a table input holds, and its columns, rows and cells by the server's rules. */
import type { Content } from "../api/contract";
import { inputPart, type Part } from "./parts";

export type Cell = string | number | boolean | null;
export interface Column {
  id: string;
  name: string;
  type: "text" | "number" | "date" | "boolean";
  unit?: string;
}
export interface Table {
  columns: Column[];
  rows: Cell[][];
}

export function tableOf(content: Content | undefined): Table {
  const { columns, rows } = (content ?? {}) as Partial<Table>;
  return Array.isArray(columns) && Array.isArray(rows) ? { columns, rows } : { columns: [], rows: [] };
}

/** A cell as it is read. */
export function spelled(cell: Cell | undefined): string {
  return cell === null || cell === undefined ? "" : String(cell);
}

/** The table, its columns, then row by row its cells, each a text of its own. */
export function tableParts(name: string, content: Content): Part[] {
  const { columns, rows } = tableOf(content);
  const part = (address: string, type: string, facts: Part["facts"] = {}, text?: string): Part => ({
    address,
    type,
    input: name,
    facts,
    children: [],
    text,
  });
  const heads = columns.map((column) => part(`${name}/c.${column.id}`, "column", { name: column.name }));
  const below = rows.flatMap((row, no) => {
    const cells = columns.map((column, index) =>
      part(`${name}/r${no}.${column.id}`, "cell", { name: column.name, row: no + 1 }, spelled(row[index])),
    );
    return [{ ...part(`${name}/r${no}`, "row"), children: cells.map(({ address }) => address) }, ...cells];
  });
  const tops = [...heads, ...below].filter(({ type }) => type !== "cell").map(({ address }) => address);
  return [inputPart(name, tops), ...heads, ...below];
}
