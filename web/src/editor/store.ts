/**
 * The editor: the answers of one task and what is selected. Headless; it changes only through named operations, each with
 * its origin, so that undo takes back a person's own acts and nothing else.
 */
import type { Abstention, Answer, Item, Json, OntologyBody, Question, Suggestion } from "../api/contract";
import { holds } from "./condition";
import { declaredOf } from "./declared";
import { keyOf } from "./keys";
import { enclosingOf, type Part, partsOf, targetsOf } from "./parts";
import { textAt } from "./texts";
import { Pieces, type Span } from "./words";

export type Origin = "person" | "draft";

/** One change of the answers: what stood before and what stands after, by key. */
export interface Operation {
  name: string;
  origin: Origin;
  changes: { key: string; before: Answer | undefined; after: Answer | undefined }[];
  at: number;
  merge: string | null;
}
/** A question about one part: what a person sees as one block of the panel. */
export interface Asked {
  key: string;
  question: Question;
  part: Part;
}
export interface Region {
  id: string;
  label: string;
  [geometry: string]: Json;
}
/** A path that is being set, or the point of a region that is held: by a question's key. Pixels of the image. */
export interface Pending {
  key: string;
  points: readonly { x: number; y: number }[];
  /** What each of the points is, in words of the kind's own, where it is more than a point. */
  marks?: readonly string[];
  /** Where the next point would be set by key. */
  at: { x: number; y: number } | null;
  /** The region that a path goes into, or whose point is held; and which point, by a name of the kind's own. */
  region?: string;
  point?: string;
}
/** What is chosen of something that takes several choices, and is no answer yet: by a question's key. */
export interface Begun {
  key: string;
  said: readonly string[];
  /** The choice under the cursor, by its place; -1 before keys went there. */
  at: number;
}
export interface EditorState {
  answers: ReadonlyMap<string, Answer>;
  active: string | null;
  selected: { key: string; region: string } | null;
  labels: Readonly<Record<string, string>>;
  /** Where the hand is in a text: a word, or what was widened from it. */
  cursor: { on: string; range: Span } | null;
  /** Regions that are not drawn for now, by question and id. */
  hidden: ReadonlySet<string>;
  /** What the hand holds on the stage, where a question has several tools. */
  tool: string | null;
  /** What the hand is about on a picture and is no answer yet. */
  pending: Pending | null;
  begun: Begun | null;
  /** How the material is looked at, by the stage's own words; no answer, and carried on to the next task. */
  view: Readonly<Record<string, string | boolean>>;
  /** Why the last act did nothing, in words; gone with the next act. */
  refused: string | null;
  canUndo: boolean;
  canRedo: boolean;
  revision: number;
}

/** Keystrokes of one text become one undo step while less than this lies between them. */
const MERGE_MS = 1000;

export class Editor {
  readonly ontology: OntologyBody;
  readonly item: Item;
  /** What models would answer. None is an answer until a person accepts it. */
  readonly suggestions: readonly Suggestion[];
  readonly parts: Map<string, Part>;
  private state: EditorState;
  private done: Operation[] = [];
  private undone: Operation[] = [];
  private askedFor: { revision: number; asked: Asked[] } | null = null;
  private readonly cut = new Map<string, Pieces>();
  private readonly listeners = new Set<() => void>();
  private readonly now: () => number;

  constructor(
    ontology: OntologyBody,
    item: Item,
    answers: Answer[] = [],
    now: () => number = Date.now,
    suggestions: readonly Suggestion[] = [],
  ) {
    this.ontology = ontology;
    this.item = item;
    this.suggestions = suggestions;
    this.now = now;
    this.parts = partsOf(ontology, item);
    const kept = new Map(answers.map((answer) => [keyOf(answer.question, answer.target), answer]));
    this.state = {
      answers: kept,
      active: null,
      selected: null,
      labels: {},
      cursor: null,
      hidden: new Set(),
      tool: null,
      pending: null,
      begun: null,
      view: {},
      refused: null,
      canUndo: false,
      canRedo: false,
      revision: 0,
    };
    this.state = { ...this.state, active: this.asked()[0]?.key ?? null };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): EditorState => this.state;

  /** Every question that is shown now, in the order of the ontology's pages, one entry for each part it is asked about. */
  asked(): Asked[] {
    if (this.askedFor?.revision === this.state.revision) return this.askedFor.asked;
    const asked: Asked[] = [];
    for (const question of ordered(this.ontology)) {
      for (const part of targetsOf(question, this.ontology, this.parts, this.state.answers.values())) {
        if (this.isShown(question, part)) asked.push({ key: keyOf(question.name, part.address), question, part });
      }
    }
    this.askedFor = { revision: this.state.revision, asked };
    return asked;
  }

