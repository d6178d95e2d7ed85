/** How long a task is still held for a person, and what to say about it. Times in ms of the server's clock. */

export const WARN_MS = 2 * 60_000;

export type HoldPhase = "held" | "ending" | "over";

export function phaseOf(leftMs: number): HoldPhase {
  if (leftMs <= 0) return "over";
  return leftMs <= WARN_MS ? "ending" : "held";
}

/** 27:40, 1:04:10; what is over is 0:00. */
export function clockOf(leftMs: number): string {
  const seconds = Math.max(0, Math.floor(leftMs / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (part: number): string => String(part).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A task that waited its turn has used up part of its hold: below this share of it, it is prolonged when it is opened. */
const FRESH_SHARE = 0.5;

export function wantsProlonging(leftMs: number, wholeMs: number): boolean {
  return leftMs > 0 && leftMs < wholeMs * FRESH_SHARE;
}
