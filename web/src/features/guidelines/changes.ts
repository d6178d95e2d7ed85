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
  let [old, now] = [blocksOf(before), blocksOf(after)];
  // What both begin and end with needs no table; of two versions that is nearly everything.
  let [first, last] = [0, 0];
  while (first < old.length && old[first] === now[first]) first += 1;
  while (last < Math.min(old.length, now.length) - first && old.at(-1 - last) === now.at(-1 - last)) last += 1;
  const same = (texts: string[]): Block[] => texts.map((text) => ({ text, change: "same" }));
  const [head, tail] = [same(now.slice(0, first)), same(last ? now.slice(-last) : [])];
  [old, now] = [old.slice(first, old.length - last), now.slice(first, now.length - last)];
  const longest = Array.from({ length: old.length + 1 }, () => new Uint32Array(now.length + 1));
  const at = (i: number, j: number): number => longest[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const row = longest[i] as Uint32Array;
      row[j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const blocks: Block[] = head;
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
  return [...blocks, ...tail];
}

/** A passage of the new version as it is shown: unchanged, new, gone, or written anew, with the words it had before. */
export type Passage = Block | { text: string; before: string; change: "rewritten" };

/** Blocks, where what is gone and what is new in its place are one passage that was rewritten. */
export function passagesOf(before: string, after: string): Passage[] {
  const passages: Passage[] = [];
  const blocks = changedBlocks(before, after);
  for (let index = 0; index < blocks.length; ) {
    const run = (change: Block["change"], from: number): Block[] => {
      const end = blocks.findIndex((block, at) => at >= from && block.change !== change);
      return blocks.slice(from, end < 0 ? undefined : end);
    };
    const [block] = blocks.slice(index, index + 1) as [Block];
    if (block.change === "same") {
      passages.push(block);
      index += 1;
      continue;
    }
    // A change may be told new before gone, or gone before new; what belongs together stands side by side.
    const firstRun = run(block.change, index);
    const secondRun = run(block.change === "gone" ? "new" : "gone", index + firstRun.length);
    const [gone, come] = block.change === "gone" ? [firstRun, secondRun] : [secondRun, firstRun];
    const pairs = Math.min(gone.length, come.length);
    for (let at = 0; at < pairs; at += 1) {
      passages.push({ text: (come[at] as Block).text, before: (gone[at] as Block).text, change: "rewritten" });
    }
    passages.push(...gone.slice(pairs), ...come.slice(pairs));
    index += firstRun.length + secondRun.length;
  }
  return passages;
}
