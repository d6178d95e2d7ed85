/** What a reviewer says of the answers of one task, before it is sent. Headless; answers that say the same are judged as one. */
import type { Answer, GivenAnswers, Id, Reason, Reviewed, Verdict } from "../../api/contract";
import { allSaid } from "../../editor/said";
import { Editor } from "../../editor/store";
import type { Held } from "../annotate/sitting";

/** One answer, or several that say the same. */
export interface Said {
  ids: Id[];
  labels: string[];
  answers: Answer[];
  revision: number;
}
export type Given = Omit<Verdict, "annotation_id">;
export interface JudgingState {
  /** Which of what was said is looked at. */
  at: number;
  given: ReadonlyMap<number, Given>;
  /** The answers are open in the editor, to be mended. */
  isFixing: boolean;
}

export function gathered(given: readonly GivenAnswers[]): Said[] {
  const found = new Map<string, Said>();
  for (const { annotation_id, label, answers, revision } of given) {
    const said = allSaid(answers);
    const known = found.get(said);
    if (known) {
      known.ids.push(annotation_id);
      known.labels.push(label);
      known.revision = Math.max(known.revision, revision);
    } else found.set(said, { ids: [annotation_id], labels: [label], answers, revision });
  }
  return [...found.values()];
}

export class Judging {
  readonly said: readonly Said[];
  /** Shows one of the answers on the material. */
  readonly reader: Editor;
  /** Where what stands instead is written. */
  readonly editor: Editor;
  private state: JudgingState;
  private order: number[] = [];
  private readonly listeners = new Set<() => void>();

  /** editor: empty, or with the draft of a fix that was begun. */
  constructor(given: readonly GivenAnswers[], editor: Editor) {
    this.said = gathered(given);
    this.editor = editor;
    this.reader = new Editor(editor.ontology, editor.item, this.said[0]?.answers ?? []);
    this.state = { at: 0, given: new Map(), isFixing: editor.snapshot().answers.size > 0 };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): JudgingState => this.state;

  get current(): Said | undefined {
    return this.said[this.state.at];
  }

  get isWhole(): boolean {
    return this.state.given.size === this.said.length;
  }

  walk(step: 1 | -1): void {
    this.look(Math.max(0, Math.min(this.said.length - 1, this.state.at + step)));
  }

  look(at: number): void {
    if (at === this.state.at || this.state.isFixing) return;
    this.reader.replace(this.said[at]?.answers ?? []);
    this.change({ at });
  }

  /** Opens the answers that are looked at in the editor; what was fixed before stands there already. */
  beginFix(): void {
    if (!this.hasFix()) this.editor.replace(this.current?.answers ?? []);
    this.change({ isFixing: true });
  }

  /** Leaves them as their author gave them. */
  leaveFix(): void {
    this.change({ isFixing: false });
    if (!this.hasFix()) this.editor.replace([]);
  }

  /** Gives a verdict on what is looked at, and goes on to what has none yet. Whether everything has one now. */
  give(given: Given): boolean {
    const { at } = this.state;
    this.order = [...this.order.filter((each) => each !== at), at];
    this.change({ given: new Map(this.state.given).set(at, given), isFixing: false });
    if (!this.hasFix() && this.editor.snapshot().answers.size > 0) this.editor.replace([]);
    this.look(this.nextWithout(at));
    return this.isWhole;
  }

  /** Takes the last verdict back. Whether there was one. */
  undo(): boolean {
    const at = this.order.pop();
    if (at === undefined) return false;
    const given = new Map(this.state.given);
    given.delete(at);
    this.change({ given });
    this.look(at);
    return true;
  }

  /** What is sent, once everything has its verdict. */
  review(ontology_version: number): Omit<Reviewed, "next" | "held"> {
    const verdicts = this.said.flatMap(({ ids }, at) =>
      ids.map((annotation_id): Verdict => ({ annotation_id, verdict: "accept", ...this.state.given.get(at) })),
    );
    const answers = this.hasFix() ? { answers: this.editor.submission() } : {};
    return { verdicts, ontology_version, ...answers };
  }

  /** What stands instead is whole: nothing of the task can be sent back beside it. */
  get canSendBack(): boolean {
    return !this.otherGiven("fix");
  }

  get canFix(): boolean {
    return !this.otherGiven("send-back");
  }

  private otherGiven(verdict: Given["verdict"]): boolean {
    return [...this.state.given].some(([at, given]) => at !== this.state.at && given.verdict === verdict);
  }

  private hasFix(): boolean {
    return [...this.state.given.values()].some(({ verdict }) => verdict === "fix");
  }

  private nextWithout(at: number): number {
    const all = this.said.map((_, index) => index);
    return [...all.slice(at + 1), ...all.slice(0, at)].find((each) => !this.state.given.has(each)) ?? at;
  }

  private change(change: Partial<JudgingState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}

const judgings = new WeakMap<Held, Judging>();

/** The judging of a task, for as long as it is on this device. */
export function judgingOf(held: Held): Judging {
  const known = judgings.get(held);
  if (known) return known;
  const judging = new Judging(held.assignment.answers ?? [], held.editor);
  judgings.set(held, judging);
  return judging;
}

export function verdictOf(verdict: Given["verdict"], reason: Reason, note: string): Given {
  return { verdict, reason, ...(note.trim() ? { note: note.trim() } : {}) };
}
