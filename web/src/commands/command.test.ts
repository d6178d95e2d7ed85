/** Two commands that can be active at once never share a key. */
import { beforeAll, expect, test } from "vitest";
import { type Command, type Context, clashes, defined } from "./command";
import { capsOf, chordOf } from "./keys";

beforeAll(async () => {
  // Every module that defines a command; importing them is what fills the list.
  const modules = import.meta.glob(["../app/everywhere.ts", "../features/**/*.{ts,tsx}", "../kinds/**/*.{ts,tsx}"]);
  const real = Object.entries(modules).filter(([path]) => !path.includes(".test."));
  await Promise.all(real.map(([, load]) => load()));
}, 60_000);

test("no two commands of one context share a key", () => {
  expect(defined.length).toBeGreaterThan(10);
  expect(clashes(defined)).toEqual([]);
});

test("every command has a name of its own", () => {
  const ids = defined.map(({ id }) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});

test("a clash is found when a person maps one key twice", () => {
  const command = (id: string): Command<never> => ({
    id,
    title: () => id,
    context: "workspace",
    keys: [id],
    run: () => undefined,
  });

  expect(clashes([command("one"), command("two")], { two: ["one"] })).toEqual([["one", "two", "one"]]);
});

test("what is done with a task shares keys with other stages of it, and none with its questions", () => {
  const on = (context: Context): Command<never> => ({
    id: context,
    title: () => context,
    context,
    keys: ["Mod+Enter"],
    run: () => undefined,
  });

  expect(clashes([on("task:label"), on("task:review"), on("task:adjudicate")])).toEqual([]);
  expect(clashes([on("task:review"), on("question:choice")])).toHaveLength(1);
  expect(clashes([on("task:review"), on("stage:review")])).toHaveLength(1);
  expect(clashes([on("stage:adjudicate"), on("question:choice")])).toEqual([]);
});

const pressed = { key: "", code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

test.each([
  ["a letter is its own name", { key: "g", code: "KeyG" }, "G"],
  ["Ctrl is Mod", { key: "Enter", code: "Enter", ctrlKey: true }, "Mod+Enter"],
  ["a question mark is itself, whatever types it", { key: "?", code: "Slash", shiftKey: true }, "?"],
  ["digits are found where the keyboard hides them", { key: "&", code: "Digit1" }, "1"],
  ["a Cyrillic layout keeps the places of letters", { key: "п", code: "KeyG" }, "G"],
])("%s", (_, event, chord) => {
  expect(chordOf({ ...pressed, ...event }, false)).toBe(chord);
});

test("on a Mac Cmd is Mod", () => {
  expect(chordOf({ ...pressed, key: "k", code: "KeyK", metaKey: true }, true)).toBe("Mod+K");
  expect(capsOf("Mod+K", true)).toEqual(["Cmd", "K"]);
});