  answer(key: string): Answer | undefined {
    return this.state.answers.get(key);
  }

  regions(key: string): Region[] {
    return ((this.answer(key)?.value as { regions?: Region[] } | undefined)?.regions ?? []) as Region[];
  }

  /** The text at an address, cut into words, graphemes and sentences. */
  pieces(address: string): Pieces {
    const known = this.cut.get(address);
    if (known) return known;
    const { text, language } = textAt(this.item, address);
    const pieces = new Pieces(text, language);
    this.cut.set(address, pieces);
    return pieces;
  }

  setCursor(cursor: EditorState["cursor"]): void {
    this.change({ cursor });
  }

  setTool(tool: string | null): void {
    this.change({ tool, pending: null });
  }

  setPending(pending: Pending | null): void {
    this.change({ pending });
  }

  setBegun(begun: Begun | null): void {
    this.change({ begun });
  }

  /** Stops drawing some regions, or draws them again; answers stay as they are. */
  hide(keys: readonly string[], isHidden: boolean): void {
    const hidden = new Set(this.state.hidden);
    for (const key of keys) {
      if (isHidden) hidden.add(key);
      else hidden.delete(key);
    }
    this.change({ hidden });
  }

  look(change: EditorState["view"]): void {
    this.change({ view: { ...this.state.view, ...change } });
  }

  /** Says why an act did nothing. */
  refuse(reason: string): void {
    this.change({ refused: reason });
  }

  /** Gives a value, or takes the answer away (undefined). */
  setValue(asked: Asked, value: Json | undefined, name = "answer", merge: string | null = null): void {
    const { key, question, part } = asked;
    const before = this.answer(key);
    const kept = before && { ...before, abstained: undefined, reason: undefined };
    const after = value === undefined ? undefined : { ...kept, question: question.name, target: part.address, value };
    this.apply(name, [{ key, before, after: after && clean(after) }], "person", merge);
  }

  /**
   * Makes what a model suggests the person's own answer, in place of the one that stands. Answers about regions that go
   * with that one go too. The answer says from which suggestion it came, also when it is changed afterwards.
   */
  accept(asked: Asked, { value, abstained, suggestion }: Pick<Answer, "value" | "abstained" | "suggestion">): void {
    const { key, question, part } = asked;
    const before = this.answer(key);
    const own = { question: question.name, target: part.address, suggestion };
    const after: Answer =
      value === undefined
        ? { ...own, abstained }
        : { ...before, ...own, value, abstained: undefined, reason: undefined };
    const kept = new Set(
      ((value as { regions?: Region[] } | undefined)?.regions ?? []).map((each) => JSON.stringify(each)),
    );
    const gone = this.regions(key).filter((each) => !kept.has(JSON.stringify(each)));
    const orphans = this.withoutRegions(gone.map(({ id }) => `${question.name}:${id}`));
    const marks = value === undefined ? [] : this.marksOf(question, value, suggestion);
    const others = orphans.filter((each) => !marks.some((mark) => mark.key === each.key));
    this.apply("accept", [{ key, before, after: clean(after) }, ...others, ...marks], "person");
  }

  abstain(asked: Asked, abstained: Abstention | null): void {
    const { key, question, part } = asked;
    const after = abstained ? { question: question.name, target: part.address, abstained } : undefined;
    this.apply("abstain", [{ key, before: this.answer(key), after }], "person");
  }

  /** Says more about an answer that stands: how sure, why. */
  remark(asked: Asked, more: Pick<Answer, "confidence" | "justification" | "note">): void {
    const before = this.answer(asked.key);
    if (!before) return;
    this.apply(
      "remark",
      [{ key: asked.key, before, after: clean({ ...before, ...more }) }],
      "person",
      `remark ${asked.key}`,
    );
  }

  addRegion(asked: Asked, region: Region): void {
    this.setRegions(asked, [...this.regions(asked.key), region], "add-region");
    this.select(asked.key, region.id);
  }

  /** Changes some fields of a region; a field that is given as undefined goes away. */
  changeRegion(
    asked: Asked,
    id: string,
    change: { [field: string]: Json | undefined },
    merge: string | null = null,
  ): void {
    const changed = this.regions(asked.key).map((each) => (each.id === id ? defined({ ...each, ...change }) : each));
    this.setRegions(asked, changed, "change-region", merge);
  }

