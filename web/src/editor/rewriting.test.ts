/** The digest of a text, how much of it was changed, and where, as the server and a person would say. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { baseOf, changesBetween, effortOf } from "./rewriting";
import { wholeTextAt } from "./texts";

test.each(["", "The train.", "Größe 💩 é e\u0301", "济南\r\n".repeat(5000)])("the digest of %j is SHA-256", (text) => {
  expect(baseOf(text)).toBe(`sha256:${createHash("sha256").update(text, "utf8").digest("hex")}`);
});

test.each([
  ["a b c d", "a b c d", 0],
  ["a b c d", "a x c d", 1 / 4],
  ["a b c d", "a b c d e", 1 / 5],
  ["a b c d", "b c d", 1 / 4],
  ["a b c d", "b a d c", 3 / 4],
  ["a b", "c d", 1],
  ["", "a", 1],
  ["a  b", "a b", 0],
])("of %j made %j: the share of words changed", (before, after, share) => {
  expect(effortOf(before, after)).toBeCloseTo(share, 12);
  expect(effortOf(after, before)).toBeCloseTo(share, 12);
});

test("what is kept and gone is the old text, what is kept and new the new one", () => {
  const [before, after] = ["The train leaves at half past seven.", "The train leaves at half past six, daily."];
  const changes = changesBetween(before, after, "en");

  const without = (is: string): string =>
    changes
      .filter((each) => each.is !== is)
      .map(({ text }) => text)
      .join("");
  expect([without("new"), without("gone")]).toEqual([before, after]);
  expect(changes.filter(({ is }) => is === "gone").map(({ text }) => text.trim())).toEqual(["seven"]);
});

test("words are told apart where a language writes no spaces", () => {
  expect(changesBetween("今天下雨。", "今天晴天。", "zh").filter(({ is }) => is === "kept").length).toBeGreaterThan(0);
});

test("a reply says its text blocks, not what it thought, called or got back", () => {
  const text = (said: string) => ({ type: "text", text: said });
  const messages = [
    { id: "m1", role: "assistant", content: [{ type: "reasoning", text: "Think." }, text("I look.")] },
    { id: "m2", role: "tool", content: [{ type: "tool_result", call: "c1", content: [text("20")] }] },
    { id: "m3", role: "assistant", content: [text("Dry.")] },
  ];
  const asked = { id: "m0", role: "user", content: "Rain?" };
  const turn = { id: "t1", messages: [asked], responses: [{ id: "r1", messages }] };
  const chat = { threads: [{ id: "h1", turns: [turn] }] };
  const item = { inputs: { chat, note: { text: "A note." } } } as never;

  expect(wholeTextAt(item, "chat/r1")).toBe("I look.\n\nDry.");
  expect(wholeTextAt(item, "chat/m3")).toBe("Dry.");
  expect(wholeTextAt(item, "chat/m1/1")).toBe("I look.");
  expect(wholeTextAt(item, "chat/m2")).toBeNull();
  expect(wholeTextAt(item, "chat/t1")).toBe("Rain?\n\nI look.\n\nDry.");
  expect(wholeTextAt(item, "note")).toBe("A note.");
});
