/**
 * Answers on their way to the server: one at a time, in order, each under its own idempotency key, and kept on the device
 * until it is acknowledged. A server that does not answer is asked again; what it refuses is handed back, never dropped.
 */
import type { Claim, Id, Stage, Taught } from "../../api/contract";
import { Problem } from "../../api/problem";
import { type Device, stageOf, type Waiting } from "./device";

/** What the sitting that is open says about an answer that is about to leave, and hears about it afterwards. */
export interface Attendant {
  project: Id;
  stage: Stage;
  /** Tasks on this device beside the one being sent, and whether another is wanted. */
  holding: () => { held: Id[]; next: boolean };
  /** taught: what was right, of a task that teaches. */
  accepted: (waiting: Waiting, next: Claim | null, taught: Taught | null) => void;
  refused: (waiting: Waiting, problem: Problem) => void;
}
export interface OutboxState {
  waiting: readonly Waiting[];
  isOffline: boolean;
  /** Refused while no sitting was open for it; its draft is on the device. */
  refused: readonly { waiting: Waiting; problem: Problem }[];
}
export interface Post {
  submit: (waiting: Waiting, more: { held: Id[]; next: boolean }) => Promise<{ next: Claim | null; taught?: Taught }>;
  reopen: (waiting: Waiting) => Promise<unknown>;
}

const RETRY_MS_FIRST = 1_000;
const RETRY_MS_MAX = 30_000;

export class Outbox {
  private readonly device: Device;
  private readonly post: Post;
  private readonly listeners = new Set<() => void>();
  private state: OutboxState;
  private attendant: Attendant | null = null;
  private sending: Waiting | null = null;
  private flushing: Promise<void> | null = null;
  private retryMs = RETRY_MS_FIRST;
  private isClosed = false;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(device: Device, post: Post) {
    this.device = device;
    this.post = post;
    this.state = { waiting: device.waiting(), isOffline: false, refused: [] };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): OutboxState => this.state;

  /** The sitting that takes part; undone when it closes. */
  attend(attendant: Attendant): () => void {
    this.attendant = attendant;
    return () => {
      if (this.attendant === attendant) this.attendant = null;
    };
  }

  /** Whether it is also kept on the device. */
  add(waiting: Waiting): boolean {
    // Another tab may have put something there since: nobody's write takes another's answer away.
    const isKept = this.device.keepWaiting([...this.device.waiting(), waiting]);
    this.change({ waiting: [...this.state.waiting, waiting] });
    void this.flush();
    return isKept;
  }

  /** Takes along what another tab left on the device; sent by both it arrives once, under its one key. */
  recall(): void {
    const known = new Set(this.state.waiting.map(({ key }) => key));
    const left = this.device.waiting().filter(({ key }) => !known.has(key));
    if (left.length > 0) this.change({ waiting: [...this.state.waiting, ...left] });
  }

  /** Takes an answer back that has not left yet. */
  cancel(task: Id): boolean {
    const mine = this.state.waiting.find((each) => each.task === task);
    if (!mine || mine === this.sending) return false;
    this.drop(mine);
    return true;
  }

  has(project: Id, stage: Stage): boolean {
    return this.tasks(project, stage).length > 0;
  }

  tasks(project: Id, stage: Stage): Id[] {
    const mine = (each: Waiting): boolean => each.project === project && stageOf(each) === stage;
    return this.state.waiting.filter(mine).map(({ task }) => task);
  }

  /** Sends what waits, in order, until nothing waits or the server does not answer. Whoever asks meanwhile waits for the same. */
  flush(): Promise<void> {
    this.flushing ??= this.sendAll().finally(() => {
      this.flushing = null;
    });
    return this.flushing;
  }

  private async sendAll(): Promise<void> {
    if (this.isClosed) return;
    if (this.timer) clearTimeout(this.timer);
    for (let first = this.state.waiting[0]; first; first = this.state.waiting[0]) {
      this.sending = first;
      const isDone = await this.send(first);
      this.sending = null;
      if (!isDone) return;
    }
  }

  private async send(waiting: Waiting): Promise<boolean> {
    const { project, stage } = this.attendant ?? {};
    const attendant = project === waiting.project && stage === stageOf(waiting) ? this.attendant : null;
    try {
      if ("reopens" in waiting && waiting.reopens) await this.reopen(waiting);
      const { next, taught } = await this.post.submit(waiting, attendant?.holding() ?? { held: [], next: false });
      this.retryMs = RETRY_MS_FIRST;
      this.device.dropDraft(waiting.task);
      this.remove(waiting);
      attendant?.accepted(waiting, next, taught ?? null);
      return true;
    } catch (error) {
      if (error instanceof Problem && !isPassing(error)) return this.refuse(waiting, error, attendant);
      // A session that is over does not come back by asking: the next one begins with a flush.
      if (this.isClosed || (error instanceof Problem && error.status === 401)) return false;
      this.change({ isOffline: true });
      this.timer = setTimeout(() => void this.flush(), this.retryMs);
      this.retryMs = Math.min(this.retryMs * 2, RETRY_MS_MAX);
      return false;
    }
  }

  /** Stops for good: somebody else may sit down here, and must not send what this person wrote. It stays on the device. */
  close(): void {
    this.isClosed = true;
    if (this.timer) clearTimeout(this.timer);
  }

  /** Sent again after a lost reply, the answer may be open already; only the submit decides then. */
  private async reopen(waiting: Waiting): Promise<void> {
    try {
      await this.post.reopen(waiting);
    } catch (error) {
      if (!(error instanceof Problem && error.code === "not-yours")) throw error;
    }
  }

  private refuse(waiting: Waiting, problem: Problem, attendant: Attendant | null): boolean {
    this.remove(waiting);
    if (problem.code === "already-answered") attendant?.accepted(waiting, null, null);
    else if (attendant) attendant.refused(waiting, problem);
    else this.change({ refused: [...this.state.refused, { waiting, problem }] });
    return true;
  }

  private remove(waiting: Waiting): void {
    this.drop(waiting);
    this.change({ isOffline: false });
  }

  private drop({ key }: Waiting): void {
    this.device.keepWaiting(this.device.waiting().filter((each) => each.key !== key));
    this.change({ waiting: this.state.waiting.filter((each) => each.key !== key) });
  }

  private change(change: Partial<OutboxState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}

/** A refusal that says nothing about the answer: the server is busy or broken, the session is over, work is on hold. */
function isPassing({ status }: Problem): boolean {
  return status === 401 || status === 423 || status === 429 || status >= 500;
}