  /** Takes a region away, and every answer that was given about it. */
  removeRegion(asked: Asked, id: string): void {
    const { key, question } = asked;
    const rest = this.regions(key).filter((each) => each.id !== id);
    const before = this.answer(key);
    const after =
      rest.length || before?.value === undefined ? before && { ...before, value: { regions: rest } } : undefined;
    this.apply("remove-region", [{ key, before, after }, ...this.withoutRegions([`${question.name}:${id}`])], "person");
    this.select(null, null);
  }

  /** Puts several answers in place at once: a draft that comes back. */
  restore(answers: Answer[], origin: Exclude<Origin, "person">): void {
    const known = new Set(this.suggestions.map(({ id }) => id));
    const changes = answers.map(({ suggestion, ...kept }) => {
      // A draft may be older than the hold: what was suggested then may be hidden now.
      const answer: Answer = suggestion !== undefined && known.has(suggestion) ? { ...kept, suggestion } : kept;
      const key = keyOf(answer.question, answer.target);
      return { key, before: this.answer(key), after: answer };
    });
    this.apply(`restore-${origin}`, changes, origin);
  }

  /** Puts answers in the place of all that stand: those of somebody else, to be read or mended. */
  replace(answers: readonly Answer[]): void {
    const given = new Map(answers.map((answer) => [keyOf(answer.question, answer.target), answer]));
    const keys = new Set([...this.state.answers.keys(), ...given.keys()]);
    const changes = [...keys].map((key) => ({ key, before: this.answer(key), after: given.get(key) }));
    this.done = [];
    this.apply("replace", changes, "draft");
    this.change({ selected: null, pending: null, hidden: new Set() });
  }

  /** Makes somebody's answer one's own, with what they said about its regions; what stood about others goes. */
  take(asked: Asked, answer: Answer, about: readonly Answer[] = []): void {
    const { key } = asked;
    const orphans = this.withoutRegions(this.regions(key).map(({ id }) => `${asked.question.name}:${id}`));
    const more = about.map((each) => {
      const at = keyOf(each.question, each.target);
      return { key: at, before: this.answer(at), after: each };
    });
    const taken = new Set(more.map((each) => each.key));
    const kept = orphans.filter((each) => !taken.has(each.key));
    this.apply("take", [{ key, before: this.answer(key), after: answer }, ...kept, ...more], "person");
  }

  activate(key: string | null): void {
    if (key !== this.state.active) this.change({ active: key });
  }

  /** Walks to the next or the previous question that is shown. */
  walk(step: 1 | -1): Asked | null {
    const asked = this.asked();
    const at = asked.findIndex(({ key }) => key === this.state.active);
    const next = asked[Math.max(0, Math.min(asked.length - 1, at + step))] ?? null;
    this.activate(next?.key ?? null);
    return next;
  }

  select(key: string | null, region: string | null): void {
    const active = this.asked().find((each) => each.key === this.state.active);
    if (key && region && active && active.key !== key) {
      const of = this.asked().find((each) => each.key === key);
      const { names } = declaredOf(active.question.kind);
      if (of && names?.onChosen(this, active, `${of.question.name}:${region}`)) return;
    }
    this.change({ selected: key && region ? { key, region } : null, active: key ?? this.state.active, pending: null });
  }

  /** The label that the next region of a question gets. */
  chooseLabel(question: string, label: string): void {
    this.change({ labels: { ...this.state.labels, [question]: label } });
  }

  /** Takes back the person's own last act; what a draft put in place stays. */
  undo(): boolean {
    const at = this.done.findLastIndex(({ origin }) => origin === "person");
    const [operation] = at < 0 ? [] : this.done.splice(at, 1);
    if (!operation) return false;
    this.undone.push(operation);
    this.write(operation.changes.map(({ key, before }) => ({ key, after: before })));
    return true;
  }

  redo(): boolean {
    const operation = this.undone.pop();
    if (!operation) return false;
    this.done.push(operation);
    this.write(operation.changes);
    return true;
  }

  /** The answers to send: those of questions that are shown, in the ontology's order. */
  submission(): Answer[] {
    return this.asked().flatMap(({ key }) => this.answer(key) ?? []);
  }

  private isShown(question: Question, part: Part): boolean {
    const enclosing = (): string[] => enclosingOf(part.address, this.parts);
    const metadata = this.item.metadata ?? {};
    const page = this.ontology.pages?.find(({ questions }) => questions.includes(question.name));
    const conditions = [question.show_if, page?.show_if].filter((each) => each !== undefined && each !== null);
    return conditions.every((each) => holds(each, this.state.answers, part.address, metadata, enclosing()));
  }

