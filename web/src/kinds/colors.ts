/** Label colours: given out in the order of the palette, the same for the life of an ontology; an own colour wins. */
import type { Option } from "../api/contract";

const COUNT = 12;

/** A CSS value for the colour of a label at its place in the list. */
export function colorOf(labels: readonly Option[], value: string): string {
  const at = labels.findIndex((label) => label.value === value);
  const own = labels[at]?.color;
  return own ?? `var(--ev-cat-${(Math.max(0, at) % COUNT) + 1})`;
}

/** The same as a colour that a canvas understands. */
export function resolvedColor(color: string): string {
  const name = /^var\((--[\w-]+)\)$/.exec(color)?.[1];
  return name ? getComputedStyle(document.documentElement).getPropertyValue(name).trim() : color;
}
