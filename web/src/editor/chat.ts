/** Conversations: what a chat input holds, and its parts by the same rules as the server's. */
import type { Content } from "../api/contract";
import { inputPart, type Part } from "./parts";

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

/** The conversation of a chat input. */
export function threadsOf(content: Content | undefined): Thread[] {
  const chat = ((content as { json?: unknown } | undefined)?.json ?? content) as { threads?: Thread[] } | undefined;
  return chat?.threads ?? [];
}

export function blocksOf(message: Message): Block[] {
  return typeof message.content === "string" ? [{ type: "text", text: message.content }] : (message.content ?? []);
}

/** The input, then threads, turns, replies, messages and blocks in document order. */
export function chatParts(name: string, content: Content): Part[] {
  const below: Part[] = [];
  const threads = threadsOf(content).map((thread) => addThread(name, thread, (part) => void below.push(part)));
  return [inputPart(name, threads), ...below];
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
