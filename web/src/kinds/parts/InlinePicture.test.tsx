/** Pictures among texts: their place is kept, they are fetched once they are near, and they open by a button with their name. */
import { act } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { Content } from "../../api/contract";
import { loadLanguage } from "../../i18n";
import { InlinePicture } from "./InlinePicture";

const URL_ = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
const STORED: Content = { blob: "1", url: URL_, media: { width: 640, height: 480 } };
let place: HTMLElement;
let root: ReturnType<typeof createRoot>;
let come: (isThere: boolean) => void;

beforeAll(() => loadLanguage("en"));
beforeEach(() => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      constructor(told: (entries: { isIntersecting: boolean }[]) => void) {
        come = (isIntersecting) => told([{ isIntersecting }]);
      }
      observe(): void {}
      disconnect(): void {}
    },
  );
  place = document.createElement("div");
  root = createRoot(place);
});
afterEach(async () => {
  await act(async () => root.unmount());
  vi.unstubAllGlobals();
});

const show = (file: Content) => act(async () => root.render(<InlinePicture file={file} alt="A street with a café" />));

test("its place is kept in its own sides before it is there, under its name", async () => {
  await show(STORED);

  const box = place.querySelector<HTMLElement>(".inline-picture");
  expect([box?.style.getPropertyValue("--w"), box?.style.getPropertyValue("--h")]).toEqual(["640", "480"]);
  expect(place.querySelector("button")?.getAttribute("aria-label")).toBe("Enlarge: A street with a café");
});

test("it is fetched when it comes near the screen, and not before", async () => {
  await show(STORED);
  await act(async () => come(false));
  expect(place.querySelector("img")).toBeNull();

  await act(async () => come(true));

  const image = place.querySelector("img");
  expect([image?.getAttribute("src"), image?.alt]).toEqual([URL_, "A street with a café"]);
  expect(place.querySelector("button")?.disabled).toBe(false);
});

test("a picture that is not stored yet is named, and nobody is asked for it", async () => {
  await show({ name: "street.png" });

  const absent = place.querySelector("[role=img]");
  expect(absent?.getAttribute("aria-label")).toBe("Picture, not shown: A street with a café");
  expect(place.querySelector("img, button")).toBeNull();
});
