/** The difference of two texts by lines: the longest common lines stay, the rest is gone or new. */
import { diffArrays } from "diff";

export interface Line {
  kind: "same" | "gone" | "new" | "fold";
  text: string;
  /** How many equal lines a fold stands for. */
  count?: number;
}

/** Lines of both texts in order. Equal lines farther than `context` from a change are folded. */
export function lineDiff(before: string, after: string, context = 3): Line[] {
  const lines = diffArrays(before.split("\n"), after.split("\n")).flatMap(({ value, added, removed }) =>
    value.map((text): Line => ({ kind: added ? "new" : removed ? "gone" : "same", text })),
  );
  return folded(lines, context);
}

function folded(lines: Line[], context: number): Line[] {
  const near = lines.map(() => false);
  for (const [at, { kind }] of lines.entries()) {
    if (kind === "same") continue;
    for (let each = Math.max(0, at - context); each <= Math.min(lines.length - 1, at + context); each += 1)
      near[each] = true;
  }
  const shown: Line[] = [];
  for (const [at, line] of lines.entries()) {
    const last = shown.at(-1);
    if (near[at]) shown.push(line);
    else if (last?.kind === "fold") last.count = (last.count ?? 0) + 1;
    else shown.push({ kind: "fold", text: "", count: 1 });
  }
  return shown;
}
