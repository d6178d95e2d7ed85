/** A server in memory for the tests of the sitting: it deals, holds, takes answers and refuses by the rules of the real one. */
import type {
  Answer,
  Assignment,
  Claim,
  Id,
  OntologyBody,
  Stage,
  Submitted,
  Suggestion,
  Taught,
} from "../../api/contract";
import { Offline, Problem } from "../../api/problem";
import { Editor } from "../../editor/store";
import { Device, type Shelf, stageOf, type Waiting, type WaitingAnswer } from "./device";
import { Outbox, type Post } from "./outbox";
import { Sitting, type Wire } from "./sitting";

const HELD_MAX = 2;
const VERBS = { label: "submit", review: "review", adjudicate: "adjudicate", exam: "submit", audit: "submit" };
export const LEASE_MS = 30 * 60_000;

export const ontology: OntologyBody = {
  format: "evenhand-ontology/1",
  name: "tone",
  language: "en",
  inputs: [{ name: "letter", kind: "text" }],
  questions: [
    { name: "tone", kind: "choice", settings: { options: [{ value: "kind" }, { value: "harsh" }] } },
    { name: "note", kind: "text", required: false },
  ],
};

export class FakeServer {
  /** Tasks that teach: what is said of the answer to each. */
  readonly teaches = new Map<Id, Taught>();
  readonly answers = new Map<Id, { key: Id; answers: Answer[] }[]>();
  readonly skipped: Id[] = [];
  readonly drafts = new Map<Id, Answer[]>();
  /** What arrived, in order. */
  readonly log: string[] = [];
  isDown = false;
  /** Replies are lost after the work was done. */
  losesReplies = false;
  needsConsent = false;
  /** Work for the customer is on hold: nothing is dealt, nothing is taken. */
  isOnHold = false;
  /** What models suggest for every task. */
  suggestions: Suggestion[] = [];
  /** What was said of them with each answer. */
  readonly shown = new Map<Id, WaitingAnswer["body"]["suggestions"]>();
  /** What was said of each task in a later stage. */
  readonly judged = new Map<Id, { key: Id; body: Exclude<Waiting, WaitingAnswer>["body"]; next: boolean }>();
  /** Tasks whose authors began to mend them: what was said of these stands. */
  readonly taken = new Set<Id>();
  private readonly queue: Id[];
  private held: Id[] = [];
  private readonly open = new Set<Id>();

  constructor(tasks: Id[]) {
    this.queue = [...tasks];
  }

  /** Another person took it when this one's hold had run out. */
  giveAway(task: Id): void {
    this.held = this.held.filter((each) => each !== task);
  }

  standing(task: Id): Answer[] | undefined {
    return this.answers.get(task)?.at(-1)?.answers;
  }

  readonly wire: Wire = {
    claim: async (held) => this.reply("claim", () => this.deal(held)),
    skip: async (task, reason, _note, { held, next }) =>
      this.reply(`skip ${task} ${reason}`, () => {
        this.end(task);
        this.skipped.push(task);
        return { next: next ? this.deal(held) : null };
      }),
    giveBack: async (task, { held, next }) =>
      this.reply(`return ${task}`, () => {
        if (this.open.delete(task)) this.held = this.held.filter((each) => each !== task);
        else this.end(task);
        return { next: next ? this.deal(held) : null };
      }),
    reopen: async (task) => this.reply(`reopen ${task}`, () => this.reopen(task)),
    unsay: async (task) =>
      this.reply(`unsay ${task}`, () => {
        if (this.taken.has(task)) throw new Problem({ code: "conflict" }, 409);
        this.judged.delete(task);
        this.held.push(task);
        return new Date(Date.now() + LEASE_MS).toISOString();
      }),
    prolong: async (task) => this.reply(`prolong ${task}`, () => new Date(Date.now() + LEASE_MS).toISOString()),
    saveDraft: async (task, answers) =>
      this.reply(`draft ${task}`, () => {
        this.drafts.set(task, answers);
        return new Date().toISOString();
      }),
    myAnswers: async () =>
      this.reply("my-answers", () => ({
        items: [...this.answers.keys()].reverse().map((task) => ({
          task_id: task,
          annotation_id: task,
          submitted_at: "",
          version: 1,
          summary: "",
          can_reopen: true,
        })),
        next_cursor: null,
      })),
    now: () => Date.now(),
  };

