/**
 * What stays on this device until the server has it: drafts, and answers on their way. Never the material. Written at once,
 * so that a closed tab, a crash or a dead network loses nothing; taken away as soon as the server has it.
 */
import type { Adjudication, Answer, Id, Manner, Reviewed, Stage, Submission } from "../../api/contract";

export interface KeptDraft {
  answers: Answer[];
  /** When the person wrote it, by this device's clock in ms. */
  at: number;
  activeMs: number;
  /** How it was made until then, where that is counted. */
  manner?: Manner;
  /** The server has it too. */
  isSaved: boolean;
}
/** What a person said of a task and the server has not acknowledged. */
interface OnItsWay {
  /** The idempotency key: sent again it changes nothing. */
  key: Id;
  project: Id;
  task: Id;
  at: number;
}
export interface WaitingAnswer extends OnItsWay {
  /** Where it was answered; without it, where tasks are labeled. */
  stage?: "label" | "exam" | "audit";
  body: Omit<Submission, "next" | "held">;
  /** The answer that stands is opened first; this one is its next version. */
  reopens: boolean;
}
/** What a reviewer says of the answers of a task, or an adjudicator of the task. */
export type Judgment =
  | { stage: "review"; body: Omit<Reviewed, "next" | "held"> }
  | { stage: "adjudicate"; body: Omit<Adjudication, "next" | "held"> };
export type Waiting = WaitingAnswer | (OnItsWay & Judgment);

export function stageOf({ stage = "label" }: Waiting): Stage {
  return stage;
}

/** What a person wrote besides the answers of a task: why, and a note. The server has no place for it until it is sent. */
export interface Margin {
  reason: string | null;
  note: string;
  at: number;
}

export type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

/** Drafts older than this are of no use to anybody: their holds ended long ago. */
const KEPT_MS = 14 * 24 * 3600 * 1000;

export class Device {
  private readonly shelf: Shelf | null;
  private readonly prefix: string;

  /** owner: whose work it is, organization and person; nobody else on this device is shown it. */
  constructor(shelf: Shelf | null, owner: string) {
    this.shelf = shelf;
    this.prefix = `evenhand.work ${owner} `;
  }

  draft(task: Id): KeptDraft | null {
    return this.read<KeptDraft>(`draft ${task}`);
  }

  /** Whether it could be kept: storage may be full or switched off. */
  keepDraft(task: Id, draft: KeptDraft): boolean {
    return this.write(`draft ${task}`, draft);
  }

  margin(task: Id): Margin | null {
    return this.read<Margin>(`margin ${task}`);
  }

  keepMargin(task: Id, margin: Margin): boolean {
    return this.write(`margin ${task}`, margin);
  }

  /** Forgets what was written about a task, in its margin too. */
  dropDraft(task: Id): void {
    for (const name of ["draft", "margin"]) this.shelf?.removeItem(`${this.prefix}${name} ${task}`);
  }

  waiting(): Waiting[] {
    return this.read<Waiting[]>("waiting") ?? [];
  }

  keepWaiting(waiting: readonly Waiting[]): boolean {
    if (waiting.length > 0) return this.write("waiting", waiting);
    this.shelf?.removeItem(`${this.prefix}waiting`);
    return true;
  }

  /** Forgets drafts that nobody came back to. */
  tidy(now: number): void {
    for (const name of this.names()) {
      const draft = this.read<KeptDraft | Margin>(name.slice(this.prefix.length));
      if (!draft || now - draft.at > KEPT_MS) this.shelf?.removeItem(name);
    }
  }

  /** Forgets every draft that the server has as well: what is left behind at sign-out is only what would be lost. */
  leave(): void {
    for (const name of this.names()) {
      if (this.read<KeptDraft>(name.slice(this.prefix.length))?.isSaved) this.shelf?.removeItem(name);
    }
  }

  private names(): string[] {
    const all = Array.from({ length: this.shelf?.length ?? 0 }, (_, index) => this.shelf?.key(index) ?? "");
    return all.filter((name) =>
      /^(draft|margin) /.test(name.startsWith(this.prefix) ? name.slice(this.prefix.length) : ""),
    );
  }

  private read<Kept>(name: string): Kept | null {
    try {
      const text = this.shelf?.getItem(this.prefix + name);
      return text ? (JSON.parse(text) as Kept) : null;
    } catch {
      return null;
    }
  }

  private write(name: string, value: unknown): boolean {
    try {
      this.shelf?.setItem(this.prefix + name, JSON.stringify(value));
      return this.shelf !== null;
    } catch {
      return false;
    }
  }
}

/**
 * Which of two drafts a person meant last. What this device wrote and the server never got wins over an older one there;
 * otherwise the server's, which may have been written elsewhere since.
 */
export function laterDraft(
  here: KeptDraft | null,
  there: { answers: Answer[]; saved_at: string } | null,
): Answer[] | null {
  if (!here) return there?.answers ?? null;
  if (!there) return here.answers;
  return !here.isSaved && here.at >= Date.parse(there.saved_at) ? here.answers : there.answers;
}
