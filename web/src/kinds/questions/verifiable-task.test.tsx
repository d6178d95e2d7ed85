/** A verifiable task is written in fields, and what it lacks is said one thing at a time. */
import { act } from "react";
import { createRoot } from "react-dom/client";
import { beforeAll, expect, test } from "vitest";
import type { Json, OntologyBody } from "../../api/contract";
import { Editor } from "../../editor/store";
import { loadLanguage } from "../../i18n";
import kind, { argumentsOf, emptyTask, freeId, missing, type Task } from "./verifiable-task";

beforeAll(async () => {
  (globalThis as Record<string, unknown>).IS_REACT_ACT_ENVIRONMENT = true;
  await loadLanguage("en");
});

const whole: Task = {
  ...emptyTask(),
  id: "double",
  statement: [{ type: "text", text: "Double it." }],
  files: [
    { path: "a.py", role: "solution", text: "x = 2" },
    { path: "check.py", role: "checker", text: "" },
  ],
  checker: { command: ["python", "check.py"] },
  mutations: [{ id: "x1", kind: "wrong_solution", reward: 0, files: [{ path: "a.py", text: "x = 3" }] }],
};
const lacks = (change: Partial<Task>, settings = {}) => missing(settings, { ...whole, ...change } as unknown as Json);

test("what is missing is said one thing at a time, from the top", () => {
  expect(lacks({})).toBeNull();
  expect(lacks({ id: "two words" })).toContain("Name the task");
  expect(lacks({ statement: [{ type: "text", text: " " }] })).toContain("what is to be done");
  expect(lacks({ files: [...whole.files, { path: "", role: "start", text: "" }] })).toContain("every file a path");
  expect(lacks({ files: whole.files.slice(1) })).toContain("your solution");
  expect(lacks({ checker: { command: [] } })).toContain("which command");
  expect(lacks({ mutations: [{ id: "x1", kind: "exploit", reward: 0, files: [{ path: "", text: "" }] }] })).toContain(
    "which file",
  );
  expect(lacks({ mutations: [] })).toBe("Add a wrong solution");
  expect(lacks({}, { exploits: 2 })).toBe("Add 2 ways to cheat the checker");
});

test("a command is what stands on its lines, and quotes are no shell's", () => {
  expect(argumentsOf('python\n-c\nprint("a b")\n\n')).toEqual(["python", "-c", 'print("a b")']);
});

test("a new piece of work takes a name that is free", () => {
  expect(freeId([])).toBe("x1");
  expect(freeId([{ id: "x1" }, { id: "x3" }] as never)).toBe("x2");
});

test("values of another form are no tasks", () => {
  const fits = (value: unknown) => kind.fits({} as never, {} as never, value as Json);

  expect(fits(whole)).toBe(true);
  for (const other of [null, 7, "x", [], {}, { format: "open-task/0.1" }, { ...whole, files: null }])
    expect(fits(other)).toBe(false);
});

/** Types into a field as React sees it. */
async function type(field: HTMLInputElement | HTMLTextAreaElement, text: string): Promise<void> {
  const setter = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value")?.set;
  await act(async () => {
    setter?.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

test("fields write one document, and Undo takes back what was typed last", async () => {
  const ontology = {
    inputs: [{ name: "topic", kind: "text" }],
    questions: [{ name: "task", kind: "verifiable_task" }],
  } as unknown as OntologyBody;
  const editor = new Editor(ontology, { inputs: { topic: { text: "A topic." } } });
  const [asked] = editor.asked();
  if (!asked) throw new Error("nothing is asked");
  const box = document.createElement("div");
  const root = createRoot(box);
  const draw = () =>
    act(async () =>
      root.render(
        <kind.Editor
          {...{ asked, editor, state: editor.snapshot(), language: "en", seed: "s", onPicked: () => undefined }}
          isActive
        />,
      ),
    );
  const field = (label: string) => {
    const found =
      box.querySelector<HTMLInputElement>(`[aria-label="${label}"]`) ??
      [...box.querySelectorAll("label")].find((each) => each.textContent === label)?.nextElementSibling;
    if (!found) throw new Error(`there is no ${label}`);
    return found as HTMLInputElement;
  };
  const value = () => editor.snapshot().answers.get(asked.key)?.value as unknown as Task | undefined;
  await draw();
  expect(value()).toBeUndefined();

  await type(field("Name of the task"), "double");
  await draw();
  await type(field("Path of file 2"), "a.py");
  await draw();
  await type(field("Command that checks, one argument a line"), "python\ncheck.py\n");
  await draw();

  expect(value()).toMatchObject({
    format: "open-task/0.1",
    id: "double",
    files: [{ path: "" }, { path: "a.py", role: "solution" }, { path: "" }],
    checker: { command: ["python", "check.py"] },
  });
  expect(field("Command that checks, one argument a line").value).toBe("python\ncheck.py\n");

  editor.undo();
  await draw();

  expect(field("Command that checks, one argument a line").value).toBe(value()?.checker.command.join("\n") ?? "");
});
