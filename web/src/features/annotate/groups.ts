/** The questions of a task as they stand in the panel: one block a question, in it one row for each part it is asked about. */
import type { Question, Words } from "../../api/contract";
import { letterOf } from "../../editor/order";
import type { Part } from "../../editor/parts";
import type { Asked, Editor } from "../../editor/store";
import { wordsOf } from "../../editor/words-of";
import { t } from "../../i18n";
import type { QuestionKind } from "../../kinds/kind";

export interface Group {
  question: Question;
  asked: Asked[];
  /** Title of the page that begins with this question. */
  page: Words | null;
  /** It stands under such a title. */
  isUnderTitle: boolean;
}

export function groupsOf(editor: Editor, seed: string): Group[] {
  const groups: Group[] = [];
  for (const asked of editor.asked()) {
    const last = groups.at(-1);
    if (last?.question.name === asked.question.name) last.asked.push(asked);
    else groups.push({ question: asked.question, asked: [asked], page: null, isUnderTitle: false });
  }
  for (const { asked } of groups) asked.sort(byLetter(editor, seed));
  const titled = new Set<number>();
  return groups.map((group) => {
    const page = editor.ontology.pages?.findIndex(({ questions }) => questions.includes(group.question.name)) ?? -1;
    const title = editor.ontology.pages?.[page]?.title ?? null;
    const isFirst = !titled.has(page);
    titled.add(page);
    return { ...group, page: isFirst ? title : null, isUnderTitle: title !== null };
  });
}

/** Replies to one turn stand in the panel as they stand on the stage, A before B; everything else keeps its place. */
function byLetter(editor: Editor, seed: string): (a: Asked, b: Asked) => number {
  const turnOf = (address: string): string =>
    [...editor.parts.values()].find(({ children }) => children.includes(address))?.address ?? "";
  return ({ part: a }, { part: b }) => {
    if (a.type !== "response" || b.type !== "response" || turnOf(a.address) !== turnOf(b.address)) return 0;
    return letterOf(editor, a.address, seed).localeCompare(letterOf(editor, b.address, seed));
  };
}

/** The question that keys act on: the one a person went to, at first the first. */
export function activeOf(groups: readonly Group[], key: string | null): Asked | undefined {
  const asked = groups.flatMap((group) => group.asked);
  return asked.find((each) => each.key === key) ?? asked[0];
}

/** Where a question stands: beside the material, or under it. */
export function placeOf(kinds: Record<string, QuestionKind>, { question }: Group): "panel" | "foot" {
  return kinds[question.kind]?.place ?? "panel";
}

/** What a person calls a part: A, Turn 2, Message 3, the input's title. Empty for the task and where there is one only. */
export function partWord(
  editor: Editor,
  { part, question }: Asked,
  seed: string,
  language: string,
  count: number,
): string {
  if (part.type === "task") return "";
  const letter = part.type === "response" ? letterOf(editor, part.address, seed) : "";
  if (letter || count < 2) return letter;
  const alike = [...editor.parts.values()].filter(({ type, input }) => type === part.type && input === part.input);
  const place = alike.findIndex(({ address }) => address === part.address) + 1;
  switch (part.type) {
    case "input": {
      const input = editor.ontology.inputs.find(({ name }) => name === part.input);
      return wordsOf(input?.text, language, part.input);
    }
    case "region":
      return String(part.facts.label ?? question.name);
    case "response":
      return t("Reply {number}", { number: place });
    case "thread":
      return t("Conversation {number}", { number: place });
    case "turn":
      return t("Turn {number}", { number: place });
    case "message":
      return t("Message {number}", { number: place });
    case "step":
      return t("Step {number}", { number: place });
    case "channel":
      return t("Channel {number}", { number: place });
    case "hunk":
      return t("Change {number}", { number: place });
    case "row":
      return t("Row {number}", { number: place });
    case "cell":
      return t("{column}, row {number}", { column: String(part.facts.name), number: Number(part.facts.row) });
    case "side":
      return part.facts.name === "old" ? t("{file}, before", { file: fileOf(editor, part) }) : fileOf(editor, part);
    case "column":
    case "file":
      return String(part.facts.name);
    default:
      return t("Part {number}", { number: place });
  }
}

/** The name of the file that a side is of. */
function fileOf(editor: Editor, side: Part): string {
  const file = [...editor.parts.values()].find(({ children }) => children.includes(side.address));
  return String(file?.facts.name ?? "");
}
