/** What models suggest for a question, as far as it could still be an answer; those that say the same stand together. */
import type { Answer, Json, Option, Question, Suggestion } from "../../api/contract";
import { type Asked, Editor, type Region } from "../../editor/store";
import { t } from "../../i18n";
import type { QuestionKind } from "../kind";

export type Proposed = Pick<Answer, "value" | "abstained">;
export interface Proposal extends Proposed {
  from: readonly Suggestion[];
}

/** Neither a task's suggestions nor its questions change while it is worked on: each is looked through once. */
const known = new WeakMap<Editor, Map<string, Proposal[]>>();

export function proposalsFor(editor: Editor, asked: Asked, kind: QuestionKind | undefined): Proposal[] {
  if (!kind || editor.suggestions.length === 0) return [];
  const found = known.get(editor) ?? new Map<string, Proposal[]>();
  known.set(editor, found);
  const proposals = found.get(asked.key) ?? lookedThrough(editor, asked, kind);
  found.set(asked.key, proposals);
  return proposals;
}

function lookedThrough(editor: Editor, asked: Asked, kind: QuestionKind): Proposal[] {
  const proposals = new Map<string, Proposal>();
  for (const suggestion of editor.suggestions) {
    const given = suggestion.answers.find((each) => isAbout(asked, each.question, each.target));
    // What names regions is read beside what the same model marks.
    const within = kind.names ? withAnswersOf(editor, suggestion) : editor;
    if (!given || !couldAnswer(within, asked, kind, given)) continue;
    const said = spelled(given);
    const from = [...(proposals.get(said)?.from ?? []), suggestion];
    proposals.set(said, { value: given.value, abstained: given.abstained, from });
  }
  return [...proposals.values()];
}

function withAnswersOf({ ontology, item }: Editor, { answers }: Suggestion): Editor {
  const empty = new Editor(ontology, item);
  const about = (name: string): string => empty.asked().find((each) => each.question.name === name)?.part.address ?? "";
  return new Editor(
    ontology,
    item,
    answers.map((each) => ({ ...each, target: each.target ?? about(each.question) })),
  );
}

/** Whether it is what stands as the person's answer. */
export function isAccepted(proposal: Proposed, answer: Answer | undefined): boolean {
  return answer !== undefined && spelled(answer) === spelled(proposal);
}

/** The one that the key accepts: the first, or the one after the one that stands. */
export function nextProposal(proposals: readonly Proposal[], answer: Answer | undefined): Proposal | undefined {
  const at = proposals.findIndex((each) => isAccepted(each, answer));
  return proposals[(at + 1) % proposals.length];
}

/** What of it is drawn on the material: the first, as long as nobody has answered. */
export function proposedRegions(editor: Editor, asked: Asked, kind: QuestionKind): Region[] {
  if (editor.answer(asked.key) !== undefined) return [];
  const [first] = proposalsFor(editor, asked, kind);
  return (first?.value as { regions?: Region[] } | undefined)?.regions ?? [];
}

/** The name of a mark that is a model's and nobody's: colour and line are not the only signs. */
export function asProposed(word: string): string {
  return t("{word}?", { word });
}

/** The regions of a value, each with an id of its own and a label that the question has; null for anything else. */
export function labeledRegions(value: Json, labels: readonly Option[]): Region[] | null {
  const regions = value && typeof value === "object" && !Array.isArray(value) ? value.regions : null;
  if (!Array.isArray(regions)) return null;
  const isRegion = (each: Json): boolean =>
    each !== null && typeof each === "object" && !Array.isArray(each) && typeof each.id === "string";
  if (!regions.every(isRegion)) return null;
  const found = regions as unknown as Region[];
  const isLabeled = ({ label }: Region): boolean =>
    labels.length > 0 ? labels.some((each) => each.value === label) : label === undefined;
  return found.every(isLabeled) && new Set(found.map(({ id }) => id)).size === found.length ? found : null;
}

/** A target may be left out where the question is asked about one part of every item. */
function isAbout({ question, part }: Asked, name: string, target: string | null | undefined): boolean {
  return name === question.name && (target || (isAskedOnce(question) ? part.address : "")) === part.address;
}

function isAskedOnce({ target }: Question): boolean {
  return !(typeof target === "object" && target !== null && "each" in target);
}

function couldAnswer(editor: Editor, asked: Asked, kind: QuestionKind, { value, abstained }: Proposed): boolean {
  if (value === undefined) return abstained !== undefined && (asked.question.allow ?? []).includes(abstained);
  return kind.fits(asked, editor, value) && !kind.missing?.(asked.question.settings ?? {}, value, asked, editor);
}

/** The same for the same, in whatever order the fields stand. */
function spelled({ value, abstained }: Proposed): string {
  return JSON.stringify([value ?? null, abstained ?? null], (_, part: Json) =>
    part && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
