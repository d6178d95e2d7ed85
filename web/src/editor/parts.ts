/** Parts of an item by address, and which of them a question is asked about. The same rules as the server's parts. */
import type { Answer, Content, Item, Json, OntologyBody, Question } from "../api/contract";
import { declaredOf } from "./declared";

export interface Part {
  address: string;
  type: string;
  input: string;
  facts: Record<string, unknown>;
  children: string[];
}
export type Parts = ReadonlyMap<string, Part>;

export interface Block {
  type: string;
  text?: string;
  [other: string]: unknown;
}
export interface Message {
  id: string;
  role: string;
  name?: string;
  language?: string;
  by?: string;
  content: Block[] | string;
}
export interface Response {
  id: string;
  source_id?: string;
  messages: Message[];
}
export interface Turn {
  id: string;
  messages: Message[];
  responses?: Response[];
  chosen?: string;
}
export interface Thread {
  id: string;
  turns: Turn[];
}

/** The text of a text, markdown or html input, however it was sent. */
export function textOf(content: Content | string | undefined): string {
  return typeof content === "string" ? content : (content?.text ?? "");
}

/** The conversation of a chat input. */
export function threadsOf(content: Content | undefined): Thread[] {
  const chat = ((content as { json?: unknown } | undefined)?.json ?? content) as { threads?: Thread[] } | undefined;
  return chat?.threads ?? [];
}

export function blocksOf(message: Message): Block[] {
  return typeof message.content === "string" ? [{ type: "text", text: message.content }] : (message.content ?? []);
}

/** Address -> part, in document order; the task stands first, at "". */
export function partsOf(ontology: OntologyBody, item: Item): Map<string, Part> {
  const parts = new Map<string, Part>();
  const names = ontology.inputs.filter(({ name }) => item.inputs[name] !== undefined && item.inputs[name] !== null);
  const add = (part: Part): void => void parts.set(part.address, part);
  add({ address: "", type: "task", input: "", facts: {}, children: names.map(({ name }) => name) });
  for (const { name, kind } of names) {
    const input: Part = { address: name, type: "input", input: name, facts: {}, children: [] };
    add(input);
    if (kind === "chat")
      for (const thread of threadsOf(item.inputs[name])) input.children.push(addThread(name, thread, add));
  }
  return parts;
}

function addThread(input: string, thread: Thread, add: (part: Part) => void): string {
  const part: Part = { address: `${input}/${thread.id}`, type: "thread", input, facts: {}, children: [] };
  add(part);
  for (const turn of thread.turns) {
    const facts = { responses: turn.responses?.length ?? 0 };
    const turnPart: Part = { address: `${input}/${turn.id}`, type: "turn", input, facts, children: [] };
    part.children.push(turnPart.address);
    add(turnPart);
    for (const message of turn.messages) turnPart.children.push(addMessage(input, message, add));
    for (const response of turn.responses ?? []) {
      const at: Part = { address: `${input}/${response.id}`, type: "response", input, facts: {}, children: [] };
      turnPart.children.push(at.address);
      add(at);
      for (const message of response.messages) at.children.push(addMessage(input, message, add));
    }
  }
  return part.address;
}

function addMessage(input: string, message: Message, add: (part: Part) => void): string {
  const blocks = blocksOf(message);
  const facts = { role: message.role, by: message.by ?? "unknown", has: blocks.map(({ type }) => type) };
  const part: Part = { address: `${input}/${message.id}`, type: "message", input, facts, children: [] };
  add(part);
  for (const [index, block] of blocks.entries()) {
    const at: Part = {
      address: `${part.address}/${index}`,
      type: "block",
      input,
      facts: { kind: block.type },
      children: [],
    };
    part.children.push(at.address);
    add(at);
  }
  return part.address;
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

function fittingInput(needs: "text" | "pixels", ontology: OntologyBody): string {
  const fitting = needs === "pixels" ? ["image"] : ["text", "markdown", "html", "chat"];
  return (ontology.inputs.find(({ kind }) => fitting.includes(kind)) ?? ontology.inputs[0])?.name ?? "";
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
