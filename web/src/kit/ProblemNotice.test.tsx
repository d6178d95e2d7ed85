/** What the server refused is told once: the remedy first, then the cause, then the places where there are several. */
import { act } from "react";
import { createRoot } from "react-dom/client";
import { beforeAll, expect, test } from "vitest";
import { Problem } from "../api/problem";
import { ProblemNotice } from "./ProblemNotice";

beforeAll(() => {
  (globalThis as Record<string, unknown>).IS_REACT_ACT_ENVIRONMENT = true;
});

async function told(problems: Record<string, string>[]): Promise<string[]> {
  const detail = problems.map(({ pointer, message, remedy }) => `${pointer || "/"}: ${message} ${remedy}`).join("; ");
  const hint = "Mend the places named in problems and send it again; nothing was stored.";
  const problem = new Problem({ detail, code: "malformed", hint, problems }, 422);
  const box = document.createElement("div");
  await act(async () => createRoot(box).render(<ProblemNotice problem={problem} />));
  return [...box.querySelectorAll(".b, .t2, .small:not(.t3)")].map((each) => each.textContent?.trim() ?? "");
}

test("one problem about all that was sent is a remedy and a cause", async () => {
  const lines = await told([
    { pointer: "", code: "no_rows", message: "This file is empty.", remedy: "Send one with rows or pictures." },
  ]);

  expect(lines).toEqual(["Send one with rows or pictures.", "This file is empty."]);
});

test("problems at places are listed with them, and none is told twice", async () => {
  const lines = await told([
    { pointer: "/name", code: "missing", message: "A name is missing.", remedy: "Give it one." },
    { pointer: "/questions/0", code: "kind", message: "There is no such kind.", remedy: "Choose one of the list." },
  ]);

  expect(lines).toEqual([
    "Mend the places named in problems and send it again; nothing was stored.",
    "/name A name is missing. Give it one.",
    "/questions/0 There is no such kind. Choose one of the list.",
  ]);
});
