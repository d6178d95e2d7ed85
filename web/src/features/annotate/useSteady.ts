/** Acts that keep their identity, for what is drawn anew only when something of its own changed. */
import { useCallback, useRef } from "react";

/** The newest of a function under one name for all time, so that nobody is drawn anew for it. */
export function useSteady<Given extends unknown[]>(act: (...given: Given) => void): (...given: Given) => void {
  const latest = useRef(act);
  latest.current = act;
  return useCallback((...given: Given) => latest.current(...given), []);
}
