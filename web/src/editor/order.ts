/**
 * The order in which compared parts are shown, and their letters. Every part of an assignment draws its place once, so
 * whatever is asked about the same replies finds them on the same side, and a reload shows the same again.
 */
import type { Question } from "../api/contract";
import { declaredOf } from "./declared";
import { comparedOf, type Part } from "./parts";
import { hash } from "./shuffle";
import type { Asked, Editor } from "./store";

/** Names of what a question compares, first shown first; empty where it compares nothing. */
export function orderOf(editor: Editor, { question, part }: Asked, seed: string): string[] {
  const compared = comparedBy(question);
  if (!compared) return [];
  const names = comparedOf(question.settings ?? {}, part, editor.parts);
  return isDrawn(editor, compared) ? byLot(names, seed, lastOf) : names;
}

/** Addresses of parts that stand beside each other, first shown first. */
export function orderOfParts(editor: Editor, addresses: readonly string[], compared: string, seed: string): string[] {
  return isDrawn(editor, compared) ? byLot(addresses, seed, lastOf) : [...addresses];
}

/** The inputs that stand beside each other because a question compares them, first shown first. */
export function pairedInputs(editor: Editor, seed: string): string[] {
  const comparing = editor.asked().find(({ question }) => comparedBy(question) === "input");
  return comparing ? orderOf(editor, comparing, seed) : [];
}

/** The letter of a reply among those of its turn; empty where it stands alone. */
export function letterOf(editor: Editor, address: string, seed: string): string {
  const turn = [...editor.parts.values()].find(({ children }) => children.includes(address));
  const replies = turn ? responsesOf(turn, editor) : [];
  return replies.length > 1 ? letterAt(orderOfParts(editor, replies, "response", seed).indexOf(address)) : "";
}

export function responsesOf(turn: Part, editor: Editor): string[] {
  return turn.children.filter((child) => editor.parts.get(child)?.type === "response");
}

/** A, B, … Z, then A1, B1, … */
export function letterAt(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : `${letter}${Math.floor(index / 26)}`;
}

function comparedBy({ kind, settings }: Question): string | null {
  const compare = settings?.compare;
  return typeof compare === "string" ? compare : (declaredOf(kind).compares ?? null);
}

function isDrawn(editor: Editor, compared: string): boolean {
  return editor.ontology.questions.some((question) => question.shuffle && comparedBy(question) === compared);
}

/** A part is named by its id or by its whole address: both draw the same lot. */
function lastOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

function byLot<Each>(all: readonly Each[], seed: string, nameOf: (each: Each) => string): Each[] {
  const lots = new Map(all.map((each) => [each, hash(`${seed} ${nameOf(each)}`)]));
  return [...all].sort((a, b) => (lots.get(a) ?? 0) - (lots.get(b) ?? 0));
}
