/** An adjudicator's decision on one task, before it is sent. Headless: the values stand in the editor, the rest here. */
import type { Adjudication, Answer, Assignment, GivenAnswers, Reason } from "../../api/contract";
import { declaredOf } from "../../editor/declared";
import { Editor } from "../../editor/store";
import type { Held } from "../annotate/sitting";
import { aboutRegions, type Row, rowsOf, type Value } from "./table";

/** Rows by the editor that was filled from them. */
const filled = new WeakMap<Editor, Row[]>();

/** Puts what is settled into the editor of a decision. least: the probability that is asked for; null where none is. */
export function settle(
  editor: Editor,
  { answers = [], consensus = [] }: Pick<Assignment, "answers" | "consensus">,
  least: number | null,
): void {
  const rows = rowsOf(editor, answers, consensus, least);
  filled.set(editor, rows);
  const settled = rows.filter(({ isSettled }) => isSettled).flatMap(({ values: [leading] }) => leading ?? []);
  editor.restore(
    settled.flatMap((value) => wholeOf(value, answers, editor)),
    "draft",
  );
}

export interface DecidingState {
  /** The row that keys act on, by its key. */
  at: string;
  /** Whose answer is shown on the material; behind the last, what they merge to; null: what is decided. */
  shown: number | null;
  /** The row's question is open in its editor: another value than those given. */
  isOther: boolean;
  reason: Reason | null;
  note: string;
}

export class Deciding {
  readonly held: Held;
  readonly rows: readonly Row[];
  /** Shows one of the answers on the material. */
  readonly reader: Editor;
  private state: DecidingState;
  private readonly listeners = new Set<() => void>();

  constructor(held: Held) {
    const { editor } = held;
    this.held = held;
    this.rows = filled.get(editor) ?? [];
    this.reader = new Editor(editor.ontology, editor.item);
    const first = this.rows.find((row) => !this.isDecided(row)) ?? this.rows[0];
    const { reason = null, note = "" } = held.margin.kept ?? {};
    this.state = { at: first?.asked.key ?? "", shown: null, isOther: false, reason: reason as Reason | null, note };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): DecidingState => this.state;

  get given(): readonly GivenAnswers[] {
    return this.held.assignment.answers ?? [];
  }

  /** What the answers merge to, where that can be drawn: its place is behind the last of those given. */
  get merged(): Answer[] {
    const { consensus = [] } = this.held.assignment;
    return consensus
      .filter(({ regions = [], status }) => regions.length > 0 && status === "resolved")
      .map(({ question, target, value }) => ({ question, target, value }));
  }

  get current(): Row | undefined {
    return this.rows.find(({ asked }) => asked.key === this.state.at);
  }

  isDecided({ asked }: Row): boolean {
    return this.held.editor.answer(asked.key) !== undefined;
  }

  /** Rows that nobody settled and that are asked under what was decided so far. */
  open(): Row[] {
    const asked = new Set(this.held.editor.asked().map(({ key }) => key));
    return this.rows.filter((row) => asked.has(row.asked.key) && row.values.length > 0 && !this.isDecided(row));
  }

  go(key: string): void {
    this.change({ at: key, isOther: false });
    this.held.editor.activate(key);
  }

  /** among: the rows that are in sight. */
  walk(step: 1 | -1, among: readonly Row[] = this.rows): void {
    const at = among.findIndex(({ asked }) => asked.key === this.state.at);
    const to = among[Math.max(0, Math.min(among.length - 1, at + step))];
    if (to) this.go(to.asked.key);
  }

  /** Takes one of the values that were given, and goes on to what is still to be decided. */
  take(value: Value): void {
    const row = this.current;
    if (!row) return;
    const [answer, ...about] = wholeOf(value, this.given, this.held.editor);
    if (answer) this.held.editor.take(row.asked, answer, about);
    const after = this.rows.slice(this.rows.indexOf(row) + 1);
    const open = new Set(this.open());
    const next = after.find((each) => open.has(each)) ?? this.open()[0];
    if (next) this.go(next.asked.key);
    else this.change({ isOther: false });
  }

  /** Opens the editor of the row's question; it begins with the leading value where nothing is decided. */
  beginOther(): void {
    const row = this.current;
    if (!row) return;
    const [leading] = row.values;
    if (!this.isDecided(row) && leading) {
      const [answer, ...about] = wholeOf(leading, this.given, this.held.editor);
      if (answer) this.held.editor.take(row.asked, answer, about);
    }
    this.held.editor.activate(row.asked.key);
    this.change({ isOther: true, shown: null });
  }

  leaveOther(): void {
    this.change({ isOther: false });
  }

  /** Shows the next person's answer on the material; after the last one what they merge to, and then what is decided. */
  show(step: 1 | -1): void {
    const count = this.given.length + (this.merged.length > 0 ? 1 : 0);
    const places = count + 1;
    const at = ((this.state.shown ?? -1) + 1 + step + places) % places;
    this.showOne(at === 0 ? null : at - 1);
  }

  showOne(column: number | null): void {
    const isMerged = column === this.given.length;
    this.reader.replace((column === null ? null : isMerged ? this.merged : this.given[column]?.answers) ?? []);
    this.change({ shown: column, isOther: false });
  }

  say(change: Partial<Pick<DecidingState, "reason" | "note">>): void {
    this.change(change);
    const { reason, note } = this.state;
    this.held.margin.keep({ reason, note });
  }

  /** What is sent. answers go along with a decision alone. */
  adjudication(
    action: Adjudication["action"],
    { reason, note }: Pick<DecidingState, "reason" | "note"> = this.state,
  ): Omit<Adjudication, "next" | "held"> {
    const answers: Answer[] = this.held.editor.submission();
    return {
      action,
      ontology_version: this.held.assignment.ontology_version,
      ...(action === "decide" ? { answers } : {}),
      ...(reason ? { reason } : {}),
      ...(note.trim() ? { note: note.trim() } : {}),
    };
  }

  private change(change: Partial<DecidingState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}

/** An answer, what its author said about its regions, and the answers whose regions it names: those of nobody else fit it. */
function wholeOf({ answer, from }: Value, given: readonly GivenAnswers[], { ontology }: Editor): Answer[] {
  const theirs = given[from[0] ?? 0]?.answers ?? [];
  const kind = ontology.questions.find(({ name }) => name === answer.question)?.kind ?? "";
  const named = from.length && answer.value !== undefined ? declaredOf(kind).names?.of(answer.value) : undefined;
  const questions = new Set(named?.map((region) => region.slice(0, region.indexOf(":"))));
  const marking = theirs.filter(({ question }) => questions.has(question));
  return [answer, ...[answer, ...marking].flatMap((each) => aboutRegions(each, theirs)), ...marking].map(bare);
}

/** The value alone: how sure its author was, and why, is their own. */
function bare({ question, target, value, abstained, reason }: Answer): Answer {
  const said = value === undefined ? { abstained, ...(reason ? { reason } : {}) } : { value };
  return { question, target, ...said };
}

const decidings = new WeakMap<Held, Deciding>();

export function decidingOf(held: Held): Deciding {
  const known = decidings.get(held);
  if (known) return known;
  const deciding = new Deciding(held);
  decidings.set(held, deciding);
  return deciding;
}
