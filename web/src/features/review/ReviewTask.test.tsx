/** Answers of every kind are read beside the material; several are walked, and what is fixed is open in its editor. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { EarlierVerdict } from "../../api/contract";
import { Editor } from "../../editor/store";
import { loadLanguage } from "../../i18n";
import { loadKinds, questionNames } from "../../kinds/registry";
import { completeBrowser } from "../annotate/fake-browser";
import { CASES, judged } from "../annotate/fake-judged";
import type { Held } from "../annotate/sitting";
import { judgingOf } from "./judging";
import { ReviewTask } from "./ReviewTask";

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

async function opened(kind: string, verdicts: EarlierVerdict[] = []): Promise<Held> {
  const { ontology, item, assignment } = judged(kind);
  const kinds = await loadKinds({ questions: [kind], inputs: ontology.inputs.map((each) => each.kind) });
  const editor = new Editor(ontology, item);
  const held = {
    assignment: { ...assignment, verdicts },
    editor,
    kinds,
    problem: null,
    seen: new Set(),
  } as unknown as Held;
  await act(async () =>
    root.render(
      <QueryClientProvider client={new QueryClient()}>
        <ReviewTask held={held} aside={null} isPressed={false} isLowered={false} onLower={vi.fn()} onPicked={vi.fn()} />
      </QueryClientProvider>,
    ),
  );
  return held;
}

const read = (): string => page.querySelector(".read-value")?.textContent ?? "";

test.each(questionNames)("%s: each answer is read in its turn, and what the other says is told", async (kind) => {
  const held = await opened(kind);
  const [first, second] = (CASES[kind] as (typeof CASES)[string]).read;

  expect(read()).toContain(first);
  expect(page.querySelector(".others")?.textContent).toContain(second);
  await act(async () => judgingOf(held).walk(1));
  expect(read()).toContain(second);
  expect(page.querySelector(".others")?.textContent).toContain(first);
});

test.each(questionNames)("%s: fixing opens the answer in its own editor", async (kind) => {
  const held = await opened(kind);

  await act(async () => judgingOf(held).beginFix());

  expect(held.editor.submission()).toEqual(held.assignment.answers?.[0]?.answers);
  expect(page.querySelector('[data-question="asked"] [data-asked]')?.childElementCount).toBeGreaterThan(0);
  await act(async () => judgingOf(held).leaveFix());
  expect(read()).toContain((CASES[kind] as (typeof CASES)[string]).read[0]);
});

test("an answer that comes back shows why it was sent back, and what was changed since", async () => {
  const before = { question: "asked", target: "", value: "b" };
  const back = {
    annotation_id: "a0",
    label: "Answer 1",
    stage: "review" as const,
    round: 1,
    verdict: "send-back" as const,
    reason: "guideline-misread" as const,
    note: "See 2.3.",
    at: "2026-03-01T09:00:00Z",
    answers: [before],
  };

  await opened("choice", [back, { ...back, label: "Answer 2", note: "Of the other." }]);

  expect(page.querySelector(".round")?.textContent).toContain("Guideline misread");
  expect(page.querySelector(".round")?.textContent).toContain("See 2.3.");
  expect(page.textContent).not.toContain("Of the other.");
  expect(page.querySelector(".was del")?.textContent).toBe("Birch");
});
