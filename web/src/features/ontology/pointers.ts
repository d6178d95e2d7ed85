/** Where the values of a JSON text stand: pointer (RFC 6901) -> place, so that a problem can be shown at its line. */

export interface Place {
  /** Offsets of the value in the text, in UTF-16 units, and its first line, from 1. */
  start: number;
  end: number;
  line: number;
}

/** The places of all values of a text that parses. Of a key that is given twice, the last counts, as for JSON.parse. */
export function placesOf(text: string): Map<string, Place> {
  const places = new Map<string, Place>();
  let at = 0;
  let line = 1;
  const skip = (): void => {
    while (at < text.length && /[\s,:]/.test(text[at] as string)) {
      if (text[at] === "\n") line += 1;
      at += 1;
    }
  };
  const string = (): string => {
    const from = at;
    at += 1;
    while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
    at += 1;
    return JSON.parse(text.slice(from, at)) as string;
  };
  const value = (pointer: string): void => {
    skip();
    const place: Place = { start: at, end: at, line };
    const first = text[at];
    if (first === "{" || first === "[") {
      at += 1;
      for (let index = 0; ; index += 1) {
        skip();
        if (text[at] === "}" || text[at] === "]") break;
        value(`${pointer}/${first === "{" ? escaped(string()) : index}`);
      }
      at += 1;
    } else if (first === '"') string();
    else while (at < text.length && /[^\s,\]}]/.test(text[at] as string)) at += 1;
    place.end = at;
    places.set(pointer, place);
  };
  value("");
  return places;
}

/** The place of a pointer, or of the nearest thing around it that is there: what is missing has no place of its own. */
export function placeOf(places: ReadonlyMap<string, Place>, pointer: string): Place | undefined {
  for (let near = pointer; ; near = near.slice(0, near.lastIndexOf("/"))) {
    const place = places.get(near);
    if (place || near === "") return place;
  }
}

/** The line and column of an offset, both from 1. */
export function lineOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - before.lastIndexOf("\n") };
}

function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
