/** The ontology that is being written: with undo, kept on this device until it is saved, checked by the server as it changes. */
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { call } from "../../api/client";
import type { Defect, OntologyBody } from "../../api/contract";

/** Changes of one field within this time are one undo step. */
const MERGE_MS = 1000;
const CHECK_MS = 350;

interface History {
  past: OntologyBody[];
  present: OntologyBody;
  future: OntologyBody[];
  at: number;
  merge: string;
}
export interface Draft {
  body: OntologyBody;
  saved: OntologyBody;
  isChanged: boolean;
  /** merge: what is being typed into; changes with the same word in quick succession are undone together. */
  put: (body: OntologyBody, merge?: string) => void;
  undo: () => void;
  redo: () => void;
  canUndo: boolean;
  canRedo: boolean;
  /** Gives the draft up for what is saved. */
  reset: (saved?: OntologyBody) => void;
}

/** keptAs: under which name the draft is kept on this device; null for one that is not kept. */
export function useDraft(saved: OntologyBody, keptAs: string | null): Draft {
  const [history, setHistory] = useState<History>(() => fresh(kept(keptAs) ?? saved));
  const { present, past, future } = history;
  const isChanged = JSON.stringify(present) !== JSON.stringify(saved);
  useEffect(() => {
    if (!keptAs) return;
    if (isChanged) localStorage.setItem(keptAs, JSON.stringify(present));
    else localStorage.removeItem(keptAs);
  }, [keptAs, present, isChanged]);
  const put = useCallback((body: OntologyBody, merge = "") => {
    setHistory((now) => {
      const isSame = merge !== "" && merge === now.merge && Date.now() - now.at < MERGE_MS;
      return { past: isSame ? now.past : [...now.past, now.present], present: body, future: [], at: Date.now(), merge };
    });
  }, []);
  const undo = useCallback(() => {
    setHistory((now) => {
      const before = now.past.at(-1);
      if (!before) return now;
      return { past: now.past.slice(0, -1), present: before, future: [now.present, ...now.future], at: 0, merge: "" };
    });
  }, []);
  const redo = useCallback(() => {
    setHistory((now) => {
      const [next, ...future] = now.future;
      return next ? { past: [...now.past, now.present], present: next, future, at: 0, merge: "" } : now;
    });
  }, []);
  const reset = useCallback((to: OntologyBody = saved) => setHistory(fresh(to)), [saved]);
  return {
    body: present,
    saved,
    isChanged,
    put,
    undo,
    redo,
    canUndo: past.length > 0,
    canRedo: future.length > 0,
    reset,
  };
}

function fresh(present: OntologyBody): History {
  return { past: [], present, future: [], at: 0, merge: "" };
}

function kept(name: string | null): OntologyBody | null {
  try {
    return name ? (JSON.parse(localStorage.getItem(name) ?? "null") as OntologyBody | null) : null;
  } catch {
    return null;
  }
}

/** Every defect of a draft, a moment after its last change; those of the change before stay until then. */
export function useCheck(body: OntologyBody): { problems: Defect[]; isSound: boolean; isPending: boolean } {
  const [settled, setSettled] = useState(body);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(body), CHECK_MS);
    return () => clearTimeout(timer);
  }, [body]);
  const checked = useQuery({
    queryKey: ["ontology-check", settled],
    queryFn: () => call("POST /ontology/check", { body: { body: settled } }),
    placeholderData: (before) => before,
    gcTime: 60_000,
  });
  const isPending = settled !== body || checked.isFetching;
  return { problems: checked.data?.problems ?? [], isSound: !isPending && checked.data?.digest != null, isPending };
}

/** The problems at a place of the document, and below it. */
export function problemsAt(problems: readonly Defect[], pointer: string): Defect[] {
  return problems.filter((each) => each.pointer === pointer || each.pointer.startsWith(`${pointer}/`));
}
