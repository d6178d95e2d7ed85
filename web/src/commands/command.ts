/** A user action is one value, read by the button, the palette, the shortcut sheet and the tests. */

/** Where a command lives. Commands that can be active at once must not share a key; a test proves it. */
export type Context =
  | "everywhere"
  | "list"
  | "drawer"
  | "workspace"
  | `task:${"label" | "review" | "adjudicate"}`
  | "new-project"
  | "consent"
  | "questions"
  | "gold"
  | `question:${string}`
  | `input:${string}`
  | `stage:${string}`;

export interface Command<Given = unknown> {
  id: string;
  title: () => string;
  context: Context;
  keys: string[];
  /** Acts while a text field has the caret; chords with Mod always do. */
  inText?: boolean;
  /** Listed on the sheet as one line for all its keys ("1" to "9"). */
  range?: string;
  /** Keys of the task's own: an option may bring one. They go before the keys of the workspace. */
  keysOfTask?: (given: Given) => string[];
  isEnabled?: (given: Given) => boolean;
  run: (given: Given, chord: string) => void;
}

/** Every command that was ever defined, for the sheet, the settings and the tests. */
export const defined: Command<never>[] = [];

export function defineCommand<Given = unknown>(command: Command<Given>): Command<Given> {
  defined.push(command as Command<never>);
  return command;
}

export type Remapped = Record<string, string[]>;

/** The keys of a command after a person's own choice; an empty list switches it off. */
export function keysOf(command: Command<never>, remapped: Remapped | null | undefined): string[] {
  return remapped?.[command.id] ?? command.keys;
}

/** Pairs of commands that may be active together and share a key. */
export function clashes(commands: readonly Command<never>[], remapped?: Remapped | null): [string, string, string][] {
  const found: [string, string, string][] = [];
  for (const [index, first] of commands.entries()) {
    for (const second of commands.slice(index + 1)) {
      if (!canMeet(first.context, second.context)) continue;
      const shared = keysOf(first, remapped).find((key) => keysOf(second, remapped).includes(key));
      if (shared) found.push([first.id, second.id, shared]);
    }
  }
  return found;
}

/**
 * In the workspace one question is active at a time; what is shown and the task itself are always there. Tools of the stage
 * ("stage:…") give way to the active question. A task is answered, reviewed or adjudicated ("task:…"), never two of them at once.
 */
function canMeet(a: Context, b: Context): boolean {
  if (a === b || a === "everywhere" || b === "everywhere") return true;
  const isQuestion = (context: Context): boolean => context.startsWith("question:");
  const isAct = (context: Context): boolean => context.startsWith("task:");
  const isWork = (context: Context): boolean =>
    context === "workspace" || isAct(context) || /^(input|stage):/.test(context) || isQuestion(context);
  const givesWay = (context: Context): boolean => isQuestion(context) || context.startsWith("stage:");
  return isWork(a) && isWork(b) && !(givesWay(a) && givesWay(b)) && !(isAct(a) && isAct(b));
}
