/** The settings show every key there is: a command that is defined elsewhere would be missing there. */
import { expect, test } from "vitest";
import { defined } from "./command";
import { everyCommand } from "./every";

test("every command of every view is among those that can be changed", async () => {
  await everyCommand();
  const shown = new Set(defined.map(({ id }) => id));

  const modules = import.meta.glob([
    "../app/**/*.{ts,tsx}",
    "../features/**/*.{ts,tsx}",
    "../kinds/**/*.{ts,tsx}",
    "!**/*.test.*",
  ]);
  await Promise.all(Object.values(modules).map((load) => load()));

  expect(defined.map(({ id }) => id).filter((id) => !shown.has(id))).toEqual([]);
}, 60_000);
