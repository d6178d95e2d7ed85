/** Files are fetched once, ahead where they can be, and kept no longer than they are shown. */
import { act, createElement } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { prefetch, useMedia } from "./media";

const fetched = vi.fn();
const revoked = vi.fn();
let root: ReturnType<typeof createRoot>;
let shown: ReturnType<typeof useMedia>;
/** What each drawing had to show. */
const drawn: (string | null)[] = [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  fetched.mockReset().mockImplementation(async () => new Response("x"));
  revoked.mockReset();
  vi.stubGlobal("fetch", fetched);
  let made = 0;
  URL.createObjectURL = () => `blob:${++made}`;
  URL.revokeObjectURL = revoked;
  root = createRoot(document.createElement("div"));
});
afterEach(async () => {
  await act(async () => root.unmount());
  await act(async () => vi.runAllTimers());
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function Shown({ address }: { address: string | undefined }) {
  shown = useMedia(address);
  drawn.push(shown.src);
  return null;
}
/** Lets what was asked for arrive. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((done) => setImmediate(done));
};
const show = (address: string | undefined) =>
  act(async () => {
    root.render(createElement(Shown, { address }));
    await settle();
  });

test("a file that was fetched ahead is shown without another request", async () => {
  prefetch("/api/v1/one");

  await show("/api/v1/one");

  expect(shown.src).toMatch(/^blob:/);
  expect(fetched).toHaveBeenCalledTimes(1);
  expect(fetched.mock.calls[0]?.[0]).toBe("/api/v1/one");
});

test("what was fetched ahead is there with the first drawing", async () => {
  prefetch("/api/v1/ready");
  await settle();
  drawn.length = 0;

  await show("/api/v1/ready");

  expect(drawn[0]).toMatch(/^blob:/);
});

test("a view that is built anew at once does not fetch again; one that comes later does", async () => {
  await show("/api/v1/two");
  await show(undefined);
  await show("/api/v1/two");
  expect(fetched).toHaveBeenCalledTimes(1);

  await show(undefined);
  await act(async () => {
    vi.advanceTimersByTime(2000);
    await settle();
  });
  expect(revoked).toHaveBeenCalledTimes(1);
  await show("/api/v1/two");
  expect(fetched).toHaveBeenCalledTimes(2);
});

test("a file that cannot be had says why, and is asked for again on demand", async () => {
  const refused = new Response(JSON.stringify({ code: "lease-expired", detail: "The hold ended." }), { status: 409 });
  fetched.mockImplementationOnce(async () => refused);
  await show("/api/v1/three");
  expect(shown).toMatchObject({ src: null, problem: { code: "lease-expired" } });

  await act(async () => {
    shown.retry();
    await settle();
  });

  expect(shown.src).toMatch(/^blob:/);
});

test("a file of this device is used as it is, and never taken from its owner", async () => {
  await show("blob:mine");
  expect(shown.src).toBe("blob:mine");

  await show(undefined);
  await act(async () => vi.advanceTimersByTime(2000));
  expect(fetched).not.toHaveBeenCalled();
  expect(revoked).not.toHaveBeenCalled();
});

test("only so many files are held ahead", async () => {
  for (let index = 0; index < 9; index += 1) prefetch(`/api/v1/ahead/${index}`);
  await settle();

  expect(revoked).toHaveBeenCalledTimes(3);
});
