/** Chords: "Mod+Shift+Z" as text, from a key event and as the caps printed on a button. Mod is Cmd on a Mac, Ctrl elsewhere. */

const isMac = typeof navigator !== "undefined" && /Mac|iP(hone|ad|od)/.test(navigator.platform);
const MODIFIERS = new Set(["Control", "Shift", "Alt", "Meta", "AltGraph", "CapsLock"]);

type Pressed = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** The chord of a key event, or null while only modifiers are down. */
export function chordOf(event: Pressed, mac = isMac): string | null {
  if (MODIFIERS.has(event.key)) return null;
  const key = keyOf(event);
  const isSymbol = key.length === 1 && !/[A-Z0-9]/.test(key);
  const parts: string[] = [];
  if (mac ? event.metaKey : event.ctrlKey) parts.push("Mod");
  if (mac ? event.ctrlKey : event.metaKey) parts.push(mac ? "Ctrl" : "Meta");
  if (event.altKey) parts.push("Alt");
  // "?" already is Shift and another key on most keyboards: the character alone is the chord.
  if (event.shiftKey && !isSymbol) parts.push("Shift");
  return [...parts, key].join("+");
}

/** The key by what it types; by its place where the keyboard types no Latin letter or hides the digits (AZERTY). */
function keyOf({ key, code, shiftKey }: Pressed): string {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code);
  if (digit && !shiftKey && !/^\d$/.test(key)) return digit[1] ?? key;
  if (key === " ") return "Space";
  if (key.length !== 1) return key;
  const letter = /^Key([A-Z])$/.exec(code);
  if (letter && !/[a-z]/i.test(key)) return letter[1] ?? key;
  return key.toUpperCase();
}

const CAPS: Record<string, string> = {
  Escape: "Esc",
  Delete: "Del",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Backspace: "⌫",
};

/** What is printed on the keys of a chord. */
export function capsOf(chord: string, mac = isMac): string[] {
  const parts = chord === "+" ? ["+"] : chord.split(/\+(?!$)/);
  return parts.map((part) => CAPS[part] ?? (part === "Mod" ? (mac ? "Cmd" : "Ctrl") : part));
}
