/** A table's parts are those that the server means. */
import { expect, test } from "vitest";
import { tableOf, tableParts } from "./table";

const TABLE = {
  columns: [
    { id: "name", name: "name", type: "text" },
    { id: "c2", name: "high water", type: "number", unit: "m" },
  ],
  rows: [
    ["Gröde 💩", 1.9],
    [null, "2.35"],
  ],
};

test("columns, rows and cells have addresses; a cell is a text, an empty one too", () => {
  const parts = tableParts("t", TABLE);

  expect(parts.map(({ address, type, text }) => [address, type, text])).toEqual([
    ["t", "input", undefined],
    ["t/c.name", "column", undefined],
    ["t/c.c2", "column", undefined],
    ["t/r0", "row", undefined],
    ["t/r0.name", "cell", "Gröde 💩"],
    ["t/r0.c2", "cell", "1.9"],
    ["t/r1", "row", undefined],
    ["t/r1.name", "cell", ""],
    ["t/r1.c2", "cell", "2.35"],
  ]);
  expect(parts[0]?.children).toEqual(["t/c.name", "t/c.c2", "t/r0", "t/r1"]);
  expect(parts.find(({ address }) => address === "t/r0.c2")?.facts).toEqual({ name: "high water", row: 1 });
});

test("what is no table has no parts", () => {
  expect(tableOf({ columns: 7 } as never)).toEqual({ columns: [], rows: [] });
  expect(tableParts("t", {})).toHaveLength(1);
});
