/** Remarks come as one list; they are read discussion by discussion. */
import { expect, test } from "vitest";
import type { Comment } from "../../api/contract";
import { threadsOf } from "./Threads";

const said = (id: string, reply_to: string | null = null): Comment => ({
  id,
  reply_to,
  on: "",
  text: id,
  who: "Ibex 4",
  at: "2026-03-02T09:00:00Z",
  kind: "comment",
  reason: null,
  resolved_at: null,
  resolved_by: null,
});

test("replies stand under what they reply to, and one whose beginning is hidden stands alone", () => {
  const threads = threadsOf([said("a"), said("b"), said("a1", "a"), said("x1", "hidden"), said("a2", "a")]);

  expect(threads.map(({ begun, replies }) => [begun.id, ...replies.map(({ id }) => id)])).toEqual([
    ["a", "a1", "a2"],
    ["b"],
    ["x1"],
  ]);
});
