/**
 * A sitting: one person labeling in one project. It holds the task on the screen and the next one, fetched ahead so that it
 * is there when the last is sent; answers leave through the outbox, and what is refused comes back with its draft. Headless:
 * it knows no React, and the server only through Wire.
 */
import type {
  Assignment,
  Claim,
  ClaimStatus,
  Id,
  Manner,
  MyAnswer,
  Page,
  Stage,
  Taught,
  Time,
} from "../../api/contract";
import { Offline, Problem } from "../../api/problem";
import type { Editor } from "../../editor/store";
import type { Kinds } from "../../kinds/registry";
import { ActiveClock } from "./active";
import { type Device, type Judgment, laterDraft, type Margin, type Waiting, type WaitingAnswer } from "./device";
import { DraftKeeper, type DraftState } from "./drafts";
import { wantsProlonging } from "./hold";
import { MannerCount, type Put } from "./manner";
import type { Outbox } from "./outbox";
import { presentationOf } from "./presentation";
import { reworkOf } from "./sent-back";

export interface Wire {
  claim: (held: Id[]) => Promise<Claim>;
  skip: (task: Id, reason: string, note: string, more: More) => Promise<{ next: Claim | null }>;
  giveBack: (task: Id, more: More) => Promise<{ next: Claim | null }>;
  reopen: (task: Id) => Promise<Assignment>;
  /** Takes a verdict back that has arrived; until when its task is held again. */
  unsay: (task: Id) => Promise<Time>;
  prolong: (task: Id) => Promise<Time>;
  saveDraft: (task: Id, answers: ReturnType<Editor["submission"]>, clock: number) => Promise<Time>;
  myAnswers: (cursor: string | null) => Promise<Page<MyAnswer>>;
  /** The server's clock in ms. */
  now: () => number;
}
interface More {
  held: Id[];
  next: boolean;
}
/** A task on this device, ready to be drawn. */
export interface Held {
  assignment: Assignment;
  editor: Editor;
  kinds: Kinds;
  clock: ActiveClock | null;
  manner: MannerCount | null;
  keeper: DraftKeeper;
  holdUntil: number;
  /** How long a hold lasts here. */
  holdMs: number;
  /** An answer stands on the server already; submitting makes its next version. */
  isReopened: boolean;
  /** It must be opened again before it can be sent. */
  reopens: boolean;
  /** What was wrong with the last attempt to be done with it. */
  problem: unknown;
  /** What is written beside the answers, kept on this device. */
  margin: { kept: Margin | null; keep: (margin: Pick<Margin, "reason" | "note">) => void };
  /** Ids of the suggestions that were on the screen with it. */
  seen: Set<Id>;
}
export type Prepare = (assignment: Assignment) => Promise<{ editor: Editor; kinds: Kinds }>;

export type Status = ClaimStatus | "loading" | "failed";
export interface SittingState {
  /** First the one on the screen, then those fetched ahead. */
  tasks: readonly Held[];
  /** Why there is no further task; only of interest once `tasks` is empty. */
  status: Status;
  problem: unknown;
  /** When it is worth asking again, by this device's clock. */
  retryAt: number | null;
  /** The version to read before the next task. */
  guidelineVersion: number | null;
  answered: number;
  /** Active milliseconds of each answered task, in order. */
  pace: readonly number[];
  returned: readonly { held: Held; problem: Problem }[];
  /** What tasks that teach say of the answers to them, to be read before anything else. */
  taught: readonly Taught[];
  /** The answer that can be taken back, and until when. */
  takeBack: { held: Held; until: number } | null;
  draft: DraftState;
  /** An act that takes a moment: opening an earlier answer. */
  isBusy: boolean;
}

export interface Tools {
  wire: Wire;
  outbox: Outbox;
  device: Device;
  prepare: Prepare;
  /** In which language the task is shown. */
  language: () => string;
  /** Which queue of the project tasks come from: at first the one where they are answered. */
  stage?: Stage;
}

const HELD_MAX = 2;
export const TAKE_BACK_MS = 5_000;
/** Of a verdict; the server takes it back for half a minute. */
export const UNSAY_MS = 20_000;

