/** Where two texts differ, word by word: the pieces of each that the other does not have. */

/** A word of a text and where it stands. */
export interface Token<Place> {
  text: string;
  place: Place;
}

/** Texts that share less than this many edits allow are called wholly different: nobody reads so many marks. */
const EDITS_MAX = 2_000;

/** The tokens of each side that are not in the other, along a shortest edit script (Myers, 1986, doi:10.1007/BF01840446). */
export function differences<Place>(
  a: readonly Token<Place>[],
  b: readonly Token<Place>[],
): { onlyA: Token<Place>[]; onlyB: Token<Place>[] } {
  const trace: Int32Array[] = [];
  const limit = Math.min(a.length + b.length, EDITS_MAX);
  const furthest = new Int32Array(2 * limit + 3);
  const middle = limit + 1;
  for (let edits = 0; edits <= limit; edits += 1) {
    trace.push(furthest.slice());
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const [down, right] = [at(furthest, middle + diagonal + 1), at(furthest, middle + diagonal - 1)];
      let x = diagonal === -edits || (diagonal !== edits && right < down) ? down : right + 1;
      while (x < a.length && x - diagonal < b.length && a[x]?.text === b[x - diagonal]?.text) x += 1;
      furthest[middle + diagonal] = x;
      if (x >= a.length && x - diagonal >= b.length) return unwound(a, b, trace, middle);
    }
  }
  return { onlyA: [...a], onlyB: [...b] };
}

const at = (numbers: Int32Array, index: number): number => numbers[index] ?? 0;

function unwound<Place>(
  a: readonly Token<Place>[],
  b: readonly Token<Place>[],
  trace: readonly Int32Array[],
  middle: number,
): { onlyA: Token<Place>[]; onlyB: Token<Place>[] } {
  const onlyA: Token<Place>[] = [];
  const onlyB: Token<Place>[] = [];
  let [x, y] = [a.length, b.length];
  for (let edits = trace.length - 1; edits > 0; edits -= 1) {
    const before = trace[edits] as Int32Array;
    const diagonal = x - y;
    const [down, right] = [at(before, middle + diagonal + 1), at(before, middle + diagonal - 1)];
    const isDown = diagonal === -edits || (diagonal !== edits && right < down);
    const from = isDown ? down : right;
    const fromY = from - (isDown ? diagonal + 1 : diagonal - 1);
    if (isDown) onlyB.push(b[fromY] as Token<Place>);
    else onlyA.push(a[from] as Token<Place>);
    [x, y] = [from, fromY];
  }
  return { onlyA: onlyA.reverse(), onlyB: onlyB.reverse() };
}
