/** Which pieces of the texts on the stage the other side does not have; whoever draws a text marks them. */
import { createContext } from "react";
import { differences, type Token } from "../../editor/differences";
import type { Editor } from "../../editor/store";
import { textsUnder } from "../../editor/texts";
import type { Span } from "../../editor/words";

/** By address of the text, in code points. */
export type Differing = ReadonlyMap<string, Span[]>;

export const DiffersContext = createContext<Differing>(new Map());

interface Place {
  on: string;
  range: Span;
}

/** Compares all texts under two parts. */
export function differing(editor: Editor, [a, b]: readonly [string, string]): Differing {
  const found = new Map<string, Span[]>();
  const { onlyA, onlyB } = differences(tokensOf(editor, a), tokensOf(editor, b));
  for (const { place } of [...onlyA, ...onlyB]) {
    const ranges = found.get(place.on) ?? [];
    const last = ranges.at(-1);
    // Neighbouring words are one mark: nothing but spaces stands between them.
    if (last && isBlank(editor, place.on, last[1], place.range[0])) last[1] = place.range[1];
    else ranges.push([...place.range]);
    found.set(place.on, ranges);
  }
  return found;
}

function tokensOf(editor: Editor, address: string): Token<Place>[] {
  const part = editor.parts.get(address);
  if (!part) return [];
  return textsUnder(part, editor.parts).flatMap((on) => {
    const pieces = editor.pieces(on);
    return pieces.of("word").map((range) => ({ text: pieces.offsets.slice(...range), place: { on, range } }));
  });
}

function isBlank(editor: Editor, on: string, from: number, to: number): boolean {
  return !editor.pieces(on).offsets.slice(from, to).trim();
}
