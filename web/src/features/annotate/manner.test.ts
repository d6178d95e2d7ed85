import { expect, test } from "vitest";
import { MannerCount, putBy } from "./manner";

test("pastes, characters and edits are counted, and go on where an earlier look left off", () => {
  const first = new MannerCount();
  first.paste(300);
  first.type(12);

  const later = new MannerCount(first.told(0, 3));
  later.type(1);

  expect(later.told(0, 2)).toEqual({ pastes: 1, pasted: 300, typed: 13, departures: 0, away_ms: 0, edits: 5 });
});

test("a window that loses its focus and is then hidden was left once, until it is in front again", () => {
  const count = new MannerCount();

  count.leave(1_000);
  count.leave(1_010);
  count.comeBack(46_000);
  count.comeBack(50_000);

  expect(count.told(60_000, 0)).toMatchObject({ departures: 1, away_ms: 45_000 });
});

test("what is sent while the window is away counts the time until then", () => {
  const count = new MannerCount();
  count.leave(1_000);

  expect(count.told(4_000, 0)).toMatchObject({ departures: 1, away_ms: 3_000 });
});

test("no count is greater than the server believes", () => {
  const count = new MannerCount();
  count.leave(0);

  expect(count.told(10 ** 12, 10 ** 9)).toMatchObject({ away_ms: 604_800_000, edits: 1_000_000 });
});

/** A field inside or outside a question, as a browser's events name it. */
function field(isAnswer: boolean): HTMLElement {
  const around = document.createElement("div");
  if (isAnswer) around.dataset.asked = "reply";
  return around.appendChild(document.createElement("textarea"));
}

function heard(at: HTMLElement, event: Event): ReturnType<typeof putBy> {
  let put: ReturnType<typeof putBy> = null;
  at.addEventListener(event.type, (each) => {
    put = putBy(each);
  });
  at.dispatchEvent(event);
  return put;
}

test("typing counts by the character, and a composed word once, when it is done", () => {
  expect(heard(field(true), new InputEvent("input", { inputType: "insertText", data: "é" }))).toEqual({
    kind: "typed",
    characters: 1,
  });
  expect(heard(field(true), new InputEvent("input", { inputType: "insertCompositionText", data: "に" }))).toBeNull();
  expect(heard(field(true), new CompositionEvent("compositionend", { data: "日本" }))).toEqual({
    kind: "typed",
    characters: 2,
  });
});

test("of a paste only its length is read, and what is pasted is not counted as typed as well", () => {
  const paste = new Event("paste");
  Object.defineProperty(paste, "clipboardData", { value: { getData: () => "twelve chars" } });

  expect(heard(field(true), paste)).toEqual({ kind: "pasted", characters: 12 });
  expect(
    heard(field(true), new InputEvent("input", { inputType: "insertFromPaste", data: "twelve chars" })),
  ).toBeNull();
});

test("what is written elsewhere, in a note or a comment, is not counted", () => {
  expect(heard(field(false), new InputEvent("input", { inputType: "insertText", data: "a" }))).toBeNull();
});