  /** The changes that put a suggestion's own marks in place, where what it says names others than those that stand. */
  private marksOf({ kind }: Question, value: Json, suggestion: string | null | undefined): Operation["changes"] {
    const regions = declaredOf(kind).names?.of(value) ?? [];
    const named = new Set(regions.map((region) => region.slice(0, region.indexOf(":"))));
    const { answers = [] } = this.suggestions.find(({ id }) => id === suggestion) ?? {};
    return this.asked().flatMap(({ key, question, part }) => {
      const marks = answers.find(
        (each) => each.question === question.name && (each.target ?? part.address) === part.address,
      );
      if (!named.has(question.name) || marks?.value === undefined) return [];
      const after = { question: question.name, target: part.address, value: marks.value, suggestion };
      return [{ key, before: this.answer(key), after: clean(after as Answer) }];
    });
  }

  /** The changes that take away what was answered about regions, and whatever names them. */
  private withoutRegions(regions: readonly string[]): Operation["changes"] {
    const gone = new Set(regions);
    return [...this.state.answers].flatMap(([key, before]) => {
      if (gone.has(before.target)) return [{ key, before, after: undefined }];
      const kind = this.ontology.questions.find(({ name }) => name === before.question)?.kind;
      const { names } = declaredOf(kind ?? "");
      if (!names || before.value === undefined || !names.of(before.value).some((each) => gone.has(each))) return [];
      const value = names.without(before.value, gone);
      return [{ key, before, after: value === undefined ? undefined : { ...before, value } }];
    });
  }

  private setRegions(asked: Asked, regions: Region[], name: string, merge: string | null = null): void {
    this.setValue(asked, { regions: regions as unknown as Json }, name, merge);
  }

  private apply(name: string, changes: Operation["changes"], origin: Origin, merge: string | null = null): void {
    const at = this.now();
    const last = this.done.at(-1);
    if (merge && last?.merge === merge && at - last.at < MERGE_MS && last.origin === origin) {
      last.changes = last.changes.map((each) => ({
        ...each,
        after: changes.find(({ key }) => key === each.key)?.after,
      }));
      last.at = at;
    } else {
      this.done.push({ name, origin, changes, at, merge });
    }
    this.undone = [];
    this.write(changes);
  }

  private write(changes: { key: string; after: Answer | undefined }[]): void {
    const answers = new Map(this.state.answers);
    for (const { key, after } of changes) {
      if (after) answers.set(key, after);
      else answers.delete(key);
    }
    const { selected } = this.state;
    this.change({ answers, revision: this.state.revision + 1 });
    const isGone = selected && !this.regions(selected.key).some(({ id }) => id === selected.region);
    if (isGone) this.change({ selected: null, pending: null });
  }

  private change(change: Partial<EditorState>): void {
    const canUndo = this.done.some(({ origin }) => origin === "person");
    this.state = { ...this.state, refused: null, ...change, canUndo, canRedo: this.undone.length > 0 };
    for (const listener of this.listeners) listener();
  }
}

/** Questions in the order of the pages; those of no page come last. */
function ordered(ontology: OntologyBody): Question[] {
  const named = (ontology.pages ?? []).flatMap(({ questions }) => questions);
  const rank = (question: Question): number => {
    const at = named.indexOf(question.name);
    return at < 0 ? named.length : at;
  };
  return ontology.questions
    .map((question, index) => ({ question, index }))
    .sort((a, b) => rank(a.question) - rank(b.question) || a.index - b.index)
    .map(({ question }) => question);
}

/** Without remarks that are undefined or empty, which the server would refuse. A target may be empty: it is the task. */
function clean(answer: Answer): Answer {
  const kept = Object.entries(answer).filter(([name, value]) => name === "target" || (value ?? "") !== "");
  return Object.fromEntries(kept) as unknown as Answer;
}

function defined(region: { [field: string]: Json | undefined }): Region {
  return Object.fromEntries(Object.entries(region).filter(([, value]) => value !== undefined)) as unknown as Region;
}

/** An id for a new region: k1, k2, … that no region of the task has. */
export function newRegionId(taken: Iterable<{ id: string }>): string {
  const used = new Set([...taken].map(({ id }) => id));
  for (let index = 1; ; index += 1) if (!used.has(`k${index}`)) return `k${index}`;
}
