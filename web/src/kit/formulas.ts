/** Formulas by KaTeX, which is fetched from this server when the first one is shown. */
import type { KatexOptions } from "katex";
import "./formula.css";

type Render = (tex: string, element: HTMLElement, options: KatexOptions) => void;

/** Draws a formula into an element, in place of what is in it. */
export type Draw = (element: HTMLElement, tex: string, isDisplay: boolean) => void;

let loading: Promise<Draw> | null = null;
let loaded: Draw | null = null;

/** The drawing, where an earlier formula has fetched it. */
export const drawNow = (): Draw | null => loaded;

export function loadDraw(): Promise<Draw> {
  loading ??= Promise.all([import("katex"), import("katex/dist/katex.min.css")]).then(([{ default: katex }]) => {
    loaded = drawWith(katex.render);
    return loaded;
  });
  return loading;
}

/** It builds elements, no text of a page; links and pictures in a formula are not trusted. */
function drawWith(render: Render): Draw {
  return (element, tex, isDisplay) =>
    render(tex, element, {
      displayMode: isDisplay,
      throwOnError: false,
      trust: false,
      maxExpand: 1000,
      maxSize: 20,
    });
}