export class Sitting {
  private readonly wire: Wire;
  private readonly outbox: Outbox;
  private readonly device: Device;
  private readonly prepare: Prepare;
  private readonly project: Id;
  private readonly stage: Stage;
  private readonly language: () => string;
  private readonly listeners = new Set<() => void>();
  private readonly onTheWay = new Map<Id, Held>();
  private earlier: Id[] = [];
  private cursor: string | null | undefined;
  private isClaiming = false;
  private isOpen = false;
  private isCounted = false;
  private leave: () => void = () => undefined;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private state: SittingState = {
    tasks: [],
    status: "loading",
    problem: null,
    retryAt: null,
    guidelineVersion: null,
    answered: 0,
    pace: [],
    returned: [],
    taught: [],
    takeBack: null,
    draft: "none",
    isBusy: false,
  };

  constructor(project: Id, tools: Tools) {
    this.project = project;
    this.wire = tools.wire;
    this.outbox = tools.outbox;
    this.device = tools.device;
    this.prepare = tools.prepare;
    this.language = tools.language;
    this.stage = tools.stage ?? "label";
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): SittingState => this.state;

  /** Begins, or goes on after close(). */
  open(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.leave = this.outbox.attend({
      project: this.project,
      stage: this.stage,
      holding: () => ({ held: this.ids(), next: this.wantsMore() }),
      accepted: (waiting, next, taught) => this.accepted(waiting, next, taught),
      refused: (waiting, problem) => this.refused(waiting, problem),
    });
    this.state.tasks[0]?.keeper.start();
    this.outbox.recall();
    void this.outbox.flush();
    void this.fill();
  }

  close(): void {
    this.isOpen = false;
    this.leave();
    if (this.timer) clearTimeout(this.timer);
    for (const { keeper } of this.state.tasks) keeper.stop();
  }

  // ------------------------------------------------------------------------------------------------ the person's acts --
  /** Sends the answers of the task on the screen; the next task takes its place at once. */
  submit(): void {
    this.send((held, now) => this.answersOf(held, now));
  }

  /** Sends what is said of the task on the screen instead: a review, a decision. */
  judge(judgment: Judgment): void {
    this.send(({ assignment, clock }, at) => {
      const body = { ...judgment.body, active_ms: clock?.activeMs(at) ?? 0 };
      return { ...this.onItsWay(assignment.task_id, at), ...({ ...judgment, body } as Judgment) };
    }, UNSAY_MS);
  }

  private send(waitingOf: (held: Held, now: number) => Waiting, takeBackMs = TAKE_BACK_MS): void {
    const [held, ...rest] = this.state.tasks;
    if (!held) return;
    const { assignment, clock } = held;
    const now = Date.now();
    held.keeper.stop();
    this.onTheWay.set(assignment.task_id, held);
    this.show(rest, {
      answered: this.state.answered + (held.isReopened ? 0 : 1),
      pace: [...this.state.pace, clock?.activeMs(now) ?? 0],
      takeBack: { held, until: now + takeBackMs },
    });
    if (!this.earlier.includes(assignment.task_id)) this.earlier.unshift(assignment.task_id);
    this.outbox.add(waitingOf(held, now));
    void this.fill();
  }

  /** What a task taught was read. */
  learned(): void {
    this.change({ taught: this.state.taught.slice(1) });
  }

  /** Puts the last answer back on the screen, as it was: it had not been meant. */
  takeBack(): boolean {
    const { takeBack } = this.state;
    if (!takeBack || Date.now() > takeBack.until) return false;
    const { held } = takeBack;
    const wasStopped = this.outbox.cancel(held.assignment.task_id);
    // A verdict that has left is the server's to give back: `unsay`.
    if (!wasStopped && this.stage !== "label") return false;
    const isUncounted = wasStopped && !held.isReopened;
    this.onTheWay.delete(held.assignment.task_id);
    held.reopens ||= !wasStopped;
    held.isReopened ||= !wasStopped;
    this.show([held, ...this.state.tasks], {
      takeBack: null,
      answered: this.state.answered - (isUncounted ? 1 : 0),
      pace: this.state.pace.slice(0, -1),
    });
    held.keeper.start();
    return true;
  }

  /**
   * Puts the last verdict back on the screen, wherever it is by now. Whether there was one; throws what the server says where
   * something followed from it and it stands.
   */
  async unsay(): Promise<boolean> {
    const { takeBack, isBusy } = this.state;
    if (!takeBack || isBusy || Date.now() > takeBack.until) return false;
    if (this.takeBack()) return true;
    const { held } = takeBack;
    this.change({ isBusy: true });
    try {
      await this.outbox.flush();
      if (this.takeBack()) return true;
      held.holdUntil = Date.parse(await this.wire.unsay(held.assignment.task_id));
      this.show([held, ...this.state.tasks], {
        takeBack: null,
        answered: this.state.answered - 1,
        pace: this.state.pace.slice(0, -1),
      });
      held.keeper.renew();
      held.keeper.start();
      return true;
    } finally {
      this.change({ isBusy: false });
    }
  }

