/** The answers of several people beside each other: one row a question and part, one column an answer. Pure. */
import type { Answer, GivenAnswers, StageConsensus } from "../../api/contract";
import { keyOf } from "../../editor/keys";
import { saidOf } from "../../editor/said";
import { type Asked, Editor } from "../../editor/store";

export interface Cell {
  answer: Answer | undefined;
  said: string;
  /** It says something else than the leading value. */
  differs: boolean;
}
/** One of the values that were given, and whose they are. */
export interface Value {
  said: string;
  answer: Answer;
  /** Columns, from 0; none of an estimate, which is the model's. */
  from: number[];
}
export interface Row {
  asked: Asked;
  cells: Cell[];
  /** The leading value first, then by how many gave each. */
  values: Value[];
  probability: number | null;
  /** Between which ends the model takes a number to lie. */
  interval: readonly [number, number] | null;
  isTied: boolean;
  /** Nothing has to be decided here: all say the same, or the leading value is as probable as is asked for. */
  isSettled: boolean;
}

/** least: the probability below which a value is not taken for settled; null: only what all say is. */
export function rowsOf(
  editor: Editor,
  given: readonly GivenAnswers[],
  consensus: readonly StageConsensus[],
  least: number | null,
): Row[] {
  return askedOfAny(editor, given).map((asked) => {
    const answers = given.map((each) => each.answers.find((one) => keyOf(one.question, one.target) === asked.key));
    const known = consensus.find((each) => keyOf(each.question, each.target) === asked.key);
    const values = valuesOf(answers, known);
    const people = values.filter(({ from }) => from.length > 0);
    const isTied = known?.status === "tied" || (people[1]?.from.length ?? 0) === (people[0]?.from.length ?? -1);
    const cells = answers.map((answer) => ({
      answer,
      said: saidOf(answer),
      differs: saidOf(answer) !== values[0]?.said,
    }));
    const probability = known?.probability ?? null;
    const isSure = probability !== null && least !== null && probability >= least && !isTied;
    const interval = known?.low === undefined || known.high === undefined ? null : ([known.low, known.high] as const);
    return {
      asked,
      cells,
      values,
      probability,
      interval,
      isTied,
      isSettled: values.length > 0 && (isSame(cells) || isSure),
    };
  });
}

/** What is asked under the answers of any of them, in the order of the ontology; what is asked about a region goes with its region. */
function askedOfAny(editor: Editor, given: readonly GivenAnswers[]): Asked[] {
  const found = new Map<string, Asked>();
  const editors = [editor, ...given.map(({ answers }) => new Editor(editor.ontology, editor.item, answers))];
  for (const asked of editors.flatMap((each) => each.asked())) {
    if (asked.part.type !== "region" && !found.has(asked.key)) found.set(asked.key, asked);
  }
  const place = new Map(editor.ontology.questions.map(({ name }, index) => [name, index]));
  const rank = ({ question }: Asked): number => place.get(question.name) ?? 0;
  return [...found.values()].sort((a, b) => rank(a) - rank(b));
}

function valuesOf(answers: readonly (Answer | undefined)[], known: StageConsensus | undefined): Value[] {
  const found = new Map<string, Value>();
  for (const [column, answer] of answers.entries()) {
    if (!answer) continue;
    const said = saidOf(answer);
    const value = found.get(said);
    if (value) value.from.push(column);
    else found.set(said, { said, answer, from: [column] });
  }
  const leading = known && known.value !== undefined ? saidOf({ value: known.value }) : null;
  // An estimate lies between the answers; where all say the same there is nothing to estimate.
  if (known && leading !== null && known.low !== undefined && found.size > 1 && !found.has(leading)) {
    const { question, target, value } = known;
    found.set(leading, { said: leading, answer: { question, target, value }, from: [] });
  }
  const rank = ({ said, from }: Value): number => (said === leading ? answers.length + 1 : from.length);
  return [...found.values()].sort((a, b) => rank(b) - rank(a));
}

function isSame(cells: readonly Cell[]): boolean {
  return cells.every(({ said }) => said !== "" && said === cells[0]?.said);
}

/** What an answer says about the regions of another: it goes along when that one is taken. */
export function aboutRegions({ question, value }: Answer, answers: readonly Answer[]): Answer[] {
  const regions = (value as { regions?: { id: string }[] } | undefined)?.regions ?? [];
  const addresses = new Set(regions.map(({ id }) => `${question}:${id}`));
  return answers.filter(({ target }) => addresses.has(target));
}
