/** What an agent did: the nodes of a trace, and its parts by the same rules as the server's. */
import type { Content, Json } from "../api/contract";
import type { Block } from "./chat";
import { inputPart, type Part } from "./parts";

export interface Call {
  id: string;
  name: string;
  arguments?: Json;
  arguments_text?: string;
}
export interface Observation {
  call?: string;
  is_error?: boolean;
  truncated?: boolean;
  content: Block[];
  structured?: Json;
}
export interface Node {
  id: string;
  type: "span" | "step" | "score";
  parent?: string;
  name?: string;
  started?: number;
  ended?: number;
  error?: string;
  actor?: "agent" | "user" | "system" | "environment";
  thought?: Block[];
  content?: Block[];
  calls?: Call[];
  observations?: Observation[];
  state?: Record<string, Json>;
  usage?: Record<string, Json>;
  model?: { name?: string };
  reward?: number;
  finish?: string;
  alternative_of?: string;
  value?: Json;
  explanation?: string;
}
export interface Tool {
  name: string;
  description?: string;
  parameters?: Json;
}
export interface Trace {
  task?: { statement?: string; reference?: Json };
  agent?: { name?: string; version?: string; model?: { name?: string } };
  tools?: Tool[];
  context?: { role: string; content: Block[] }[];
  nodes: Node[];
  outcome?: { reward?: number; success?: boolean; stop?: string; [other: string]: Json | undefined };
  timescale?: number;
}

const READ = new Set(["text", "reasoning", "refusal", "reference"]);
const NOTHING: Trace = { nodes: [] };

export function traceOf(content: Content | undefined): Trace {
  const trace = ((content as { json?: unknown } | undefined)?.json ?? content) as Trace | undefined;
  return Array.isArray(trace?.nodes) ? trace : NOTHING;
}

/** What stands in a step to be read, in order; their numbers are their addresses. */
export function blocksIn({ thought = [], content = [], observations = [] }: Node): Block[] {
  return [...thought, ...content, ...observations.flatMap((each) => each.content ?? [])];
}

export interface Placed {
  node: Node;
  depth: number;
}

/** Spans and steps as a tree walked from the top: each with how deep it lies. */
export function placedIn({ nodes }: Trace): Placed[] {
  const below = new Map<string | undefined, Node[]>();
  for (const node of nodes) {
    if (node.type === "score") continue;
    const among = below.get(node.parent);
    if (among) among.push(node);
    else below.set(node.parent, [node]);
  }
  const walk = (parent: string | undefined, depth: number): Placed[] =>
    (below.get(parent) ?? []).flatMap((node) => [{ node, depth }, ...walk(node.id, depth + 1)]);
  return walk(undefined, 0);
}

/** The input, then its nodes, each step with its texts and its calls; scores are no parts. */
export function traceParts(name: string, content: Content): Part[] {
  const below: Part[] = [];
  const own = new Map<string, Part>();
  const root = inputPart(name);
  for (const { node } of placedIn(traceOf(content))) {
    const part: Part = { address: `${name}/${node.id}`, type: node.type, input: name, facts: {}, children: [] };
    (own.get(node.parent ?? "") ?? root).children.push(part.address);
    own.set(node.id, part);
    below.push(part);
    if (node.name !== undefined) part.facts.name = node.name;
    if (node.type !== "step") continue;
    const blocks = blocksIn(node);
    const has = [...blocks.map(({ type }) => type), ...(node.calls?.length ? ["tool_call"] : [])];
    part.facts = { ...part.facts, by: node.actor ?? "agent", has, alternative: node.alternative_of !== undefined };
    const add = (address: string, type: string, facts: Part["facts"], text?: string): void => {
      part.children.push(address);
      below.push({ address, type, input: name, facts, children: [], ...(text === undefined ? {} : { text }) });
    };
    for (const [index, { type, text }] of blocks.entries()) {
      add(`${part.address}/${index}`, "block", { kind: type }, READ.has(type) ? text : undefined);
    }
    for (const call of node.calls ?? []) add(`${name}/${call.id}`, "call", { name: call.name });
  }
  return [root, ...below];
}
