/** Answers of every kind stand beside each other, are taken by a key's act, and another value can be given. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { Editor } from "../../editor/store";
import { loadLanguage } from "../../i18n";
import { loadKinds, questionNames } from "../../kinds/registry";
import { completeBrowser } from "../annotate/fake-browser";
import { CASES, judged } from "../annotate/fake-judged";
import type { Held } from "../annotate/sitting";
import { AdjudicateTask } from "./AdjudicateTask";
import { decidingOf, settle } from "./deciding";

let root: Root;
let page: HTMLElement;
beforeAll(async () => {
  completeBrowser();
  await loadLanguage("en");
});
beforeEach(() => {
  page = document.body.appendChild(document.createElement("div"));
  root = createRoot(page);
});
afterEach(async () => {
  await act(async () => root.unmount());
  page.remove();
});

async function opened(kind: string): Promise<Held> {
  const { ontology, item, assignment } = judged(kind);
  const kinds = await loadKinds({ questions: [kind], inputs: ontology.inputs.map((each) => each.kind) });
  const editor = new Editor(ontology, item);
  settle(editor, assignment, null);
  const held = { assignment, editor, kinds, problem: null, margin: { kept: null, keep: vi.fn() } } as unknown as Held;
  await act(async () =>
    root.render(
      <QueryClientProvider client={new QueryClient()}>
        <AdjudicateTask
          held={held}
          aside={null}
          isPressed={false}
          onlyDiffering={false}
          onNarrow={vi.fn()}
          isSealed={false}
        />
      </QueryClientProvider>,
    ),
  );
  return held;
}

const text = (selector: string): string[] => [...page.querySelectorAll(selector)].map((each) => each.textContent ?? "");

test("there is a case for every kind of question", () => {
  expect(Object.keys(CASES).sort()).toEqual([...questionNames].sort());
});

test.each(questionNames)("%s: both values stand in the table, the second says that it differs", async (kind) => {
  await opened(kind);

  const cells = text(".ans td .cell");
  const [first, second] = (CASES[kind] as (typeof CASES)[string]).read;
  expect(cells[0]).toContain(first);
  expect(cells[1]).toContain(second);
  expect(cells[1]).toContain("differs from the leading value");
});

test.each(questionNames)("%s: a value is taken, and another one is given by the kind's own editor", async (kind) => {
  const held = await opened(kind);
  const deciding = decidingOf(held);
  const picks = (): HTMLElement[] => [...page.querySelectorAll<HTMLElement>(".pick > [role=radio]")];

  await act(async () => picks()[1]?.click());
  const [, second] = (CASES[kind] as (typeof CASES)[string]).values;
  expect(held.editor.submission().map(({ value }) => value)).toEqual([second]);
  expect(picks()[1]?.getAttribute("aria-checked")).toBe("true");

  await act(async () => picks()[2]?.click());
  expect(page.querySelector(".other")?.childElementCount).toBeGreaterThan(0);
  await act(async () => deciding.leaveOther());
  expect(page.querySelector(".other")).toBeNull();
});
