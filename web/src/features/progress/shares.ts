/** What became of suggestions, as shares with their uncertainty. Pure. */
import type { Progress } from "../../api/contract";

export interface Share {
  value: number;
  low: number;
  high: number;
  part: number;
  of: number;
}

/** A share with its 95 % interval; null of nothing. Wilson, 1927, doi:10.1080/01621459.1927.10502953. */
export function shareOf(part: number, of: number): Share | null {
  if (of === 0) return null;
  const z = 1.959964;
  const value = part / of;
  const center = (value + z ** 2 / (2 * of)) / (1 + z ** 2 / of);
  const half = (z / (1 + z ** 2 / of)) * Math.sqrt((value * (1 - value)) / of + z ** 2 / (4 * of ** 2));
  return { value, low: Math.max(0, center - half), high: Math.min(1, center + half), part, of };
}

/**
 * accepted: of answers beside a suggestion, those that are one, left as it was. same: those that say the same, accepted or not.
 * sameHidden: the same of answers given while suggestions were hidden, which is people's own agreement with them.
 */
export function sharesOf({ unchanged, edited, by_hand, by_hand_same, hidden, hidden_same }: Progress["suggestions"]) {
  const shown = unchanged + edited + by_hand;
  return {
    accepted: shareOf(unchanged, shown),
    same: shareOf(unchanged + by_hand_same, shown),
    sameHidden: shareOf(hidden_same, hidden),
  };
}
