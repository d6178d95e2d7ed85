/** The view of a recording: which stretch is in sight, where the hand is in it, and whether it plays; headless. A tick is a sample. */

/** What plays: an audio element, or in tests a fake of it. Seconds. */
export interface Sound {
  currentTime: number;
  playbackRate: number;
  play: () => Promise<void> | undefined;
  pause: () => void;
}
export interface Length {
  ticks: number;
  /** Ticks a second. */
  rate: number;
}
export interface TimeView {
  /** What is in sight, in ticks. */
  start: number;
  end: number;
  /** Where the hand is: it plays from here. */
  at: number;
  isPlaying: boolean;
  speed: number;
  /** Where a segment begins that is not ended yet. */
  opened: number | null;
}

/** The recordings of a task, by editor and address: keys move what the stage shows. */
const timelines = new WeakMap<object, Map<string, Timeline>>();

/** The view of the recording at an address, one a task; another length is another recording. */
export function timelineOf(editor: object, address: string, length?: Length): Timeline | undefined {
  const known = timelines.get(editor) ?? new Map<string, Timeline>();
  timelines.set(editor, known);
  const timeline = known.get(address);
  if (!length || (timeline?.ticks === length.ticks && timeline.rate === length.rate)) return timeline;
  const made = new Timeline(length);
  known.set(address, made);
  return made;
}

const STEP = 2;
/** The narrowest view: so many seconds fill the stage. */
const SIGHT_SECONDS_MIN = 0.02;
export const BACK_SECONDS = 2;
export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2] as const;

export class Timeline {
  readonly ticks: number;
  readonly rate: number;
  private view: TimeView;
  private sound: Sound | null = null;
  private until: number | null = null;
  private frame = 0;
  private readonly listeners = new Set<() => void>();

  constructor({ ticks, rate }: Length) {
    this.ticks = ticks;
    this.rate = rate;
    this.view = { start: 0, end: ticks, at: 0, isPlaying: false, speed: 1, opened: null };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): TimeView => this.view;

  /** What plays it from now on; the returned function takes it away. */
  attach(sound: Sound): () => void {
    this.sound = sound;
    sound.playbackRate = this.view.speed;
    return () => {
      if (this.sound !== sound) return;
      this.pause();
      this.sound = null;
    };
  }

  seek(tick: number): void {
    const at = this.within(tick);
    if (this.sound) this.sound.currentTime = at / this.rate;
    // Who goes elsewhere wants to hear on from there.
    this.until = null;
    this.put({ at });
    this.reveal(at, at);
  }

  /** Plays on from where the hand is, or from a stretch's beginning until its end. */
  play(start: number = this.view.at, until: number | null = null): void {
    if (!this.sound) return;
    const from = start >= this.ticks ? 0 : start;
    this.sound.currentTime = from / this.rate;
    this.until = until;
    this.put({ at: from, isPlaying: true });
    cancelAnimationFrame(this.frame);
    const started = this.sound.play();
    started?.catch(() => this.put({ isPlaying: false }));
    this.frame = requestAnimationFrame(this.follow);
  }

  pause(): void {
    cancelAnimationFrame(this.frame);
    this.sound?.pause();
    if (this.view.isPlaying) this.put({ isPlaying: false });
  }

  toggle(): void {
    if (this.view.isPlaying) this.pause();
    else this.play();
  }

  back(): void {
    this.seek(this.view.at - BACK_SECONDS * this.rate);
  }

  /** The end was reached. */
  end(): void {
    cancelAnimationFrame(this.frame);
    this.put({ at: this.ticks, isPlaying: false });
  }

  setSpeed(speed: number): void {
    if (this.sound) this.sound.playbackRate = speed;
    this.put({ speed });
  }

  /** Where a segment begins that is not ended yet; null takes it back. */
  open(tick: number | null): void {
    this.put({ opened: tick });
  }

  /** Enlarges (1) or shrinks (-1) about a tick, by default where the hand is. */
  zoom(direction: 1 | -1, about: number = this.view.at): void {
    this.zoomBy(direction === 1 ? 1 / STEP : STEP, about);
  }

  zoomBy(factor: number, about: number): void {
    const { start, end } = this.view;
    const sight = Math.min(this.ticks, Math.max(SIGHT_SECONDS_MIN * this.rate, (end - start) * factor));
    const middle = about < start || about > end ? (start + end) / 2 : about;
    this.show(middle - ((middle - start) * sight) / (end - start), sight);
  }

  whole(): void {
    this.show(0, this.ticks);
  }

  pan(ticks: number): void {
    const { start, end } = this.view;
    this.show(start + ticks, end - start);
  }

  /** Moves the view only as far as needed to show a stretch. */
  reveal(start: number, end: number): void {
    const sight = this.view.end - this.view.start;
    if (start >= this.view.start && end <= this.view.end) return;
    this.show(end - start > sight ? start : (start + end - sight) / 2, sight);
  }

  /** A place in sight, as a share of the stage's width -> a tick. */
  tickAt(share: number): number {
    const { start, end } = this.view;
    return this.within(start + share * (end - start));
  }

  /** A tick -> where it lies, as a share of what is in sight. */
  shareOf(tick: number): number {
    const { start, end } = this.view;
    return (tick - start) / (end - start);
  }

  within(tick: number): number {
    return Math.min(Math.max(Math.round(tick), 0), this.ticks);
  }

  private readonly follow = (): void => {
    if (!this.sound || !this.view.isPlaying) return;
    const at = this.within(this.sound.currentTime * this.rate);
    if (this.until !== null && at >= this.until) {
      this.pause();
      this.put({ at: this.until });
      return;
    }
    this.put({ at });
    // What plays stays in sight, page by page.
    if (at > this.view.end) this.show(at, this.view.end - this.view.start);
    this.frame = requestAnimationFrame(this.follow);
  };

  private show(start: number, sight: number): void {
    const from = Math.min(Math.max(start, 0), this.ticks - sight);
    this.put({ start: from, end: from + sight });
  }

  private put(change: Partial<TimeView>): void {
    this.view = { ...this.view, ...change };
    for (const listener of this.listeners) listener();
  }
}

/** Ticks as people read time: 1:02.345. */
export function clockOf(ticks: number, rate: number): string {
  const thousandths = Math.round((ticks * 1000) / rate);
  const [minutes, rest] = [Math.floor(thousandths / 60_000), thousandths % 60_000];
  const seconds = (rest / 1000).toFixed(3).padStart(6, "0");
  return `${minutes}:${seconds}`;
}

export function stretchClock({ start, end }: { start: number; end: number }, rate: number): string {
  return start === end ? clockOf(start, rate) : `${clockOf(start, rate)} – ${clockOf(end, rate)}`;
}

/** Rows for stretches so that those in one row do not overlap: the number of the row of each. */
export function rowsFor(stretches: readonly { start: number; end: number }[]): number[] {
  const ends: number[] = [];
  const rows = new Array<number>(stretches.length).fill(0);
  const order = stretches.map((_, index) => index);
  order.sort((a, b) => (stretches[a]?.start ?? 0) - (stretches[b]?.start ?? 0));
  for (const index of order) {
    const { start, end } = stretches[index] as { start: number; end: number };
    const free = ends.findIndex((each) => each <= start);
    const row = free < 0 ? ends.length : free;
    ends[row] = Math.max(end, start + 1);
    rows[index] = row;
  }
  return rows;
}
