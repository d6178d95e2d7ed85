/** What changed between two versions of a guideline, block by block: a paragraph, a heading, a list. */

export interface Block {
  text: string;
  change: "same" | "new" | "gone";
}

/** Blocks are parted by blank lines; those of a fenced code stay together. */
export function blocksOf(markdown: string): string[] {
  const blocks: string[] = [];
  let lines: string[] = [];
  let fence: string | null = null;
  const close = (): void => {
    if (lines.length) blocks.push(lines.join("\n"));
    lines = [];
  };
  for (const line of markdown.split(/\r\n|\r|\n/)) {
    const mark = /^\s*(```+|~~~+)/.exec(line)?.[1];
    if (mark) fence = fence === null ? mark : mark.startsWith(fence) ? null : fence;
    if (line.trim() === "" && fence === null) close();
    else lines.push(line);
  }
  close();
  return blocks;
}

/** The blocks of both versions in reading order, each said to be the same, new or gone (longest common subsequence). */
export function changedBlocks(before: string, after: string): Block[] {
  const [old, now] = [blocksOf(before), blocksOf(after)];
  const longest = Array.from({ length: old.length + 1 }, () => new Uint32Array(now.length + 1));
  const at = (i: number, j: number): number => longest[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const row = longest[i] as Uint32Array;
      row[j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const blocks: Block[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    const [gone, come] = [old[i], now[j]];
    if (gone !== undefined && gone === come) {
      blocks.push({ text: gone, change: "same" });
      i += 1;
      j += 1;
    } else if (come === undefined || (gone !== undefined && at(i + 1, j) >= at(i, j + 1))) {
      blocks.push({ text: gone as string, change: "gone" });
      i += 1;
    } else {
      blocks.push({ text: come, change: "new" });
      j += 1;
    }
  }
  return blocks;
}
