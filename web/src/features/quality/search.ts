/** What the quality page shows. It lives in the address, so that a view can be sent to somebody else. Pure. */

export const TABS = [
  "people",
  "questions",
  "reviewers",
  "gold",
  "audits",
  "batches",
  "days",
  "vendors",
  "guidelines",
] as const;
export type Tab = (typeof TABS)[number];

export interface QualitySearch {
  tab?: Tab;
  /** A question's name; without it, the first that people are judged on. */
  question?: string;
  /** The pseudonym of whoever's drawer is open. */
  person?: string;
  /** Of people: only those of this organization, or who answered in this batch. */
  vendor?: string;
  batch?: string;
  /** Of people: how their answers are made, instead of how often they are right. */
  manner?: true;
  /** Of people: what the spans and shapes they mark tell. */
  regions?: true;
  /** Only people of whom enough answers were checked for an estimate. */
  checked?: true;
}

/** What an address says, as far as it makes sense; anything else is left out. */
export function qualitySearchOf(given: Record<string, unknown>): QualitySearch {
  const found: QualitySearch = {};
  if (TABS.includes(given.tab as Tab) && given.tab !== "people") found.tab = given.tab as Tab;
  if (given.checked === true) found.checked = true;
  if (given.manner === true) found.manner = true;
  if (given.regions === true) found.regions = true;
  for (const name of ["question", "person", "vendor", "batch"] as const) {
    // A router may have read digits as a number.
    const value = typeof given[name] === "number" ? String(given[name]) : given[name];
    if (typeof value === "string" && value.trim()) found[name] = value.trim();
  }
  return found;
}
