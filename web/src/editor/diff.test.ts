/** The parts, numbers and runs of a change are those that the server means. */
import { expect, test } from "vitest";
import { type ChangedFile, diffParts, doneTo, numbersOf, runsOf } from "./diff";

const FILE: ChangedFile = {
  id: "d0",
  old_path: "tide.py",
  new_path: "tide.py",
  old: "a\nb\nc\nx\ny\n",
  new: "a\nB\nc\nx\nz\ny\n",
  hunks: [
    { id: "d0.h1", lines: " -+ ", old_at: 0, new_at: 0, old_line: 10, new_line: 10 },
    { id: "d0.h2", lines: " + ", old_at: 3, new_at: 3, old_line: 90, new_line: 90, heading: "def height" },
  ],
};

test("a file has two sides that can be marked, what it became first, and hunks", () => {
  const parts = diffParts("patch", { files: [FILE] });

  expect(parts.map(({ address, type }) => `${type} ${address}`)).toEqual([
    "input patch",
    "file patch/d0",
    "side patch/d0.new",
    "side patch/d0.old",
    "hunk patch/d0.h1",
    "hunk patch/d0.h2",
  ]);
  expect(parts.find(({ address }) => address === "patch/d0.old")?.text).toBe(FILE.old);
  expect(diffParts("patch", {})).toHaveLength(1);
});

test("runs are what is drawn in one piece, and lines have their numbers in the file", () => {
  expect(runsOf(FILE.hunks[0]!)).toEqual([
    { sign: " ", old: 0, new: 0, count: 1 },
    { sign: "-", old: 1, new: 1, count: 1 },
    { sign: "+", old: 2, new: 1, count: 1 },
    { sign: " ", old: 2, new: 2, count: 1 },
  ]);
  expect([0, 1, 2, 3, 4].map(numbersOf(FILE, "old"))).toEqual(["10", "11", "12", "90", "91"]);
  expect(numbersOf(FILE, "new")(5)).toBe("92");
});

test.each([
  [{ new_path: "a" }, "added"],
  [{ old_path: "a" }, "removed"],
  [{ old_path: "a", new_path: "b" }, "renamed"],
  [{ old_path: "a", new_path: "a" }, "changed"],
])("%j is %s", (paths, word) => {
  expect(doneTo({ id: "d0", old: "", new: "", hunks: [], ...paths })).toBe(word);
});
