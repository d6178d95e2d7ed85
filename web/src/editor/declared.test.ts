/** A kind that nobody outside knows by name is found what it is about, and what it compares. */
import { beforeAll, expect, test } from "vitest";
import type { OntologyBody } from "../api/contract";
import { loadKinds } from "../kinds/registry";
import { declare, declareInput } from "./declared";
import { orderOf } from "./order";
import { Editor } from "./store";
import { textsUnder } from "./texts";

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

beforeAll(async () => void (await loadKinds({ questions: [], inputs: ["chat", "image", "text"] })));

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

test("an input of a kind that nobody outside knows has the parts and texts that its kind finds", () => {
  const body = asking("acme.mark");
  body.inputs = [{ name: "log", kind: "acme.log" }];
  body.questions[0]!.target = { each: "step", of: "log" };
  const log = { lines: ["Größe 💩", "ends"] };
  const partsOf = (name: string, content: object) => [
    { address: name, type: "input", input: name, facts: {}, children: [`${name}/s0`, `${name}/s1`] },
    ...((content as typeof log).lines ?? []).map((text, index) => ({
      address: `${name}/s${index}`,
      type: "step",
      input: name,
      facts: {},
      children: [],
      text,
    })),
  ];

  expect(new Editor(body, { inputs: { log } }).asked()).toEqual([]);
  declareInput("acme.log", { offers: "text", partsOf });
  const editor = new Editor(body, { inputs: { log } });

  expect(editor.asked().map(({ part }) => part.address)).toEqual(["log/s0", "log/s1"]);
  expect(textsUnder(editor.parts.get("log")!, editor.parts)).toEqual(["log/s0", "log/s1"]);
  expect(editor.pieces("log/s0").offsets.length).toBe(7);
});
