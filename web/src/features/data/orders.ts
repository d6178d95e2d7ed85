/** What is done to many tasks at once, and what takes it back. */
import type { TaskRow } from "../../api/contract";

export interface Order {
  action: "priority" | "trash" | "restore" | "assign" | "unassign" | "requeue" | "unqueue";
  ids: string[];
  value?: number | string;
  /** Of `requeue`: where to, and how many more answers. */
  stage?: "label" | "review" | "adjudicate";
  opinions?: number;
}

/**
 * The orders that undo an order; none where there is no way back. done: the order with those tasks that it changed, as the server
 * said: what somebody had been assigned before stays theirs. rows: the tasks as they were.
 */
export function wayBack(done: Order, rows: readonly Pick<TaskRow, "id" | "priority">[]): Order[] {
  const { action, ids, value: given } = done;
  if (ids.length === 0) return [];
  if (action === "trash") return [{ action: "restore", ids }];
  if (action === "restore") return [{ action: "trash", ids }];
  if (action === "assign") return given === undefined ? [] : [{ action: "unassign", ids, value: given }];
  if (action === "requeue") return [{ action: "unqueue", ids }];
  if (action !== "priority") return [];
  const before = new Map<number, string[]>();
  for (const row of rows) {
    if (ids.includes(row.id)) before.set(row.priority, [...(before.get(row.priority) ?? []), row.id]);
  }
  return [...before].map(([value, each]) => ({ action: "priority", ids: each, value }));
}
