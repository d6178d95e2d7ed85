/** A formula, drawn by KaTeX, which is fetched from this server when the first one is shown; until then its source stands there. */
import type { KatexOptions } from "katex";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import "./formula.css";

type Draw = (tex: string, element: HTMLElement, options: KatexOptions) => void;

let draw: Draw | null = null;
let loading: Promise<Draw> | null = null;

function load(): Promise<Draw> {
  loading ??= Promise.all([import("katex"), import("katex/dist/katex.min.css")]).then(([{ default: katex }]) => {
    draw = katex.render;
    return katex.render;
  });
  return loading;
}

interface FormulaProps {
  tex: string;
  isDisplay: boolean;
  /** The piece of the source that it stands for, in code points. */
  at: number | undefined;
  length: number | undefined;
}

export function Formula({ tex, isDisplay, at, length }: FormulaProps) {
  const place = useRef<HTMLSpanElement>(null);
  const [render, setRender] = useState<Draw | null>(() => draw);
  useEffect(() => {
    if (!render) void load().then((loaded) => setRender(() => loaded));
  }, [render]);
  useLayoutEffect(() => {
    // It builds elements, no text of a page; links and pictures in a formula are not trusted.
    if (place.current) {
      render?.(tex, place.current, {
        displayMode: isDisplay,
        throwOnError: false,
        trust: false,
        maxExpand: 1000,
        maxSize: 20,
      });
    }
  }, [render, tex, isDisplay]);
  const classes = isDisplay ? "formula display" : "formula";
  return render ? (
    <span ref={place} className={classes} data-at={at} data-length={length} />
  ) : (
    <span className={classes} data-at={at} data-length={length}>
      {tex}
    </span>
  );
}
