/** Walking a list by keys: the cursor is where the focus is, on the row's own link or button (data-walk holds the row's id). */
import { useCallback, useMemo, useRef, useState } from "react";
import { type Listed, listCommands } from "./list";
import { useCommands } from "./scopes";

interface Given extends Pick<Listed, "filter" | "search"> {
  ids: readonly string[];
  /** Without it the row's own link or button is pressed. */
  onOpen?: (id: string) => void;
  /** Called when the keys walk to a row, before it is focused: a long table brings it into sight. */
  onStep?: (id: string, index: number) => void;
  isSelectable?: boolean;
}
export interface Walk {
  at: string | null;
  setAt: (id: string | null) => void;
  chosen: ReadonlySet<string>;
  choose: (id: string, is: boolean) => void;
  setChosen: (ids: Iterable<string>) => void;
}

export function useWalk({ ids, onOpen, onStep, filter, search, isSelectable }: Given): Walk {
  const [at, show] = useState<string | null>(null);
  // Keys may come faster than the list is drawn: where the cursor is now is known before it is shown.
  const here = useRef<string | null>(null);
  const setAt = useCallback((id: string | null) => {
    here.current = id;
    show(id);
  }, []);
  const [chosen, setSet] = useState<ReadonlySet<string>>(new Set());
  const setChosen = useCallback((wanted: Iterable<string>) => setSet(new Set(wanted)), []);
  const choose = useCallback(
    (id: string, is: boolean) =>
      setSet((before) => new Set(is ? [...before, id] : [...before].filter((each) => each !== id))),
    [],
  );
  const pending = useRef(0);

  const go = (by: 1 | -1): string | undefined => {
    const index = here.current === null ? -1 : ids.indexOf(here.current);
    const to = index < 0 ? (by > 0 ? 0 : ids.length - 1) : Math.min(Math.max(index + by, 0), ids.length - 1);
    const id = ids[to];
    if (id === undefined) return undefined;
    setAt(id);
    onStep?.(id, to);
    const focus = (): void => placeOf(id)?.focus({ preventScroll: onStep !== undefined });
    focus();
    cancelAnimationFrame(pending.current);
    // Again, twice later: the row of a virtual table may exist only after the scroll was drawn.
    pending.current = requestAnimationFrame(() => {
      pending.current = requestAnimationFrame(focus);
    });
    return id;
  };
  const list: Listed = {
    step: (by) => void go(by),
    open: () => {
      const id = here.current ?? ids[0];
      if (id === undefined) return;
      if (onOpen) onOpen(id);
      else placeOf(id)?.click();
    },
    filter,
    search,
  };
  if (isSelectable) {
    list.select = () => here.current !== null && choose(here.current, !chosen.has(here.current));
    list.widen = (by) => {
      const from = here.current;
      const id = go(by);
      setSet((before) => new Set([...before, ...(from === null ? [] : [from]), ...(id === undefined ? [] : [id])]));
    };
    if (chosen.size > 0) list.clear = () => setSet(new Set());
  }
  useCommands(listCommands, list);
  return useMemo(() => ({ at, setAt, chosen, choose, setChosen }), [at, setAt, chosen, choose, setChosen]);
}

function placeOf(id: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-walk="${CSS.escape(id)}"]`);
}
