/** Regions of other questions, as what a relation may join: by address, with the words that people know them by. */
import type { Option, Question } from "../../api/contract";
import { declaredOf } from "../../editor/declared";
import type { Editor, Region } from "../../editor/store";
import type { Span } from "../../editor/words";
import { wordOf } from "../../editor/words-of";
import { colorOf } from "../colors";
import { optionsOf } from "./options";

export interface End {
  /** `question:region`. */
  address: string;
  label: string;
  labelWord: string;
  word: string;
  color: string;
  region: Region;
  /** The part that it lies on. */
  on: string;
}
export interface RelationLabel extends Option {
  from?: string[];
  to?: string[];
  directed?: boolean;
}
export interface Related {
  id: string;
  label: string;
  from: string;
  to: string;
}

export function relationLabels(question: Question): RelationLabel[] {
  return optionsOf(question) as RelationLabel[];
}

/** What is marked in the questions that a relation is over, or in all before it; passages in the order of reading. */
export function endsFor(editor: Editor, question: Question, language: string): End[] {
  const over = (question.settings?.over as string[] | undefined) ?? [];
  const { questions } = editor.ontology;
  const before = questions
    .slice(
      0,
      questions.findIndex(({ name }) => name === question.name),
    )
    .map(({ name }) => name);
  const named = over.length > 0 ? over : before;
  return editor.asked().flatMap((asked) => {
    if (!named.includes(asked.question.name)) return [];
    const labels = optionsOf(asked.question);
    const { regionWord } = declaredOf(asked.question.kind);
    return editor
      .regions(asked.key)
      .map(
        (region): End => ({
          address: `${asked.question.name}:${region.id}`,
          label: region.label ?? "",
          labelWord: labelWord(labels, region.label, language),
          word: regionWord?.(asked, editor, region.id, language) || region.id,
          color: colorOf(labels, region.label),
          region,
          on: (region.on as string | undefined) ?? asked.part.address,
        }),
      )
      .sort((a, b) => Number(a.on !== b.on) || beginOf(a.region) - beginOf(b.region));
  });
}

function labelWord(labels: Option[], value: string | undefined, language: string): string {
  const option = labels.find((each) => each.value === value);
  return option ? wordOf(option, language) : (value ?? "");
}

function beginOf(region: Region): number {
  return (region.ranges as Span[] | undefined)?.[0]?.[0] ?? 0;
}

/** Why a label does not join two: null where it does. Without a direction either may come first. */
export function joins(label: RelationLabel, from: End | undefined, to: End | undefined): boolean {
  const takes = (wanted: string[] = [], end: End | undefined): boolean =>
    wanted.length === 0 || end === undefined || wanted.includes(end.label);
  const isFitting = takes(label.from, from) && takes(label.to, to);
  return isFitting || (label.directed === false && takes(label.from, to) && takes(label.to, from));
}

/** Whether one is reached from another along relations with a direction. */
export function leads(
  relations: readonly Related[],
  labels: readonly RelationLabel[],
  from: string,
  to: string,
): boolean {
  const isDirected = ({ label }: Related): boolean => labels.find(({ value }) => value === label)?.directed !== false;
  const seen = new Set([from]);
  for (const at of seen) {
    if (at === to) return true;
    for (const each of relations) if (each.from === at && isDirected(each)) seen.add(each.to);
  }
  return false;
}
