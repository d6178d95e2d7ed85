/** A published log in this browser: whether it verifies, and its newest entries. */
import { useQuery } from "@tanstack/react-query";
import { BASE, readProblem } from "../../api/client";
import { Offline, Problem } from "../../api/problem";
import { checked } from "./checking";
import { type Checkpoint, newestBundles, pathOf, readBundle, readCheckpoint } from "./files";
import type { Entry } from "./said";
import type { Fetch } from "./tree";

const SHOWN = 50;

/** Reads files below the address of a log, on whatever name this page was reached by. */
export function filesOf(url: string): Fetch {
  const { pathname } = new URL(url, window.location.href);
  return async (path) => {
    let answer: Response;
    try {
      answer = await fetch(`${pathname}/${path}`, { credentials: "same-origin" });
    } catch (error) {
      throw new Offline(String(error));
    }
    if (!answer.ok) throw new Problem(await readProblem(answer), answer.status);
    return new Uint8Array(await answer.arrayBuffer());
  };
}

interface Facts {
  url: string;
  origin: string;
  vkey: string;
  published: number;
}

export function useChecked(log: Facts | null | undefined) {
  return useQuery({
    queryKey: ["log", log?.origin, "checked"],
    queryFn: () => checked(filesOf(log?.url ?? BASE), log?.origin ?? "", log?.vkey ?? ""),
    enabled: Boolean(log && log.published > 0),
    refetchInterval: 60_000,
  });
}

/** The newest entries, newest first, as the log serves them. */
export function useEntries(log: Facts | null | undefined) {
  return useQuery({
    queryKey: ["log", log?.origin, "entries", log?.published],
    queryFn: async (): Promise<{ checkpoint: Checkpoint; entries: Entry[] }> => {
      const read = filesOf(log?.url ?? BASE);
      const checkpoint = readCheckpoint(new TextDecoder().decode(await read("checkpoint")));
      const bundles = await Promise.all(
        newestBundles(checkpoint.size, SHOWN).map(async ([index, width]) => {
          const found = readBundle(await read(pathOf("entries", index, width)));
          return found.map((each, at) => ({
            ...(JSON.parse(new TextDecoder().decode(each)) as Omit<Entry, "index">),
            index: index * 256 + at,
          }));
        }),
      );
      const entries = bundles.flat().sort((a, b) => b.index - a.index);
      return { checkpoint, entries };
    },
    enabled: Boolean(log && log.published > 0),
    refetchInterval: 60_000,
  });
}