  /** Opens the answer that this person gave before the one on the screen. Whether there is one. */
  async previous(): Promise<boolean> {
    if (this.state.isBusy) return false;
    this.change({ isBusy: true, takeBack: null });
    try {
      const assignment = await this.reopenedBefore();
      if (!assignment) return false;
      const held = await this.ready(assignment, true);
      await this.putBack();
      this.show([held, ...this.state.tasks]);
      return true;
    } finally {
      this.change({ isBusy: false });
    }
  }

  /** Leaves an answer that was opened again as it stands. */
  async leaveAsIs(): Promise<void> {
    await this.putBack();
    this.show(this.state.tasks);
  }

  skip(reason: string, note: string): void {
    this.end((task, more) => this.wire.skip(task, reason, note, more));
  }

  giveBack(): void {
    this.end((task, more) => this.wire.giveBack(task, more));
  }

  /** Keeps the hold on the task on the screen for another full time. */
  async prolong(): Promise<void> {
    const [held] = this.state.tasks;
    if (!held) return;
    held.holdUntil = Date.parse(await this.wire.prolong(held.assignment.task_id));
    this.change({});
  }

  /** Puts an answer that came back on the screen, with what was wrong beside its questions. */
  takeReturned(at: number): void {
    const found = this.state.returned[at];
    if (!found) return;
    found.held.problem = found.problem;
    this.show([found.held, ...this.state.tasks], { returned: this.state.returned.filter((each) => each !== found) });
    found.held.keeper.start();
  }

  /** Lets an answer go that came back and cannot be sent any more. */
  dropReturned(at: number): void {
    const found = this.state.returned[at];
    if (!found) return;
    this.device.dropDraft(found.held.assignment.task_id);
    this.change({ returned: this.state.returned.filter((each) => each !== found) });
  }

  /** Asks for a task again: the guideline was read, the connection is back, time has passed. */
  async retry(): Promise<void> {
    if (this.state.tasks.length === 0) this.change({ status: "loading", problem: null, retryAt: null });
    await this.outbox.flush();
    await this.fill();
  }

  /** A sign of life, for the clock of the task on the screen. */
  touch(isStroke: boolean): void {
    const [held] = this.state.tasks;
    const question = held?.editor.snapshot().active?.split(" ")[0] ?? null;
    if (isStroke) held?.clock?.stroke(Date.now(), question);
    else held?.clock?.touch(Date.now(), question);
  }

  /** Whether how answers are made is counted here; what was counted before it was known is not sent where it is not. */
  count(isCounted: boolean): void {
    this.isCounted = isCounted;
  }

  /** Something was put into an answer of the task on the screen. */
  put(put: NonNullable<Put>): void {
    const manner = this.state.tasks[0]?.manner;
    if (put.kind === "pasted") manner?.paste(put.characters);
    else manner?.type(put.characters);
  }

  /** The window is left, or in front again. */
  turn(isInFront: boolean): void {
    const manner = this.state.tasks[0]?.manner;
    if (isInFront) manner?.comeBack(Date.now());
    else manner?.leave(Date.now());
  }

  private mannerOf({ manner, editor }: Held, now: number): Manner | undefined {
    return this.isCounted && this.stage === "label" ? manner?.told(now, editor.snapshot().revision) : undefined;
  }

  /** The page goes to the back, or away: time stops, and what is written is put in safety. */
  pause(): void {
    const [held] = this.state.tasks;
    held?.clock?.pause(Date.now(), held.editor.snapshot().active?.split(" ")[0] ?? null);
    held?.keeper.flush();
  }

  // --------------------------------------------------------------------------------------------------------- internals --
  private ids(): Id[] {
    return [
      ...this.state.tasks.map(({ assignment }) => assignment.task_id),
      ...this.outbox.tasks(this.project, this.stage),
    ];
  }

  private wantsMore(): boolean {
    return this.isOpen && this.state.tasks.filter(({ isReopened }) => !isReopened).length < HELD_MAX;
  }

