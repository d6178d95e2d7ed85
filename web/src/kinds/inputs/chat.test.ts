/** What a conversation shows beside its words. */
import { expect, test } from "vitest";
import type { Content } from "../../api/contract";
import kind from "./chat";

const picture = (name: string) => ({ type: "image", name, url: `/${name}` });

test("its pictures are found in the order of reading, those that tools gave back among them", () => {
  const call = { type: "tool_call", id: "c1", name: "look", arguments: picture("arguments") };
  const result = { type: "tool_result", call: "c1", content: [picture("third")] };
  const turn = {
    id: "t1",
    messages: [{ id: "m1", role: "user", content: [picture("first"), { type: "text", text: "?" }, picture("second")] }],
    responses: [
      { id: "r1", messages: [{ id: "m2", role: "assistant", content: [call, result] }] },
      { id: "r2", messages: [{ id: "m3", role: "assistant", content: [picture("fourth")] }] },
    ],
  };
  const content = { threads: [{ id: "th1", turns: [turn] }] } as unknown as Content;

  expect(kind.filesOf?.(content).map(({ name }) => name)).toEqual(["first", "second", "third", "fourth"]);
});
