/** A kind that nobody outside knows by name is found what it is about, and what it compares. */
import { expect, test } from "vitest";
import type { OntologyBody } from "../api/contract";
import { declare } from "./declared";
import { orderOf } from "./order";
import { Editor } from "./store";

const asking = (kind: string): OntologyBody => ({
  format: "evenhand-ontology/1",
  name: "o",
  language: "en",
  inputs: [
    { name: "photo", kind: "image" },
    { name: "note", kind: "text" },
  ],
  questions: [{ name: "q", kind }],
});
const item = { inputs: { photo: { blob: "b" }, note: { text: "A note." } } };

test.each([
  ["text", "note"],
  ["pixels", "photo"],
  [undefined, ""],
] as const)("a kind that needs %s is asked about the input that has it", (needs, address) => {
  declare("acme.mark", { needs });

  expect(new Editor(asking("acme.mark"), item).asked()[0]?.part.address).toBe(address);
});

test("a kind that compares replies finds them where its settings say nothing", () => {
  const body = { ...asking("acme.order"), inputs: [{ name: "chat", kind: "chat" }] };
  body.questions[0]!.target = { each: "turn", of: "chat" };
  const reply = (id: string) => ({ id, messages: [] });
  const turn = { id: "t1", messages: [], responses: [reply("r1"), reply("r2")] };
  const editor = new Editor(body, { inputs: { chat: { threads: [{ id: "h1", turns: [turn] }] } } });
  const [asked] = editor.asked();

  declare("acme.order", {});
  expect(orderOf(editor, asked!, "seed")).toEqual([]);
  declare("acme.order", { compares: "response" });
  expect(orderOf(editor, asked!, "seed")).toEqual(["r1", "r2"]);
});
