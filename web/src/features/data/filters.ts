/** What the data table is narrowed to. It lives in the address, so that a view can be sent to somebody else. Pure. */
import type { TaskFilter } from "../../api/contract";

export const STATES = [
  "open",
  "held",
  "in-review",
  "in-adjudication",
  "rework",
  "done",
  "reported",
  "asked",
  "skipped",
  "trashed",
] as const;
export type State = (typeof STATES)[number];

/** The address of the table: its filters, and the task whose drawer is open. */
export interface TableSearch {
  state?: State;
  batch?: string;
  tag?: string;
  person?: string;
  external_id?: string;
  /** Answered under an earlier version of the guidelines than this one. */
  guideline_before?: string;
  id?: string;
  task?: string;
}
export type Field = Exclude<keyof TableSearch, "task" | "id">;
export const FIELDS: Field[] = ["state", "batch", "tag", "person", "external_id", "guideline_before"];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What an address says, as far as it makes sense; anything else is left out. */
export function searchOf(given: Record<string, unknown>): TableSearch {
  const found: TableSearch = {};
  if (STATES.includes(given.state as State)) found.state = given.state as State;
  for (const name of ["batch", "person", "id", "task"] as const) {
    const value = given[name];
    if (typeof value === "string" && UUID.test(value)) found[name] = value.toLowerCase();
  }
  for (const name of ["tag", "external_id"] as const) {
    // A router may have read digits as a number.
    const value = typeof given[name] === "number" ? String(given[name]) : given[name];
    if (typeof value === "string" && value.trim()) found[name] = value.trim();
  }
  const before = Number(given.guideline_before);
  if (Number.isSafeInteger(before) && before > 0) found.guideline_before = String(before);
  return found;
}

/** What was typed into the search: a task's id, or an external id. */
export function typed(text: string): Pick<TableSearch, "id" | "external_id"> {
  const words = text.trim();
  if (!words) return { id: undefined, external_id: undefined };
  return UUID.test(words) ? { id: words.toLowerCase(), external_id: undefined } : { id: undefined, external_id: words };
}

/** The filters as the API takes them. */
export function filterOf({ task: _, guideline_before, ...filters }: TableSearch): TaskFilter {
  return guideline_before === undefined ? filters : { ...filters, guideline_before: Number(guideline_before) };
}

/** The filter of an action on all that match; null where nothing is filtered, or by what an action does not know. */
export function wantedOf({ state, batch, tag, person, external_id, id }: TableSearch) {
  const isKnown = external_id === undefined && id === undefined;
  const isSet = [state, batch, tag, person].some((each) => each !== undefined);
  return isKnown && isSet ? { state, batch, tag, person } : null;
}
