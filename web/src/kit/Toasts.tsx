/** “Done, with undo”: eight seconds, bottom left, waiting while the pointer or the focus is on it. */
import { useEffect, useState, useSyncExternalStore } from "react";
import { Button } from "./Button";

interface Toast {
  id: number;
  text: string;
  undo?: { word: string; run: () => void };
}
let toasts: Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();

function change(to: Toast[]): void {
  toasts = to;
  for (const listener of listeners) listener();
}

export function toast(text: string, undo?: Toast["undo"]): void {
  change([...toasts.slice(-2), { id: next++, text, undo }]);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function One({ toast: { id, text, undo } }: { toast: Toast }) {
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (isHeld) return;
    const timer = setTimeout(() => change(toasts.filter((each) => each.id !== id)), 8000);
    return () => clearTimeout(timer);
  }, [isHeld, id]);
  return (
    <div
      className="toast"
      role="status"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span>{text}</span>
      {undo && (
        <Button
          size="s"
          onClick={() => {
            undo.run();
            change(toasts.filter((each) => each.id !== id));
          }}
        >
          {undo.word}
        </Button>
      )}
    </div>
  );
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" aria-live="polite">
      {shown.map((each) => (
        <One toast={each} key={each.id} />
      ))}
    </div>
  );
}
