/** Guidelines and help read formulas as inputs do; what draws them is fetched with the first one. */
import { act } from "react";
import { createRoot } from "react-dom/client";
import { beforeAll, expect, test, vi } from "vitest";
import { drawNow } from "./formulas";
import { Markdown, renderer } from "./Markdown";

beforeAll(async () => {
  (globalThis as Record<string, unknown>).IS_REACT_ACT_ENVIRONMENT = true;
  await renderer();
});

async function drawn(source: string): Promise<HTMLElement> {
  const box = document.createElement("div");
  await act(async () => createRoot(box).render(<Markdown source={source} />));
  return box;
}

test("prices are text, and formulas are drawn by what is fetched with the first of them", async () => {
  const prices = await drawn("It costs **$5** and not $10.");

  expect(prices.innerHTML).toBe('<div class="read"><p>It costs <strong>$5</strong> and not $10.</p>\n</div>');
  expect(drawNow()).toBeNull();

  const guide = await drawn("Count $x^2 < 5$ twice:\n\n$$\n\\frac{a}{b}\n$$\n\nand \\(c\\).");

  await vi.waitFor(() => expect(guide.querySelectorAll(".katex-html")).toHaveLength(3), { timeout: 20_000 });
  const formulas = [...guide.querySelectorAll(".formula")];
  expect(formulas.map((each) => each.querySelector("annotation")?.textContent.trim())).toEqual([
    "x^2 < 5",
    "\\frac{a}{b}",
    "c",
  ]);
  expect(formulas.map((each) => each.classList.contains("display"))).toEqual([false, true, false]);
});

test("what stands in a formula is never an element of the page", async () => {
  const render = await renderer();

  const page = document.createElement("div");
  page.innerHTML = render("a $<img src=x onerror=alert(1)>\"' x=$ b");

  const [formula] = page.querySelectorAll<HTMLElement>(".formula");
  expect(formula?.dataset.tex).toBe("<img src=x onerror=alert(1)>\"' x=");
  expect(page.querySelectorAll("*")).toHaveLength(2);
});

const ID = "0e5b3400-6d2e-7c51-9f0a-6f1f5a0c2b11";

test("a picture of ours is shown at its address with its words, and those named elsewhere are not", async () => {
  const box = document.createElement("div");
  const source = `![A "sharp" <b>dog</b>](picture:${ID})\n\n![x](https://a.example/x.png) ![y](/api/v1/session) ![z](picture:../../x) <img src="/a">`;
  await act(async () => createRoot(box).render(<Markdown source={source} pictureAt={(id) => `/pictures/${id}`} />));

  const images = [...box.querySelectorAll("img")];
  expect(images.map((each) => [each.getAttribute("src"), each.alt])).toEqual([
    [`/pictures/${ID}`, 'A "sharp" <b>dog</b>'],
  ]);
  expect(box.querySelectorAll("b")).toHaveLength(0);
});

test("where nobody says where pictures lie, the words that describe them stand in their place", async () => {
  const box = await drawn(`![A dog](picture:${ID})`);

  expect([box.querySelectorAll("img").length, box.textContent?.trim()]).toEqual([0, "A dog"]);
});
