/**
 * The bytes of stored files, held in memory while they are shown. The server forbids every cache to keep them, so that what
 * a person was shown for one task stays nowhere; a file that comes next is fetched ahead and shown from here.
 */
import { useLayoutEffect, useState } from "react";
import { fetchFile } from "../../api/client";
import type { Content } from "../../api/contract";
import { onForget } from "../../api/forget";
import type { Size } from "../../editor/viewport";

interface Held {
  url: Promise<string>;
  /** The same once it is there: a file that was fetched ahead is shown with the first drawing. */
  src: string | null;
  users: number;
}

const held = new Map<string, Held>();
/** Files fetched ahead that nobody shows yet. */
export const AHEAD_MAX = 6;
/** A file that nobody shows any more is kept this long: a view that is built anew does not fetch it again. */
const KEPT_MS = 1000;

/** Fetches a file ahead of its task. */
export function prefetch(address: string): void {
  hold(address);
  const idle = [...held].filter(([, { users }]) => users === 0);
  for (const [old] of idle.slice(0, Math.max(0, idle.length - AHEAD_MAX))) drop(old);
}

onForget(() => {
  for (const address of [...held.keys()]) drop(address);
});

function hold(address: string): Held {
  const known = held.get(address);
  if (known) return known;
  const made: Held = { url: fetched(address), src: null, users: 0 };
  held.set(address, made);
  made.url.then(
    (src) => {
      made.src = src;
    },
    () => held.delete(address),
  );
  return made;
}

function drop(address: string): void {
  const gone = held.get(address);
  held.delete(address);
  // What was chosen on this device belongs to whoever chose it.
  if (!/^(blob|data):/.test(address)) void gone?.url.then(giveBack).catch(() => undefined);
}

async function fetched(address: string): Promise<string> {
  // A file that was just chosen on this device needs no fetching.
  if (/^(blob|data):/.test(address)) return address;
  const file = await fetchFile(address);
  const url = URL.createObjectURL(file);
  files.set(url, file);
  return url;
}

/** What is behind the addresses that were made here: the page may show them, and its policy lets it fetch none of them. */
const files = new Map<string, Blob>();

export function fileAt(src: string): Blob | undefined {
  return files.get(src);
}

/** The address of a file of this device, for as long as the page lives or until it is given back. */
export function addressOf(file: Blob): string {
  const url = URL.createObjectURL(file);
  files.set(url, file);
  return url;
}

export function giveBack(url: string): void {
  files.delete(url);
  URL.revokeObjectURL(url);
}

/** The sides of a stored picture as it is seen. */
export function sizeOf({ media }: Content): Size | null {
  const [width, height] = [media?.width, media?.height];
  return typeof width === "number" && typeof height === "number" ? { width, height } : null;
}

interface Media {
  src: string | null;
  problem: unknown;
  retry: () => void;
}

/** A file for as long as a component shows it. */
export function useMedia(address: string | undefined): Media {
  const [state, setState] = useState<Omit<Media, "retry"> & { of: string | undefined }>({ of: undefined, ...NONE });
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt fetches again
  useLayoutEffect(() => {
    if (!address) return;
    let isCurrent = true;
    const mine = hold(address);
    mine.users += 1;
    setState({ of: address, src: mine.src, problem: null });
    mine.url.then(
      (src) => isCurrent && setState({ of: address, src, problem: null }),
      (problem: unknown) => isCurrent && setState({ of: address, src: null, problem }),
    );
    return () => {
      isCurrent = false;
      mine.users -= 1;
      setTimeout(() => mine.users === 0 && held.get(address) === mine && drop(address), KEPT_MS);
    };
  }, [address, attempt]);
  const retry = (): void => setAttempt((count) => count + 1);
  if (state.of === address && address) return { src: state.src, problem: state.problem, retry };
  return { ...NONE, src: (address && held.get(address)?.src) || null, retry };
}

const NONE = { src: null, problem: null };
