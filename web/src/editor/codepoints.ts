/**
 * Offsets. The server counts Unicode code points of the stored text; browsers count UTF-16 units. This module is the only
 * place where one becomes the other.
 */

/** Maps between the two countings of one text. Texts without surrogates map onto themselves, at no cost. */
export class Offsets {
  readonly text: string;
  readonly length: number;
  private readonly starts: Uint32Array | null;

  constructor(text: string) {
    this.text = text;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole basic plane is meant
    if (/^[\u0000-\ud7ff\ue000-\uffff]*$/.test(text)) {
      this.starts = null;
      this.length = text.length;
      return;
    }
    const starts: number[] = [];
    for (let index = 0; index < text.length; index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1)
      starts.push(index);
    this.length = starts.length;
    starts.push(text.length);
    this.starts = Uint32Array.from(starts);
  }

  /** Code point offset -> UTF-16 offset. */
  toUnits(points: number): number {
    return this.starts ? (this.starts[Math.max(0, Math.min(points, this.length))] ?? 0) : Math.min(points, this.length);
  }

  /** UTF-16 offset -> code point offset; an offset inside a surrogate pair counts as before it. */
  toPoints(units: number): number {
    if (!this.starts) return Math.min(units, this.length);
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= units) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  slice(start: number, end: number): string {
    return this.text.slice(this.toUnits(start), this.toUnits(end));
  }
}

/** How many code points a text has. */
export function countPoints(text: string): number {
  return new Offsets(text).length;
}
