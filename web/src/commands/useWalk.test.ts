/** Walking by keys that come faster than the list is drawn. */
import { act, createElement } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { dispatch } from "./scopes";
import { useWalk, type Walk } from "./useWalk";

let root: ReturnType<typeof createRoot>;
let walk: Walk;

function Rows({ ids }: { ids: string[] }) {
  walk = useWalk({ ids });
  return ids.map((id) => createElement("button", { key: id, type: "button", "data-walk": id }, id));
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["requestAnimationFrame", "cancelAnimationFrame"] });
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  vi.stubGlobal("CSS", { escape: (text: string) => text }); // jsdom has none
  const place = document.body.appendChild(document.createElement("div"));
  root = createRoot(place);
  await act(async () => root.render(createElement(Rows, { ids: ["a", "b"] })));
});
afterEach(async () => {
  await act(async () => root.unmount());
  document.body.innerHTML = "";
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const press = (key: string): Promise<void> =>
  act(async () => dispatch(new KeyboardEvent("keydown", { key, bubbles: true })));

test("the focus stays where the cursor went last, whatever frame the step before has come to", async () => {
  await press("j");
  vi.advanceTimersToNextFrame();
  await press("j");
  vi.advanceTimersToNextFrame();

  expect(walk.at).toBe("b");
  expect(document.activeElement?.textContent).toBe("b");
});
