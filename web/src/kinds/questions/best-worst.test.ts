/** Best and worst: what one press makes of two ends. */
import { expect, test } from "vitest";
import { type Ends, named, withEnd } from "./best-worst";

const pressed = (...names: string[]): Ends => names.reduce<Ends>((ends, name) => named(ends, name), {});

test.each<[string[], Ends]>([
  [["b"], { best: "b" }],
  [["b", "d"], { best: "b", worst: "d" }],
  [["b", "d", "a"], { best: "b", worst: "a" }],
  [["b", "d", "d"], { best: "b" }],
  [["b", "d", "b"], { worst: "d" }],
  [["b", "d", "b", "c"], { worst: "d", best: "c" }],
  [["b", "b"], {}],
])("pressing %j comes to %j", (names, ends) => {
  expect(pressed(...names)).toEqual(ends);
});

test("nobody is both ends: the new one replaces the old", () => {
  expect(withEnd({ best: "a", worst: "b" }, "best", "b")).toEqual({ best: "b" });
  expect(withEnd({ best: "a", worst: "b" }, "worst", "a")).toEqual({ worst: "a" });
  expect(withEnd({ best: "a", worst: "b" }, "best", "c")).toEqual({ best: "c", worst: "b" });
});
