/** A chain is read from left to right: who competes, through whom, to whom; people stand below what they are tied to. */
import { expect, test } from "vitest";
import { linesOf, placed } from "./layout";

const tie = (from: string, to: string) => ({ from, to });

test("a chain of shares is one row from the rival to the vendor", () => {
  expect(
    placed(["vendor", "holding", "rival"], [tie("rival", "holding"), tie("holding", "vendor")], "rival", "vendor"),
  ).toEqual([
    { id: "rival", column: 0, row: 0 },
    { id: "holding", column: 1, row: 0 },
    { id: "vendor", column: 2, row: 0 },
  ]);
});

test("an officer of both stands below, between them", () => {
  const ties = [tie("rival", "vendor"), tie("officer", "rival"), tie("officer", "vendor")];

  expect(placed(["rival", "vendor", "officer"], ties, "rival", "vendor").at(-1)).toEqual({
    id: "officer",
    column: 0.5,
    row: 1,
  });
});

test("two officers of both do not cover each other", () => {
  const ties = ["one", "two"].flatMap((each) => [tie(each, "rival"), tie(each, "vendor")]);

  const rows = placed(["rival", "vendor", "one", "two"], [...ties, tie("rival", "vendor")], "rival", "vendor").map(
    ({ row }) => row,
  );

  expect(rows).toEqual([0, 0, 1, 2]);
});

test("a common holder that owns both is the way itself", () => {
  const ties = [tie("fund", "rival"), tie("fund", "vendor")];

  expect(placed(["rival", "vendor", "fund"], ties, "rival", "vendor").map(({ id }) => id)).toEqual([
    "rival",
    "fund",
    "vendor",
  ]);
});

test("a party that nothing ties is shown all the same, and cycles end", () => {
  const ties = [tie("a", "b"), tie("b", "a"), tie("b", "c")];

  expect(placed(["a", "b", "c", "alone"], ties, "a", "c")).toHaveLength(4);
});

test("long words are set in lines", () => {
  expect(linesOf("chief executive until 20 November", 16)).toEqual(["chief executive", "until 20", "November"]);
});