  /** Claims until the next task is here. An answer on its way brings the next one itself. */
  private async fill(): Promise<void> {
    if (this.isClaiming || !this.wantsMore() || this.outbox.has(this.project, this.stage)) return;
    this.isClaiming = true;
    try {
      await this.take(await this.wire.claim(this.ids()));
    } catch (problem) {
      this.failed(problem);
    } finally {
      this.isClaiming = false;
    }
    if (this.state.status === "ok") await this.fill();
  }

  private async take(claim: Claim): Promise<void> {
    const { assignment, status } = claim;
    if (assignment && !this.ids().includes(assignment.task_id)) {
      const held = await this.ready(assignment, assignment.revision > 1 && !reworkOf(assignment));
      // What was asked for while it was made ready may have brought it as well.
      if (!this.ids().includes(assignment.task_id)) this.show([...this.state.tasks, held]);
    }
    this.change({ status, problem: null, retryAt: null, guidelineVersion: claim.guideline_version ?? null });
    if (status === "empty" || status === "enough-held") this.askAgain(claim.retry_after_seconds ?? 5);
    if (status === "paused") this.askAgain(30);
  }

  private failed(problem: unknown): void {
    this.change({ status: "failed", problem });
    if (problem instanceof Offline) this.askAgain(5);
  }

  private askAgain(seconds: number): void {
    if (this.timer) clearTimeout(this.timer);
    if (!this.isOpen) return;
    this.change({ retryAt: Date.now() + seconds * 1000 });
    this.timer = setTimeout(() => void this.fill(), seconds * 1000);
  }

  private async ready(assignment: Assignment, isReopened: boolean): Promise<Held> {
    const { editor, kinds } = await this.prepare(assignment);
    const task = assignment.task_id;
    const here = this.device.draft(task);
    const draft = laterDraft(here, assignment.draft);
    if (draft) {
      editor.restore(draft, "draft");
      // Work goes on where it was left: at the first question without an answer.
      const asked = editor.asked();
      const open = asked.find(({ key }) => editor.answer(key) === undefined);
      editor.activate((open ?? asked[0])?.key ?? null);
    }
    const held: Held = {
      assignment,
      editor,
      kinds,
      clock: null,
      manner: null,
      holdUntil: Date.parse(assignment.lease_until),
      holdMs: Date.parse(assignment.lease_until) - this.wire.now(),
      isReopened,
      reopens: false,
      problem: null,
      margin: {
        kept: this.device.margin(task),
        keep: (margin) => void this.device.keepMargin(task, { ...margin, at: Date.now() }),
      },
      seen: new Set(),
      keeper: new DraftKeeper(task, editor, {
        device: this.device,
        save: (answers, clock) => this.wire.saveDraft(task, answers, clock),
        activeMs: () => held.clock?.activeMs(Date.now()) ?? 0,
        manner: () => this.mannerOf(held, Date.now()),
        changed: () => this.state.tasks[0] === held && this.change({ draft: held.keeper.state }),
        savedAt: assignment.draft && !isReopened ? Date.parse(assignment.draft.saved_at) : null,
      }),
    };
    return held;
  }

  /** Changes what is held; whatever comes to the front begins its time there. */
  private show(tasks: readonly Held[], change: Partial<SittingState> = {}): void {
    const [now] = this.state.tasks;
    const [next] = tasks;
    if (next !== now) {
      now?.clock?.pause(Date.now());
      // How a person likes to look at things goes along to the next task; what was looked at alone does not.
      if (now && next) next.editor.look({ ...now.editor.snapshot().view, alone: "" });
      if (next) this.begin(next);
    }
    this.change({ ...change, tasks, draft: next?.keeper.state ?? "none" });
  }

  private begin(held: Held): void {
    const task = held.assignment.task_id;
    if (held.clock) held.clock.touch(Date.now());
    const kept = this.device.draft(task);
    held.clock ??= new ActiveClock(Date.now(), kept?.activeMs ?? 0);
    held.manner ??= new MannerCount(kept?.manner);
    held.keeper.start();
    if (!held.reopens && wantsProlonging(held.holdUntil - this.wire.now(), held.holdMs)) {
      void this.wire.prolong(task).then(
        (until) => {
          held.holdUntil = Date.parse(until);
          this.change({});
        },
        () => undefined,
      );
    }
  }

