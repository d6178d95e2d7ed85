/** Suggestions on the screen: told of once somebody can see them, and never an answer by themselves. */
import { Activity, act } from "react";
import { createRoot } from "react-dom/client";
import { beforeAll, expect, test } from "vitest";
import { Editor } from "../../editor/store";
import { loadLanguage } from "../../i18n";
import { loadKinds } from "../../kinds/registry";
import { ontology } from "./fake-server";
import { Suggested, whose } from "./Suggested";

beforeAll(async () => {
  (globalThis as Record<string, unknown>).IS_REACT_ACT_ENVIRONMENT = true;
  await loadLanguage("en");
});

const item = { inputs: { letter: { text: "The bill is wrong." } } };
const suggestions = [
  { id: "sg1", model: "first-guess", answers: [{ question: "tone", value: "harsh" }] },
  { id: "sg2", model: "first-guess", answers: [{ question: "tone", value: "gone" }] },
];

async function drawn() {
  const kinds = await loadKinds({ questions: ["choice"], inputs: [] });
  const editor = new Editor(ontology, item, [], Date.now, suggestions);
  const [asked] = editor.asked();
  if (!asked) throw new Error("nothing is asked");
  const seen: string[] = [];
  const onSeen = (id: string): void => void seen.push(id);
  const box = document.createElement("div");
  const root = createRoot(box);
  const show = (mode: "visible" | "hidden") =>
    act(() => {
      const state = editor.snapshot();
      const view = {
        editor,
        state,
        kinds,
        language: "en",
        seed: "s",
        active: asked,
        onPicked: () => undefined,
        onSeen,
      };
      root.render(
        <Activity mode={mode}>
          <Suggested asked={asked} view={view} isActive />
        </Activity>,
      );
    });
  return { editor, seen, box, show };
}

test("a task that is only made ready has shown nothing; what does not fit is never shown", async () => {
  const { seen, show, box } = await drawn();

  await show("hidden");
  expect(seen).toEqual([]);

  await show("visible");
  expect(seen).toEqual(["sg1"]);
  expect(box.querySelectorAll("[role=group]")).toHaveLength(1);
});

test("a click accepts, and another takes the answer away", async () => {
  const { editor, show, box } = await drawn();
  await show("visible");
  expect(editor.submission()).toEqual([]);
  const press = async () => {
    await act(() => box.querySelector("button")?.click());
    await show("visible");
  };

  await press();
  expect(editor.submission()).toEqual([{ question: "tone", target: "", value: "harsh", suggestion: "sg1" }]);
  expect(box.querySelector("button")?.getAttribute("aria-pressed")).toBe("true");

  await press();
  expect(editor.submission()).toEqual([]);
});

test.each([
  [["a"], "The model a suggests"],
  [["a", "b"], "The models a and b suggest"],
  [["a", "a"], "The model a suggests"],
  [[undefined], "A model suggests"],
  [["a", undefined], "2 models suggest"],
])("models are named where all have names: %j", (models, words) => {
  const from = models.map((model, index) => ({ id: `sg${index}`, answers: [], ...(model ? { model } : {}) }));

  expect(whose(from)).toBe(words);
});
