/** The one voice of a view for those who hear it: “Saved”, “Task 15”, what is missing. Nothing else talks. */
import { useSyncExternalStore } from "react";

let said = { text: "", count: 0 };
const listeners = new Set<() => void>();

/** Says something politely; the same again is said again. */
export function say(text: string): void {
  said = { text, count: said.count + 1 };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function LiveRegion() {
  const { text, count } = useSyncExternalStore(subscribe, () => said);
  return (
    <div className="hidden-visually" role="status" aria-live="polite">
      {/* A no-break space more makes a repeated sentence a new one. */}
      {text + "\u00a0".repeat(count % 2)}
    </div>
  );
}
