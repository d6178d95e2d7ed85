/**
 * Whether work for this customer is on hold: the server tells it at once, and a page that was not told learns it from the
 * first request that is refused. One tab a browser listens and tells the others: a browser opens six streams to a server at most.
 */
import { useSyncExternalStore } from "react";
import { BASE } from "./client";
import type { Id } from "./contract";

let isHeld = false;
const listeners = new Set<() => void>();

function turn(held: boolean): void {
  if (held === isHeld) return;
  isHeld = held;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useOnHold(): boolean {
  return useSyncExternalStore(subscribe, () => isHeld);
}

/** A request was refused for it. */
export function learnOnHold(): void {
  turn(true);
}

type Word = "asked" | { on_hold: boolean };

/** Listens for one organization until the returned function is called; what was known of another one is forgotten. */
export function watchOnHold(organization: Id): () => void {
  const name = `evenhand.on-hold ${organization}`;
  const leaving = new AbortController();
  let told: boolean | null = null;
  let close: () => void = () => undefined;
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }: MessageEvent<Word>) => {
    if (data !== "asked") turn(data.on_hold);
    else if (told !== null) channel.postMessage({ on_hold: told } satisfies Word);
  };
  const listen = (): void => {
    const source = new EventSource(`${BASE}/holds/events`);
    source.addEventListener("hold", ({ data }: MessageEvent<string>) => {
      const { on_hold: held } = JSON.parse(data) as { on_hold: boolean };
      told = held;
      turn(held);
      channel.postMessage({ on_hold: held } satisfies Word);
    });
    close = () => source.close();
  };
  channel.postMessage("asked" satisfies Word);
  if (globalThis.navigator?.locks) {
    navigator.locks
      .request(name, { signal: leaving.signal }, () => {
        if (leaving.signal.aborted) return undefined;
        listen();
        return new Promise<void>((done) => leaving.signal.addEventListener("abort", () => done()));
      })
      // Left before it was this tab's turn.
      .catch(() => undefined);
  } else listen();
  return () => {
    leaving.abort();
    close();
    channel.close();
    turn(false);
  };
}
