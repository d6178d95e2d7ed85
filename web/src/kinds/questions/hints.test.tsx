/** Keys are named where they act: on the question that is active. */
import { act } from "react";
import { createRoot } from "react-dom/client";
import { beforeAll, expect, test } from "vitest";
import type { OntologyBody } from "../../api/contract";
import { Editor } from "../../editor/store";
import { loadLanguage } from "../../i18n";
import { loadKinds } from "../registry";

beforeAll(async () => {
  (globalThis as Record<string, unknown>).IS_REACT_ACT_ENVIRONMENT = true;
  await loadLanguage("en");
});

const labels = [{ value: "person" }, { value: "place" }];
const ontology = {
  inputs: [{ name: "letter", kind: "text" }],
  questions: [{ name: "names", kind: "span", target: { input: "letter" }, settings: { labels } }],
} as unknown as OntologyBody;

async function keysOf(isActive: boolean): Promise<string> {
  const kinds = await loadKinds({ questions: ["span"], inputs: [] });
  const editor = new Editor(ontology, { inputs: { letter: { text: "A letter." } } });
  const [asked] = editor.asked();
  const Kind = kinds.questions.span;
  if (!asked || !Kind) throw new Error("nothing is asked");
  const box = document.createElement("div");
  const given = { asked, editor, state: editor.snapshot(), language: "en", seed: "s", onPicked: () => undefined };
  await act(async () => createRoot(box).render(<Kind.Editor {...given} isActive={isActive} />));
  return box.querySelector(".regions-hint")?.textContent ?? "";
}

test("a question about spans tells its keys while it is active", async () => {
  expect(await keysOf(true)).toMatch(/^1to 2/);
});

test("a question about spans that is not active tells none", async () => {
  expect(await keysOf(false)).toBe("");
});
