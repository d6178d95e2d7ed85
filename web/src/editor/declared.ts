/** What kinds say of themselves that the editor must know to find parts; told when a kind is loaded. */
import type { Content, Json } from "../api/contract";
import type { Part } from "./parts";
import type { Asked, Editor } from "./store";

/** What the parts of an input may have for a question to be about. */
export type Need = "text" | "pixels" | "time" | "steps";

export interface Declared {
  /** What it compares where its settings do not say: replies, inputs, … Undefined where it compares nothing. */
  compares?: string;
  /** What the part must have that it is about: without a target it is asked about the one input that has it. */
  needs?: Need;
  /** What a person calls one of its regions, where others are asked about it: its words, its number. */
  regionWord?: (asked: Asked, editor: Editor, region: string, language: string) => string;
  /** Of a kind whose answers name regions of other questions, as `question:region`. */
  names?: Names;
}
export interface Names {
  /** The regions that a value names. */
  of: (value: Json) => string[];
  /** What is left of a value when some regions are gone; undefined where nothing is. */
  without: (value: Json, gone: ReadonlySet<string>) => Json | undefined;
  /** A region of another question was chosen on the material while this question is the active one. Whether it is taken. */
  onChosen: (editor: Editor, asked: Asked, region: string) => boolean;
}

const known = new Map<string, Declared>();

export function declare(kind: string, { compares, needs, regionWord, names }: Declared): void {
  known.set(kind, { compares, needs, regionWord, names });
}

export function declaredOf(kind: string): Declared {
  return known.get(kind) ?? {};
}

export interface DeclaredInput {
  /** What its parts have for questions: of several inputs, one without a target is asked about the first that fits. */
  offers?: Need | readonly Need[];
  /** The input itself and the parts below it, in document order, by the same rules as the server's. Without it: the input alone. */
  partsOf?: (name: string, content: Content) => Part[];
}

const inputs = new Map<string, DeclaredInput>();

export function declareInput(kind: string, { offers, partsOf }: DeclaredInput): void {
  inputs.set(kind, { offers, partsOf });
}

export function declaredInput(kind: string): DeclaredInput {
  return inputs.get(kind) ?? {};
}

const partsIn = new WeakMap<Content, Map<string, Part>>();

/** The part at an address below an input, of whatever kind that is loaded; contents know no name of their kind. */
export function partAt(name: string, content: Content, address: string): Part | undefined {
  const known = partsIn.get(content);
  if (known) return known.get(address);
  const found = [...inputs.values()].flatMap(({ partsOf }) => partsOf?.(name, content) ?? []);
  if (found.length > 0) partsIn.set(content, new Map(found.map((part) => [part.address, part])));
  return found.find((part) => part.address === address);
}
