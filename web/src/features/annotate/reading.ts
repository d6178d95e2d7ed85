/** How large the material is set and how long its lines are: a person's own choice, for every task. */
import type { Preferences } from "../../api/contract";

export const SIZES = [13, 14, 15, 16, 18, 20] as const;
export const SIZE_USUAL = 15;
/** Characters a line. */
export const MEASURES = [58, 74, 96] as const;
export const MEASURE_USUAL = 74;

export function sizeOf({ text_size: size }: Preferences): number {
  return size ?? SIZE_USUAL;
}

export function measureOf({ layout }: Preferences): number {
  const measure = layout?.measure;
  return typeof measure === "number" ? measure : MEASURE_USUAL;
}

export function sizeAfter(size: number, step: 1 | -1): number {
  const at = SIZES.findIndex((each) => each >= size);
  return SIZES[Math.max(0, Math.min(SIZES.length - 1, at + step))] ?? SIZE_USUAL;
}

/** The custom properties that the material reads. Lines are 1.6 times as high as letters, on whole pixels. */
export function readingStyle(preferences: Preferences): React.CSSProperties {
  const size = sizeOf(preferences);
  return {
    "--ev-size-read": `${size / 16}rem`,
    "--ev-line-read": `${Math.round(size * 1.6) / 16}rem`,
    "--measure": `${measureOf(preferences)}ch`,
  } as React.CSSProperties;
}
