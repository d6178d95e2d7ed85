/**
 * Where the boxes of a chain stand: the shortest way from the rival to whom it reaches lies in the first row, whoever else is
 * tied to those stands below, between the parties they are tied to. Pure.
 */

export interface Placed {
  id: string;
  /** In columns from the left; between two of them for a party that is tied to both. */
  column: number;
  row: number;
}
interface Tie {
  from: string;
  to: string;
}

/** first, last: the parties at the ends of the first row. ids: all parties, in the order in which they are told. */
export function placed(ids: readonly string[], ties: readonly Tie[], first: string, last: string): Placed[] {
  const beside = new Map(ids.map((id) => [id, neighbours(id, ties)]));
  const way = shortest(beside, first, last);
  const columns = new Map(way.map((id, column) => [id, column]));
  const found: Placed[] = way.map((id, column) => ({ id, column, row: 0 }));
  const rest = ids.filter((id) => !columns.has(id));
  for (let left = rest; left.length > 0; ) {
    const next = left.find((id) => beside.get(id)?.some((other) => columns.has(other))) ?? (left[0] as string);
    const known = (beside.get(next) ?? []).flatMap((other) => columns.get(other) ?? []);
    const column = known.length > 0 ? known.reduce((sum, each) => sum + each, 0) / known.length : 0;
    columns.set(next, column);
    const crowded = (row: number): boolean =>
      found.some((each) => each.row === row && Math.abs(each.column - column) < 1);
    let row = 1;
    while (crowded(row)) row += 1;
    found.push({ id: next, column, row });
    left = left.filter((id) => id !== next);
  }
  return found;
}

function neighbours(id: string, ties: readonly Tie[]): string[] {
  return ties.flatMap(({ from, to }) => (from === id ? [to] : to === id ? [from] : []));
}

/** The way with the fewest steps, in whichever direction the ties point; both ends alone where there is none. */
function shortest(beside: ReadonlyMap<string, string[]>, first: string, last: string): string[] {
  const before = new Map<string, string | null>([[first, null]]);
  const queue = [first];
  for (let id = queue.shift(); id !== undefined && !before.has(last); id = queue.shift()) {
    for (const next of beside.get(id) ?? []) {
      if (before.has(next)) continue;
      before.set(next, id);
      queue.push(next);
    }
  }
  if (!before.has(last)) return first === last ? [first] : [first, last];
  const way: string[] = [];
  for (let id: string | null | undefined = last; id; id = before.get(id)) way.unshift(id);
  return way;
}

/** Words in lines of about so many letters. */
export function linesOf(words: string, letters: number): string[] {
  const lines: string[] = [];
  for (const word of words.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= letters) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
