/** Which commands are active now, and the one listener that turns keys into them. */
import { createContext, use, useEffect, useRef, useSyncExternalStore } from "react";
import { type Command, keysOf, type Remapped } from "./command";
import { chordOf } from "./keys";

interface Scope {
  commands: readonly Command<never>[];
  given: () => unknown;
  isInDialog: boolean;
}

/** Inside a dialog only the commands of what stands in it act: the page under it is inert. */
export const InDialog = createContext(false);

let scopes: readonly Scope[] = [];
let remapped: Remapped | null | undefined;
const listeners = new Set<() => void>();

function change(to: readonly Scope[]): void {
  scopes = to;
  for (const listener of listeners) listener();
}

export function setRemapped(keys: Remapped | null | undefined): void {
  remapped = keys;
  change([...scopes]);
}

/** Makes commands active while a component is on the screen; the one mounted last is asked first. */
export function useCommands<Given>(commands: readonly Command<Given>[], given: Given): void {
  const latest = useRef(given);
  latest.current = given;
  const isInDialog = use(InDialog);
  useEffect(() => {
    const scope = { commands: commands as readonly Command<never>[], given: () => latest.current, isInDialog };
    change([...scopes, scope]);
    return () => change(scopes.filter((each) => each !== scope));
  }, [commands, isInDialog]);
}

/** The commands that are active, each ready to run. */
export function useActive(): { command: Command<never>; isEnabled: boolean; run: () => void }[] {
  const now = useSyncExternalStore(subscribe, () => scopes);
  return [...now].reverse().flatMap(({ commands, given }) =>
    commands.map((command) => ({
      command,
      isEnabled: command.isEnabled?.(given() as never) ?? true,
      run: () => command.run(given() as never, keysOf(command, remapped)[0] ?? ""),
    })),
  );
}

/** The first key of a command, as a person has it. */
export function chordFor(command: Command<never>): string | undefined {
  return keysOf(command, remapped)[0];
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const TEXT =
  "input:not([type=radio]):not([type=checkbox]):not([type=range]):not([type=button]), textarea, select, [contenteditable=true]";

/** Runs the command of a key event. No single letter acts while a text field has the caret. */
export function dispatch(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const chord = chordOf(event);
  if (!chord) return;
  const target = event.target as HTMLElement | null;
  const isInText = Boolean(target?.matches?.(TEXT));
  const isOnControl = Boolean(target?.matches?.("button, a, [role=radio], [role=checkbox], summary"));
  if (isOnControl && (chord === "Enter" || chord === "Space")) return;
  const isInDialog = document.querySelector("dialog[open]") !== null;
  for (const scope of scopes.filter((each) => each.isInDialog === isInDialog).reverse()) {
    for (const command of scope.commands) {
      const given = scope.given();
      const isOfTask = command.keysOfTask?.(given as never).includes(chord) ?? false;
      if (!isOfTask && !keysOf(command, remapped).includes(chord)) continue;
      if (isInText && !command.inText && !chord.startsWith("Mod+")) continue;
      if (isInText && ["Mod+Z", "Mod+Shift+Z", "Mod+A", "Mod+C"].includes(chord)) continue;
      if (command.isEnabled && !command.isEnabled(given as never)) continue;
      event.preventDefault();
      command.run(given as never, chord);
      return;
    }
  }
  if (isInText && chord === "Escape") target?.blur();
}
