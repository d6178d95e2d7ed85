/** Which face of a project's gold is shown. It lives in the address. Pure. */

export const GOLD_TABS = ["gold", "exam", "skills"] as const;
export type GoldTabName = (typeof GOLD_TABS)[number];

export interface GoldSearch {
  tab?: GoldTabName;
}

/** What an address says, as far as it makes sense. */
export function goldSearchOf(given: Record<string, unknown>): GoldSearch {
  return given.tab === "exam" || given.tab === "skills" ? { tab: given.tab } : {};
}
