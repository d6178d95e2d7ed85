/**
 * One seat for a person at a project in this browser: two tabs that answer the same tasks would overwrite each other's drafts.
 * Whoever sits holds a Web Lock, which the browser takes back when the tab is gone, however it ended. Another tab asks the
 * holder to rise: it puts its draft in safety, says so, and the lock is taken over.
 */
export type Place = "asking" | "here" | "elsewhere";
type Word = { says: "rise" | "risen" };

/** A tab that does not answer is frozen: what it wrote last was kept while it was alive. */
const RISE_MS = 1_000;

export class Seat {
  private readonly name: string;
  private readonly listeners = new Set<() => void>();
  private place: Place = "asking";
  private release: () => void = () => undefined;
  private waiting: AbortController | null = null;
  private channel: BroadcastChannel | null = null;
  private onRisen: () => void = () => undefined;
  /** Called before the seat is given away; what was written is put in safety here. */
  onRise: () => void = () => undefined;

  /** owner: organization and person. Without locks (a page that is not served securely) every tab has a seat. */
  constructor(owner: string, project: string) {
    this.name = `evenhand.seat ${owner} ${project}`;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): Place => this.place;

  /** Sits down where the seat is free; otherwise waits until it is. */
  open(): void {
    if (!globalThis.navigator?.locks) {
      this.turn("here");
      return;
    }
    this.channel = new BroadcastChannel(this.name);
    this.channel.onmessage = ({ data }: MessageEvent<Word>) => this.hear(data);
    void this.ask({ ifAvailable: true }).then((isTaken) => isTaken || this.wait());
  }

  close(): void {
    this.waiting?.abort();
    this.waiting = null;
    this.release();
    this.channel?.close();
    this.channel = null;
    this.turn("asking");
  }

  /** Takes the seat from the tab that has it, once that has put its work in safety. */
  async takeOver(): Promise<void> {
    const risen = new Promise<void>((resolve) => {
      this.onRisen = resolve;
      setTimeout(resolve, RISE_MS);
    });
    this.say("rise");
    await risen;
    if (!this.channel || this.place === "here") return;
    this.waiting?.abort();
    void this.ask({ steal: true });
  }

  // --------------------------------------------------------------------------------------------------------- internals --
  /** Whether the lock was given; it is held until it is released, or stolen by another tab. */
  private ask(options: LockOptions): Promise<boolean> {
    return new Promise((resolve) => {
      navigator.locks
        .request(this.name, options, (lock) => {
          resolve(lock !== null);
          if (lock === null || !this.channel) return undefined;
          this.turn("here");
          return new Promise<void>((done) => {
            this.release = done;
          });
        })
        .catch(() => {
          resolve(false);
          if (this.place === "here") this.rise();
        });
    });
  }

  private wait(): void {
    if (!this.channel) return;
    this.turn("elsewhere");
    this.waiting = new AbortController();
    void this.ask({ signal: this.waiting.signal });
  }

  private hear({ says }: Word): void {
    if (says === "risen") this.onRisen();
    else if (this.place === "here") {
      this.onRise();
      this.say("risen");
    }
  }

  /** The lock is with another tab by now. */
  private rise(): void {
    this.onRise();
    this.wait();
  }

  private say(says: Word["says"]): void {
    this.channel?.postMessage({ says } satisfies Word);
  }

  private turn(place: Place): void {
    if (place === this.place) return;
    this.place = place;
    for (const listener of this.listeners) listener();
  }
}