  private onItsWay(task: Id, at: number): Pick<Waiting, "key" | "project" | "task" | "at"> {
    return { key: crypto.randomUUID(), project: this.project, task, at };
  }

  private answersOf(held: Held, now: number): WaitingAnswer {
    const { assignment, editor, clock, reopens, seen } = held;
    const manner = this.mannerOf(held, now);
    const suggestions = editor.suggestions.map(({ id }) => ({ id, shown: seen.has(id) }));
    return {
      ...this.onItsWay(assignment.task_id, now),
      ...(this.stage === "exam" || this.stage === "audit" ? { stage: this.stage } : {}),
      reopens,
      body: {
        ontology_version: assignment.ontology_version,
        answers: editor.submission(),
        presentation: presentationOf(editor, assignment, this.language()),
        ...(suggestions.length ? { suggestions } : {}),
        timing: {
          active_ms: clock?.activeMs(now) ?? 0,
          elapsed_ms: clock?.elapsedMs(now) ?? 0,
          keystrokes: clock?.keystrokes ?? 0,
          questions: clock?.questions() ?? {},
        },
        ...(manner ? { manner } : {}),
      },
    };
  }

  private accepted({ task }: Waiting, next: Claim | null, taught: Taught | null): void {
    this.onTheWay.delete(task);
    // What was right is told now: the answer cannot be taken back any more.
    if (taught) this.change({ taught: [...this.state.taught, taught], takeBack: null });
    // Taken back meanwhile: what is on the screen is newer than what was just accepted.
    this.state.tasks.find(({ assignment }) => assignment.task_id === task)?.keeper.renew();
    if (next) void this.take(next).then(() => this.fill());
    else void this.fill();
  }

  private refused({ task }: Waiting, problem: Problem): void {
    const held = this.onTheWay.get(task);
    this.onTheWay.delete(task);
    this.earlier = this.earlier.filter((each) => each !== task);
    if (held) this.change({ returned: [...this.state.returned, { held, problem }] });
    void this.fill();
  }

  private end(act: (task: Id, more: More) => Promise<{ next: Claim | null }>): void {
    const [held, ...rest] = this.state.tasks;
    if (!held) return;
    const task = held.assignment.task_id;
    held.keeper.stop();
    this.isClaiming = true;
    this.show(rest, { takeBack: null });
    act(task, { held: this.ids(), next: this.wantsMore() })
      .then(
        async ({ next }) => {
          this.device.dropDraft(task);
          if (next) await this.take(next);
        },
        (problem: unknown) => {
          held.problem = problem;
          this.show([held, ...this.state.tasks]);
        },
      )
      .finally(() => {
        this.isClaiming = false;
        void this.fill();
      });
  }

  /** The answer before the one on the screen, opened; those that cannot be changed any more are passed over. */
  private async reopenedBefore(): Promise<Assignment | null> {
    for (let task = await this.before(); task; task = await this.before()) {
      try {
        return await this.wire.reopen(task);
      } catch (problem) {
        if (!(problem instanceof Problem && problem.code === "not-yours")) throw problem;
        this.earlier = this.earlier.filter((each) => each !== task);
      }
    }
    return null;
  }

  /** The task that this person answered before the one on the screen. */
  private async before(): Promise<Id | null> {
    await this.outbox.flush();
    const held = this.state.tasks[0];
    const at = held?.isReopened ? this.earlier.indexOf(held.assignment.task_id) : -1;
    const waiting = this.outbox.tasks(this.project, this.stage);
    for (;;) {
      const found = this.earlier.slice(at + 1).find((task) => !waiting.includes(task));
      if (found || this.cursor === null) return found ?? null;
      const page = await this.wire.myAnswers(this.cursor ?? null);
      const known = new Set(this.earlier);
      this.earlier.push(
        ...page.items.filter((each) => each.can_reopen && !known.has(each.task_id)).map((each) => each.task_id),
      );
      this.cursor = page.next_cursor;
    }
  }

  /** Gives an answer back that was opened again and not changed for good: the version that stands goes on standing. */
  private async putBack(): Promise<void> {
    const [held, ...rest] = this.state.tasks;
    if (!held?.isReopened) return;
    held.keeper.stop();
    this.device.dropDraft(held.assignment.task_id);
    this.show(rest);
    if (!held.reopens) await this.wire.giveBack(held.assignment.task_id, { held: this.ids(), next: false });
  }

  private change(change: Partial<SittingState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}
