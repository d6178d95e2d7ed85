/** A formula as an element; until what draws it is there, its source stands in its place. */
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { type Draw, drawNow, loadDraw } from "./formulas";

interface FormulaProps {
  tex: string;
  isDisplay: boolean;
  /** The piece of the source that it stands for, in code points. */
  at: number | undefined;
  length: number | undefined;
}

export function Formula({ tex, isDisplay, at, length }: FormulaProps) {
  const place = useRef<HTMLSpanElement>(null);
  const [draw, setDraw] = useState<Draw | null>(drawNow);
  useEffect(() => {
    if (!draw) void loadDraw().then((loaded) => setDraw(() => loaded));
  }, [draw]);
  useLayoutEffect(() => {
    if (place.current) draw?.(place.current, tex, isDisplay);
  }, [draw, tex, isDisplay]);
  const classes = isDisplay ? "formula display" : "formula";
  return draw ? (
    <span ref={place} className={classes} data-at={at} data-length={length} />
  ) : (
    <span className={classes} data-at={at} data-length={length}>
      {tex}
    </span>
  );
}
