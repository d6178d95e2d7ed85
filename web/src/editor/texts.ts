/** The texts of an item by address: a whole input, or one block of a message. */
import type { Item } from "../api/contract";
import { blocksOf, type Message, threadsOf } from "./chat";
import { partAt } from "./declared";
import { textViewOf } from "./html";
import { type Part, type Parts, textOf } from "./parts";

export function textAt(item: Item, address: string): { text: string; language?: string } {
  const [input = "", id, index] = address.split("/");
  const content = item.inputs[input];
  const language = typeof content === "object" ? (content?.language ?? undefined) : undefined;
  if (id === undefined) {
    const isHtml = typeof content === "object" && content?.media_type === "text/html";
    return { text: isHtml ? textViewOf(textOf(content)) : textOf(content), language };
  }
  const part = content && partAt(input, content, address);
  if (part?.text !== undefined) return { text: part.text, language };
  const message = messagesOf(item, input).find((each) => each.id === id);
  const block = message && blocksOf(message)[Number(index ?? 0)];
  return { text: block?.text ?? "", language };
}

/**
 * What a part says: the text of an input or block, else the text blocks under it with an empty line between. Null where it
 * says nothing. The same as the server takes for the text that is rewritten.
 */
export function wholeTextAt(item: Item, address: string): string | null {
  const [input = "", id, index] = address.split("/");
  const threads = threadsOf(item.inputs[input]);
  if (threads.length === 0 || index !== undefined) return textAt(item, address).text;
  const all = threads.flatMap(({ id: thread, turns }) =>
    turns.flatMap((turn) => {
      const before = turn.messages.map((message) => ({ of: [thread, turn.id, message.id], message }));
      const replies = (turn.responses ?? []).flatMap((reply) =>
        reply.messages.map((message) => ({ of: [thread, turn.id, reply.id, message.id], message })),
      );
      return [...before, ...replies];
    }),
  );
  const texts = all
    .filter(({ of }) => id === undefined || of.includes(id))
    .flatMap(({ message }) => blocksOf(message))
    .flatMap(({ type, text }) => (type === "text" && text !== undefined ? [text] : []));
  return texts.length > 0 ? texts.join("\n\n") : null;
}

function messagesOf(item: Item, input: string): Message[] {
  return threadsOf(item.inputs[input]).flatMap(({ turns }) =>
    turns.flatMap(({ messages, responses }) => [...messages, ...(responses ?? []).flatMap((each) => each.messages)]),
  );
}

/** Addresses of the texts under a part, in reading order: the part itself when it is a text, else its text blocks. */
export function textsUnder(part: Part, parts: Parts): string[] {
  if (part.text !== undefined) return [part.address];
  if (part.type === "block") return part.facts.kind === "text" ? [part.address] : [];
  if (part.children.length === 0) return part.type === "input" ? [part.address] : [];
  return part.children.flatMap((address) => {
    const child = parts.get(address);
    return child ? textsUnder(child, parts) : [];
  });
}
