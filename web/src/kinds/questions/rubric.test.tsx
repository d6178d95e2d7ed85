/** A rubric in the builder: criteria, levels and anchors are written, and a document of elsewhere is taken in its place. */
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeAll, expect, test } from "vitest";
import type { Rubric } from "../../editor/rubrics";
import { loadLanguage } from "../../i18n";
import { CriteriaForm, readDocument } from "../parts/CriteriaForm";

let box: HTMLDivElement;
let root: Root | undefined;
let rubric: Rubric;

beforeAll(async () => {
  (globalThis as Record<string, unknown>).IS_REACT_ACT_ENVIRONMENT = true;
  await loadLanguage("en");
});
afterEach(() => act(() => root?.unmount()));

const LEVELS = [0, 1].map((level) => ({ level, score: level }));

async function show(given: Rubric): Promise<void> {
  rubric = given;
  box = document.createElement("div");
  root = createRoot(box);
  await draw();
}

const draw = (): Promise<void> =>
  act(async () =>
    root?.render(
      <CriteriaForm
        rubric={rubric}
        onChange={(after) => {
          rubric = after;
        }}
      />,
    ),
  );

async function press(word: string | RegExp): Promise<void> {
  const isMeant = (each: HTMLElement): boolean => (each.ariaLabel ?? each.textContent ?? "").match(word) !== null;
  const button = [...box.querySelectorAll("button")].find(isMeant);
  await act(async () => button?.click());
  await draw();
}

async function type(selector: string, text: string): Promise<void> {
  const field = box.querySelector<HTMLInputElement>(selector);
  if (!field) throw new Error(`there is no ${selector}`);
  const set = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value")?.set;
  await act(async () => {
    set?.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await draw();
}

test("a criterion has an id that none had, and its levels are worth equal steps until somebody says otherwise", async () => {
  await show({ id: "r", criteria: [{ id: "c4", text: "Is right.", levels: LEVELS }] });

  await press("Add a criterion");
  await press(/^Add a level$/);
  await type('[aria-label="Anchor of level 2"]', "Wholly.");
  await type('[aria-label="Worth of level 1"]', "0.75");

  expect(rubric.criteria.map(({ id }) => id)).toEqual(["c4", "c5"]);
  expect(rubric.criteria[0]?.levels).toEqual([
    { level: 0, score: 0 },
    { level: 1, score: 0.75 },
    { level: 2, score: 1, anchor: "Wholly." },
  ]);
});

test("the last criterion and the last two levels stay", async () => {
  await show({ id: "r", criteria: [{ id: "c1", text: "Is right.", levels: LEVELS }] });

  await press("Remove 1");
  await press("Remove level 0");

  expect(rubric.criteria).toEqual([{ id: "c1", text: "Is right.", levels: LEVELS }]);
});

test("a document is taken in place of the one that stands, and what is none is said to be none", async () => {
  await show({ id: "r", criteria: [{ id: "c1", text: "Is right.", levels: LEVELS }] });
  const other = { id: "other", version: "2.0.0", criteria: [{ id: "a", text: "A.", levels: LEVELS }] };

  await type("details textarea", "{");
  expect(box.textContent).toContain("This is no rubric");
  await type("details textarea", JSON.stringify(other));
  await press("Take this document");

  expect(rubric).toEqual(other);
  expect(readDocument('{"criteria": [null]}')).toBeNull();
});
