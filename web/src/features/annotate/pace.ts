/** How fast a sitting goes: the median of its last tasks, once there are enough of them to say something. */

const COUNT_MIN = 3;
const COUNT_MAX = 20;

/** Milliseconds a task, or null while too few were answered. activeMs: of each answered task, in order. */
export function paceOf(activeMs: readonly number[]): number | null {
  if (activeMs.length < COUNT_MIN) return null;
  const last = activeMs.slice(-COUNT_MAX).sort((a, b) => a - b);
  const middle = last.length >> 1;
  return last.length % 2 ? (last[middle] ?? 0) : ((last[middle - 1] ?? 0) + (last[middle] ?? 0)) / 2;
}
