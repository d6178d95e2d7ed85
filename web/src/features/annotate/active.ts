/**
 * The time a person was at work on a task, measured so that it can be believed: only while the page is in front, and never
 * more than half a minute after the last sign of life. Counts and milliseconds; never which keys.
 */

export const IDLE_MS = 30_000;

export class ActiveClock {
  private readonly startedAt: number;
  private readonly before: number;
  private readonly byQuestion = new Map<string, number>();
  private total = 0;
  private lastAt: number | null;
  private strokes = 0;

  /** before: what an earlier look at the same task had already counted. */
  constructor(now: number, before = 0) {
    this.startedAt = now;
    this.lastAt = now;
    this.before = before;
  }

  /** A sign of life: a key, the pointer, a scroll. The time since the last one counts, at most half a minute of it. */
  touch(now: number, question: string | null = null): void {
    this.count(now, question);
    this.lastAt = now;
  }

  stroke(now: number, question: string | null = null): void {
    this.strokes += 1;
    this.touch(now, question);
  }

  /** The page went to the back, or the task off the screen. */
  pause(now: number, question: string | null = null): void {
    this.count(now, question);
    this.lastAt = null;
  }

  activeMs(now: number): number {
    return Math.round(this.before + this.total + this.since(now));
  }

  elapsedMs(now: number): number {
    return Math.round(now - this.startedAt);
  }

  get keystrokes(): number {
    return this.strokes;
  }

  questions(): Record<string, number> {
    return Object.fromEntries([...this.byQuestion].map(([name, ms]) => [name, Math.round(ms)]));
  }

  private since(now: number): number {
    return this.lastAt === null ? 0 : Math.max(0, Math.min(now - this.lastAt, IDLE_MS));
  }

  private count(now: number, question: string | null): void {
    const more = this.since(now);
    this.total += more;
    if (question && more > 0) this.byQuestion.set(question, (this.byQuestion.get(question) ?? 0) + more);
  }
}
