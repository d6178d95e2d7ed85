/** The page of keys is made from the commands: `npx vitest run src/commands/page.test.ts -u` writes docs/reference/keys.md. */
import { beforeAll, expect, test } from "vitest";
import { loadLanguage } from "../i18n";
import { type Command, defined } from "./command";
import { capsOf } from "./keys";

const HEAD = `# Keys

Made from the interface's commands. Press ? anywhere to see the ones that work where you are; every one can be given other keys in
your settings. On a Mac, Cmd stands for Ctrl. [How to label by keyboard](../how-to/label-by-keyboard.md) is the way in.
`;
const PLACES: [RegExp, string, string][] = [
  [/^everywhere$/, "Everywhere", ""],
  [/^list$/, "In every list", "A list offers what it can; my work alone has the digits."],
  [/^drawer$/, "In the drawer beside the tasks", ""],
  [/^new-project$/, "In a new project", ""],
  [/^consent$/, "On the guidelines", ""],
  [/^questions$/, "On the page of a project's questions", ""],
  [/^gold$/, "On a project's gold", "Of the task under the cursor, or of the one that is open."],
  [/^workspace$/, "In the workspace", "Whatever is asked, and whether it is answered, reviewed or decided."],
  [/^task:label$/, "Answering a task", ""],
  [
    /^(task|stage):review$/,
    "Reviewing a task",
    "While an answer is being fixed, the keys of its questions go before those that walk.",
  ],
  [
    /^(task|stage):adjudicate$/,
    "Deciding a task",
    "While another value is being given, the keys of its question go before those of the table.",
  ],
  [/^question:/, "On a question of the kind", "Of the question that is active."],
  [/^input:/, "On an input of the kind", "While such an input is shown."],
  [/^stage:(?!review|adjudicate)/, "On the stage", "While the active question leaves the key free."],
];

beforeAll(async () => {
  await loadLanguage("en");
  const modules = import.meta.glob([
    "../app/everywhere.ts",
    "../app/*.tsx",
    "../features/**/*.{ts,tsx}",
    "../kinds/**/*.{ts,tsx}",
  ]);
  // One after another, so that the page has the same order every time.
  for (const [path, load] of Object.entries(modules)) if (!path.includes(".test.")) await load();
}, 60_000);

test("the page of keys says what the commands say", async () => {
  expect(defined.length).toBeGreaterThan(40);
  await expect(page()).toMatchFileSnapshot("../../../docs/reference/keys.md");
});

test("every context of a command has its place on the page", () => {
  expect(defined.filter(({ context }) => !PLACES.some(([place]) => place.test(context))).map(({ id }) => id)).toEqual(
    [],
  );
});

function page(): string {
  return [HEAD, ...PLACES.flatMap(([place, title, note]) => chapter(place, title, note))].join("\n");
}

function chapter(place: RegExp, title: string, note: string): string[] {
  const here = defined.filter(({ context }) => place.test(context));
  const contexts = [...new Set(here.map(({ context }) => context))].sort();
  if (contexts.length === 0) return [];
  const head = [`## ${title}`, "", ...(note ? [note, ""] : [])];
  if (place.source.includes("task")) return [...head, "| Key | Does |", "|---|---|", ...here.map(row), ""];
  return [
    ...head,
    ...contexts.flatMap((context) => {
      const name = context.split(":")[1];
      const commands = here.filter((command) => command.context === context);
      return [...(name ? [`### ${name}`, ""] : []), "| Key | Does |", "|---|---|", ...commands.map(row), ""];
    }),
  ];
}

function row(command: Command<never>): string {
  return `| ${keysIn(command.keys) || "none at first"} | ${command.title()}${command.range ? ` (${command.range})` : ""} |`;
}

/** Digits that follow one another stand as one. */
function keysIn(chords: string[]): string {
  const caps = chords.map((chord) => `\`${capsOf(chord, false).join("+")}\``);
  const first = chords.findIndex((_, index) => chords.slice(index, index + 4).every((chord) => /^\d$/.test(chord)));
  if (first < 0 || chords.length - first < 4) return caps.join(", ");
  return [...caps.slice(0, first), `${caps[first]} to ${caps.at(-1)}`].join(", ");
}
