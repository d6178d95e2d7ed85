/** A file that nothing can be made of is told as such, and only that. */
import { expect, test } from "vitest";
import type { Proposals } from "../../api/contract";
import { isNothing } from "./NothingToTake";

const EMPTY: Proposals = { format: "zip", columns: [], rows: null, lines: null, proposals: [] };

test("an archive without pictures holds nothing to take", () => {
  expect(isNothing(EMPTY)).toBe(true);
});

test("a large Parquet file may hold rows that were not read yet", () => {
  expect(isNothing({ ...EMPTY, format: "parquet" })).toBe(false);
});

test("a file with columns holds something, whatever it becomes", () => {
  const column = { name: "a", guess: "text" } as Proposals["columns"][number];

  expect(isNothing({ ...EMPTY, format: "csv", columns: [column] })).toBe(false);
});
