/** What kinds of questions say of themselves that the editor must know to find their parts; told when a kind is loaded. */

export interface Declared {
  /** What it compares where its settings do not say: replies, inputs, … Undefined where it compares nothing. */
  compares?: string;
  /** What the part must have that it is about: without a target it is asked about the one input that has it. */
  needs?: "text" | "pixels";
}

const known = new Map<string, Declared>();

export function declare(kind: string, { compares, needs }: Declared): void {
  known.set(kind, { compares, needs });
}

export function declaredOf(kind: string): Declared {
  return known.get(kind) ?? {};
}
