/** A formula is drawn, never trusted: it opens no address, and what it says wrongly stands there to be read. */
import { expect, test } from "vitest";
import { loadDraw } from "./formulas";

async function drawn(tex: string): Promise<HTMLElement> {
  const place = document.createElement("span");
  (await loadDraw())(place, tex, false);
  return place;
}

test("a formula brings in no link and no picture", async () => {
  const link = await drawn("\\href{http://example.org}{b}");
  const picture = await drawn("\\includegraphics{http://example.org/c.png}");

  expect(link.querySelector("a, [href]")).toBeNull();
  expect(picture.querySelector("img, [src]")).toBeNull();
});

test("what is no formula stands there as it was written", async () => {
  const broken = await drawn("\\frac{a");

  expect(broken.querySelector(".katex-error")?.textContent).toBe("\\frac{a");
});

test("drawn once more it is the same", async () => {
  const place = await drawn("x^2");
  const once = place.innerHTML;

  (await loadDraw())(place, "x^2", false);

  expect(place.innerHTML).toBe(once);
});
