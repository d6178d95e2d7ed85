/** Totals are reckoned here as on the server: both read the same cases. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Rubric, totalOf } from "./rubrics";

interface Case {
  what: string;
  rubric: Rubric;
  grades: Record<string, number | null>;
  total: number | null;
}
const FILE = join(import.meta.dirname, "../../../tests/fixtures/rubric-totals.json");
const CASES = JSON.parse(readFileSync(FILE, "utf8")) as Case[];

test.each(CASES)("a total: $what", ({ rubric, grades, total }) => {
  const given = Object.entries(grades).map(([id, level]) => (level === null ? { id, na: true } : { id, level }));

  const found = totalOf(rubric, given);

  if (total === null) expect(found).toBeNull();
  else expect(found).toBeCloseTo(total, 12);
});