  readonly post: Post = {
    submit: async (waiting, more) =>
      this.reply(`${VERBS[stageOf(waiting)]} ${waiting.task}`, () =>
        "reopens" in waiting ? this.submit(waiting, more) : this.judge(waiting, more),
      ),
    reopen: async ({ task }: Waiting) => this.reply(`reopen ${task}`, () => this.reopen(task)),
  };

  private async reply<Answered>(what: string, work: () => Answered): Promise<Answered> {
    await Promise.resolve();
    if (this.isDown) throw new Offline();
    if (this.isOnHold) throw new Problem({ code: "on-hold" }, 423);
    this.log.push(what);
    const answered = work();
    if (this.losesReplies) throw new Offline();
    return answered;
  }

  private deal(known: Id[]): Claim {
    if (this.needsConsent) return { status: "consent-needed", guideline_version: 2 };
    const forgotten = this.held.find((task) => !known.includes(task));
    if (forgotten) return { status: "ok", assignment: this.assignment(forgotten) };
    if (this.held.length >= HELD_MAX) return { status: "enough-held" };
    const task = this.queue.shift();
    if (!task) return { status: "empty", retry_after_seconds: 5 };
    this.held.push(task);
    return { status: "ok", assignment: this.assignment(task) };
  }

  private judge({ task, key, body }: Exclude<Waiting, WaitingAnswer>, { held, next }: { held: Id[]; next: boolean }) {
    if (this.judged.get(task)?.key !== key) {
      this.end(task);
      this.judged.set(task, { key, body, next });
    }
    return { next: next ? this.deal(held) : null };
  }

  private submit({ task, key, body }: WaitingAnswer, { held, next }: { held: Id[]; next: boolean }): Submitted {
    const versions = this.answers.get(task) ?? [];
    if (versions.at(-1)?.key !== key) {
      if (!this.held.includes(task)) {
        const code = versions.length ? "already-answered" : "lease-expired";
        throw new Problem({ code, detail: "The hold ran out." }, 409);
      }
      if (body.answers.length === 0) {
        const problems = [{ pointer: "/answers", code: "missing_answer", message: "Unanswered.", remedy: "Answer." }];
        throw new Problem({ code: "answer-refused", problems }, 422);
      }
      this.end(task);
      this.open.delete(task);
      this.answers.set(task, [...versions, { key, answers: body.answers }]);
      this.shown.set(task, body.suggestions);
    }
    const taught = this.teaches.get(task);
    return { status: "ok", annotation_id: task, next: next ? this.deal(held) : null, ...(taught ? { taught } : {}) };
  }

  private reopen(task: Id): Assignment {
    if (!this.answers.has(task) || this.held.includes(task)) throw new Problem({ code: "not-yours" }, 409);
    this.held.push(task);
    this.open.add(task);
    const draft = { answers: this.standing(task) ?? [], saved_at: new Date().toISOString() };
    return { ...this.assignment(task), draft, revision: 2 };
  }

  private end(task: Id): void {
    if (!this.held.includes(task)) throw new Problem({ code: "not-yours", detail: "You do not hold it." }, 409);
    this.held = this.held.filter((each) => each !== task);
  }

  private assignment(task: Id): Assignment {
    const now = Date.now();
    return {
      task_id: task,
      project_id: "p",
      item: { inputs: { letter: { text: `Letter ${task}.` } } },
      ontology_version: 1,
      guideline_version: 0,
      claimed_at: new Date(now).toISOString(),
      lease_until: new Date(now + LEASE_MS).toISOString(),
      draft: null,
      suggestions: this.suggestions,
      seed: task,
      grant_id: "1.1",
      revision: 1,
      stage: "label",
    };
  }
}

/** A device's storage, in memory. */
export function memory(): Shelf {
  const kept = new Map<string, string>();
  return {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
    key: (index) => [...kept.keys()][index] ?? null,
    get length() {
      return kept.size;
    },
  };
}

/** A person who sits down at a server with a device. */
export function sitDown(
  server: FakeServer,
  shelf: Shelf = memory(),
  stage: Stage = "label",
): { sitting: Sitting; outbox: Outbox; device: Device } {
  const device = new Device(shelf, "o.p");
  const outbox = new Outbox(device, server.post);
  const sitting = new Sitting("p", {
    wire: server.wire,
    outbox,
    device,
    prepare: async ({ item, suggestions }) => ({
      editor: new Editor(ontology, item, [], Date.now, suggestions),
      kinds: { questions: {}, inputs: {} },
    }),
    language: () => "en",
    stage,
  });
  sitting.open();
  return { sitting, outbox, device };
}
