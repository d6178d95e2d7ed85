/** The address of the releases: which release is shown, and whether the dialog that cuts one is open. */
export interface ReleaseSearch {
  number?: number;
  cut?: boolean;
}
export function releaseSearchOf(given: Record<string, unknown>): ReleaseSearch {
  return {
    ...(Number.isInteger(given.number) ? { number: given.number as number } : {}),
    ...(given.cut === true ? { cut: true } : {}),
  };
}
