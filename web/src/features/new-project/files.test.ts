/** What was dropped becomes one import, and what is left out is counted. */
import { expect, test } from "vitest";
import { chosenOf, type Dropped, isArchive, titleOf, typeOf } from "./files";

const dropped = (name: string): Dropped => ({ name, file: new File(["x"], name.split("/").at(-1) ?? name) });
const names = (files: Dropped[]): string[] => files.map(({ name }) => name);

test("pictures come in together, whatever lies beside them", () => {
  const { files, left } = chosenOf(["a/1.jpg", "a/2.PNG", "a/labels.csv"].map(dropped));

  expect(names(files)).toEqual(["a/1.jpg", "a/2.PNG"]);
  expect(left).toBe(1);
});

test("of several files of rows the first is taken", () => {
  const { files, left } = chosenOf(["one.csv", "two.csv"].map(dropped));

  expect(names(files)).toEqual(["one.csv"]);
  expect(left).toBe(1);
});

test("what a system hides in a folder is not counted", () => {
  expect(chosenOf(["a/.DS_Store", "__MACOSX/a/1.jpg", "a/1.jpg"].map(dropped))).toMatchObject({ left: 0 });
});

test.each([
  ["reply_pairs-november.jsonl", "Reply pairs november"],
  ["scans/birds.tar.gz", "Birds"],
  ["README", "README"],
])("%s is called %s", (name, title) => {
  expect(titleOf(name)).toBe(title);
});

test("a file's kind is its ending's", () => {
  expect(typeOf(dropped("rows.jsonl"))).toBe("application/x-ndjson");
  expect(isArchive(dropped("birds.tar.gz"))).toBe(true);
});
