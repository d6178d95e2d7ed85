/** The difference of two texts by lines: the longest common lines stay, the rest is gone or new. */

export interface Line {
  kind: "same" | "gone" | "new" | "fold";
  text: string;
  /** How many equal lines a fold stands for. */
  count?: number;
}

/** Lines of both texts in order. Equal lines farther than `context` from a change are folded. */
export function lineDiff(before: string, after: string, context = 3): Line[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail])
    tail += 1;
  const middle = changed(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  const same = (text: string): Line => ({ kind: "same", text });
  return folded([...a.slice(0, head).map(same), ...middle, ...a.slice(a.length - tail).map(same)], context);
}

function changed(a: string[], b: string[]): Line[] {
  // lengths[i][j]: common lines of a[i..] and b[j..].
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const [here, below] = [lengths[i] as Uint32Array, lengths[i + 1] as Uint32Array];
      here[j] = a[i] === b[j] ? (below[j + 1] as number) + 1 : Math.max(below[j] as number, here[j + 1] as number);
    }
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: "same", text: a[i] as string });
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && (lengths[i + 1]?.[j] as number) >= (lengths[i]?.[j + 1] as number))) {
      lines.push({ kind: "gone", text: a[i] as string });
      i += 1;
    } else {
      lines.push({ kind: "new", text: b[j] as string });
      j += 1;
    }
  }
  return lines;
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
