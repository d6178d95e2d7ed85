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
export const MADE_BY = ["model", "votes", "review", "adjudication"] as const;
export type MadeBy = (typeof MADE_BY)[number];
const SORTS = ["probability", "-probability"] as const;
export type Sorted = (typeof SORTS)[number];

/** The address of the table: its filters, and the task whose drawer is open. */
export interface TableSearch {
  state?: State;
  batch?: string;
  tag?: string;
  person?: string;
  external_id?: string;
  /** Answered under an earlier version of the guidelines than this one. */
  guideline_before?: string;
  /** What the label says: a question and an answer, as `says` writes them. */
  says?: string;
  made_by?: MadeBy;
  /** A label less probable than this, and at least as probable: between 0 and 1. */
  probability_below?: string;
  probability_from?: string;
  sort?: Sorted;
  id?: string;
  task?: string;
}
export type Field = Exclude<keyof TableSearch, "task" | "id" | "sort">;
/** Those of labels are for whoever manages tasks. */
export const OF_LABELS: Field[] = ["says", "made_by", "probability_below", "probability_from"];
export const FIELDS: Field[] = ["state", "batch", "tag", "person", "external_id", "guideline_before", ...OF_LABELS];

/** A question and one of its answers as one text, for an address and a list to choose from. */
export const says = (question: string, value: unknown): string => `${question}=${JSON.stringify(value)}`;

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
  if (MADE_BY.includes(given.made_by as MadeBy)) found.made_by = given.made_by as MadeBy;
  if (SORTS.includes(given.sort as Sorted)) found.sort = given.sort as Sorted;
  if (typeof given.says === "string" && /^[^=]+=./.test(given.says)) found.says = given.says;
  for (const name of ["probability_below", "probability_from"] as const) {
    const chance = Number(given[name]);
    if (given[name] !== undefined && given[name] !== "" && chance > 0 && chance <= 1) found[name] = String(chance);
  }
  return found;
}

/** What was typed into the search: a task's id, or an external id. */
export function typed(text: string): Pick<TableSearch, "id" | "external_id"> {
  const words = text.trim();
  if (!words) return { id: undefined, external_id: undefined };
  return UUID.test(words) ? { id: words.toLowerCase(), external_id: undefined } : { id: undefined, external_id: words };
}

/** What the filters of labels are to the API. */
function ofLabels({ says: said, made_by, probability_below, probability_from }: TableSearch) {
  const at = said?.indexOf("=") ?? -1;
  return {
    ...(said !== undefined && { label_question: said.slice(0, at), label: said.slice(at + 1) }),
    ...(made_by !== undefined && { label_source: made_by }),
    ...(probability_below !== undefined && { probability_below: Number(probability_below) }),
    ...(probability_from !== undefined && { probability_from: Number(probability_from) }),
  };
}

/** The filters and the order as the API takes them. */
export function filterOf(search: TableSearch): TaskFilter {
  const {
    task: _,
    guideline_before,
    says: _s,
    made_by: _m,
    probability_below: _b,
    probability_from: _f,
    ...filters
  } = search;
  const before = guideline_before === undefined ? {} : { guideline_before: Number(guideline_before) };
  return { ...filters, ...before, ...ofLabels(search) };
}

/** The filter of an action on all that match; null where nothing is filtered, or by what an action does not know. */
export function wantedOf(search: TableSearch) {
  const { state, batch, tag, person, external_id, id, guideline_before } = search;
  const isKnown = external_id === undefined && id === undefined;
  const isSet = FIELDS.some((each) => search[each] !== undefined);
  const before = guideline_before === undefined ? {} : { guideline_before: Number(guideline_before) };
  return isKnown && isSet ? { state, batch, tag, person, ...before, ...ofLabels(search) } : null;
}
