/** Parts of an item by address, and which of them a question is asked about. The same rules as the server's parts. */
import type { Answer, Content, Item, Json, OntologyBody, Question } from "../api/contract";
import { declaredInput, declaredOf, type Need } from "./declared";

export interface Part {
  address: string;
  type: string;
  input: string;
  facts: Record<string, unknown>;
  children: string[];
  /** What stands there to be read and marked, where it is not all of a text input's or a message's own. */
  text?: string;
}
export type Parts = ReadonlyMap<string, Part>;

/** The text of a text, markdown or html input, however it was sent. */
export function textOf(content: Content | string | undefined): string {
  return typeof content === "string" ? content : (content?.text ?? "");
}

/** Address -> part, in document order; the task stands first, at "". */
export function partsOf(ontology: OntologyBody, item: Item): Map<string, Part> {
  const parts = new Map<string, Part>();
  const names = ontology.inputs.filter(({ name }) => item.inputs[name] !== undefined && item.inputs[name] !== null);
  const add = (part: Part): void => void parts.set(part.address, part);
  add({ address: "", type: "task", input: "", facts: {}, children: names.map(({ name }) => name) });
  for (const { name, kind } of names) {
    const { partsOf: below } = declaredInput(kind);
    for (const part of below?.(name, item.inputs[name] as Content) ?? [inputPart(name)]) add(part);
  }
  return parts;
}

export function inputPart(name: string, children: string[] = []): Part {
  return { address: name, type: "input", input: name, facts: {}, children };
}

/** The parts one question is asked about, in document order. */
export function targetsOf(question: Question, ontology: OntologyBody, parts: Parts, answers: Iterable<Answer>): Part[] {
  const { needs } = declaredOf(question.kind);
  const target = question.target ?? (needs ? { input: fittingInput(needs, ontology) } : "task");
  if (target === "task") return [...(parts.get("") ? [parts.get("") as Part] : [])];
  if ("input" in target) {
    const part = parts.get(target.input);
    return part ? [part] : [];
  }
  const where = target.where ?? {};
  const found =
    target.each === "region"
      ? regionParts(target.of, answers)
      : [...parts.values()].filter(({ type, input }) => type === target.each && input === target.of);
  return found.filter((part, index) => fits(part, where, index, found.length));
}

function fittingInput(needs: Need, ontology: OntologyBody): string {
  const offers = (kind: string): boolean => [declaredInput(kind).offers].flat().includes(needs);
  return (ontology.inputs.find(({ kind }) => offers(kind)) ?? ontology.inputs[0])?.name ?? "";
}

function regionParts(of: string, answers: Iterable<Answer>): Part[] {
  const found: Part[] = [];
  for (const { question, value } of answers) {
    if (question !== of) continue;
    const regions = (value as { regions?: { id: string; label?: Json }[] } | undefined)?.regions ?? [];
    for (const { id, label } of regions) {
      found.push({ address: `${of}:${id}`, type: "region", input: "", facts: { label }, children: [] });
    }
  }
  return found;
}

function fits(part: Part, where: Record<string, unknown>, index: number, count: number): boolean {
  return Object.entries(where).every(([name, wanted]) => {
    const allowed = Array.isArray(wanted) ? wanted : [wanted];
    if (name === "has") return allowed.some((each) => (part.facts.has as unknown[] | undefined)?.includes(each));
    if (name !== "index") return allowed.includes(part.facts[name]);
    return allowed.some((each) =>
      each === "first" ? index === 0 : each === "last" ? index === count - 1 : each === index,
    );
  });
}

/** Addresses of the parts around one, nearest first, ending with the task. */
export function enclosingOf(address: string, parts: Parts): string[] {
  const found: string[] = [];
  let at = address;
  for (;;) {
    const parent = [...parts.values()].find(({ children }) => children.includes(at));
    if (!parent) break;
    at = parent.address;
    found.push(at);
  }
  if (found.length === 0 && address) found.push("");
  return found;
}

/** What a comparing question compares, by id in document order. */
export function comparedOf(settings: Record<string, unknown>, target: Part, parts: Parts): string[] {
  const compare = (settings.compare as string | undefined) ?? "response";
  if (compare === "option") return ((settings.options as { value: string }[]) ?? []).map(({ value }) => value);
  const inputs = (settings.inputs as string[] | undefined) ?? [];
  const addresses = below(target, parts)
    .filter(({ type, address }) => type === compare && (inputs.length === 0 || inputs.includes(address)))
    .map(({ address }) => address);
  const ids = addresses.map((address) => address.slice(address.lastIndexOf("/") + 1));
  return ids.map((id, index) => (ids.filter((each) => each === id).length === 1 ? id : (addresses[index] as string)));
}

function below(part: Part, parts: Parts): Part[] {
  return part.children.flatMap((address) => {
    const child = parts.get(address);
    return child ? [child, ...below(child, parts)] : [];
  });
}
