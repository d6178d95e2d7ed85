/** The columns of the data table: which there are, what each cell says, which give way to the drawer. */
import { IconFlag, IconTargetArrow } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { TaskRow } from "../../api/contract";
import { day, number, percent, t, when } from "../../i18n";
import { StateTag } from "../../kit/StateTag";
import { leastSure, originOf, sureness, wordOfSource } from "./labels";

export interface Column {
  name: string;
  word: () => string;
  /** Pixels; 0 takes what is left. */
  width: number;
  isNumber?: boolean;
  /** What is sorted by its head, for whoever manages tasks. */
  sorts?: "probability";
  /** Gone while a drawer is open. */
  folds?: boolean;
  cell: (row: TaskRow) => ReactNode;
}

/** Shares under this are drawn in amber: the answers are nearly split. */
const SPLIT = 0.67;
/** Labels less probable than this are drawn in amber. */
const UNSURE = 0.8;

function labelOf(row: TaskRow): string {
  return row.consensus
    .map(({ status, summary }) => (status === "tied" ? t("tie: {values}", { values: summary }) : summary))
    .join(" · ");
}

/** Gold is answered again and again, and waits for nobody; what was done before it became gold stays done. */
export function shownState({ gold, state }: Pick<TaskRow, "gold" | "state">): string {
  return gold && (state === "open" || state === "held") ? "gold" : state;
}

/** A task that is done and reported, or gold, shows both. */
function State({ row }: { row: TaskRow }) {
  return (
    <span className="row g8">
      <StateTag state={shownState(row)} />
      {row.gold && shownState(row) !== "gold" && (
        <IconTargetArrow size={14} stroke={1.75} className="t2" aria-label={t("Gold")} role="img" />
      )}
      {row.reports > 0 && row.state !== "reported" && (
        <IconFlag size={14} stroke={1.75} className="dan" aria-label={t("Reported")} role="img" />
      )}
    </span>
  );
}

/** How sure the least sure label is, and what it was made by. */
function Sure({ row }: { row: TaskRow }) {
  const least = leastSure(row.consensus);
  if (!least) return <span className="t3">{t("none")}</span>;
  return (
    <span className="row g8" title={originOf(least)}>
      <span className={least.probability < UNSURE && least.low === undefined ? "num cau" : "num"}>
        {sureness(least)}
      </span>
      <span className="small t3">{wordOfSource(least)}</span>
    </span>
  );
}

function Share({ row }: { row: TaskRow }) {
  const least = row.consensus.reduce<TaskRow["consensus"][number] | null>(
    (low, each) => (low === null || each.share < low.share ? each : low),
    null,
  );
  if (!least || least.answers < 2) return <span className="t3">{t("not yet")}</span>;
  const agreeing = Math.round(least.share * least.answers);
  const words = t("{agreeing} of {answers} answers agree", { agreeing, answers: least.answers });
  return (
    <span className="row g8" title={words}>
      <span className="num" style={{ minWidth: 30 }}>
        {percent(least.share, 0)}
      </span>
      <span className="bar" style={{ width: 44 }} aria-hidden="true">
        <span className={least.share < SPLIT ? "cau" : ""} style={{ width: `${least.share * 100}%` }} />
      </span>
      <span className="small t3 num">{t("of {count}", { count: least.answers })}</span>
    </span>
  );
}

export const columns: Column[] = [
  {
    name: "external_id",
    word: () => t("External id"),
    width: 120,
    folds: true,
    cell: (row) => (
      <span className="mono small t2 cut" dir="auto" style={{ display: "block" }}>
        {row.external_id ?? "–"}
      </span>
    ),
  },
  { name: "state", word: () => t("State"), width: 136, cell: (row) => <State row={row} /> },
  {
    name: "label",
    word: () => t("Label"),
    width: 176,
    cell: (row) => (row.consensus.length > 0 ? labelOf(row) : <span className="t3">{t("none")}</span>),
  },
  { name: "sure", word: () => t("Sure"), width: 132, sorts: "probability", cell: (row) => <Sure row={row} /> },
  { name: "share", word: () => t("Agreeing"), width: 146, cell: (row) => <Share row={row} /> },
  {
    name: "answers",
    word: () => t("Answers"),
    width: 88,
    isNumber: true,
    cell: ({ opinions, gold, consensus }) =>
      gold ? (
        number(Math.max(0, ...consensus.map(({ answers }) => answers)))
      ) : (
        <>
          {number(opinions.got)} <span className="t3">{t("of {count}", { count: opinions.wanted })}</span>
        </>
      ),
  },
  {
    name: "last",
    word: () => t("Last answer"),
    width: 118,
    isNumber: true,
    folds: true,
    cell: (row) => <span className="t2">{row.last_answer_at ? when(row.last_answer_at) : "–"}</span>,
  },
  { name: "batch", word: () => t("Batch"), width: 150, folds: true, cell: (row) => row.batch ?? "–" },
  {
    name: "tags",
    word: () => t("Tags"),
    width: 150,
    folds: true,
    cell: (row) =>
      row.tags.map((tag) => (
        <span className="chip flat" key={tag} style={{ marginInlineEnd: 4 }}>
          {tag}
        </span>
      )),
  },
  {
    name: "priority",
    word: () => t("Priority"),
    width: 84,
    isNumber: true,
    folds: true,
    cell: (row) => number(row.priority),
  },
  {
    name: "due",
    word: () => t("Due"),
    width: 96,
    isNumber: true,
    folds: true,
    cell: (row) => (row.due_at ? day(row.due_at) : "–"),
  },
  {
    name: "remarks",
    word: () => t("Reports, skips"),
    width: 110,
    isNumber: true,
    folds: true,
    cell: (row) => `${number(row.reports)} · ${number(row.skipped)}`,
  },
];

export const USUAL = ["external_id", "state", "label", "sure", "answers", "last"];

/** The columns a person has chosen, in their own order. */
export function chosenColumns(stored: unknown): Column[] {
  const names = typeof stored === "string" ? stored.split(",") : USUAL;
  return columns.filter(({ name }) => names.includes(name));
}

/** What the task itself needs to be told from its neighbors, in pixels. */
export const TASK_MIN = 220;

/** The columns beside which there is room for the task; of those that were chosen the last give way, the first never does. */
export function fitting(chosen: readonly Column[], room: number): Column[] {
  const kept = [...chosen];
  while (kept.length > 1 && TASK_MIN + widthOf(kept) > room) kept.pop();
  return kept;
}

export function widthOf(chosen: readonly Column[]): number {
  return chosen.reduce((sum, { width }) => sum + width, 0);
}
