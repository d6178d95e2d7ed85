/**
 * Renders the README's picture of the workspace, at work on a real text:
 * `node web/e2e/picture.mjs URL EMAIL PASSWORD FILE` against a fresh `evenhand demo`, signed in as its annotator.
 */
import { chromium } from "playwright-core";

const PROJECT = "The economy, read like financial news";
/** What is marked in the first passage, and the key of its label: real words of a real address. */
const MARKS = [
  ["3", "International Trade Organization"],
  ["8", "United States"],
];
const ANSWERS = ["Positive", "Regulation", "Economy and rates"];

const [url, email, password, file] = process.argv.slice(2);
if (!file) {
  console.error("Usage: node web/e2e/picture.mjs URL EMAIL PASSWORD FILE");
  process.exit(2);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: "light" });
  await page.goto(url);
  await page.locator("input[type=email]").fill(email);
  await page.locator("input[type=password]").fill(password);
  await page.keyboard.press("Enter");
  await page.locator("li, tr, article, .row", { hasText: PROJECT }).getByRole("link").first().click();
  await page.getByRole("button", { name: /I have read them/ }).click();
  for (const answer of ANSWERS) await page.getByText(answer, { exact: true }).click();
  for (const [key, words] of MARKS) await mark(page, key, words);
  await page.keyboard.press("[");
  await page.getByText("Draft saved").waitFor();
  await page.locator("aside").evaluateAll((panels) => {
    for (const panel of panels) panel.scrollTo(0, 0);
  });
  await page.screenshot({ path: file });
} finally {
  await browser.close();
}

/** Drags over the words and names what is then selected. */
async function mark(page, key, words) {
  await page.getByText(words).first().waitFor();
  const [from, to] = await page.evaluate((wanted) => {
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const at = node.data.indexOf(wanted);
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + wanted.length);
      const rects = [...range.getClientRects()];
      const [first, last] = [rects[0], rects.at(-1)];
      return [
        { x: first.left + 2, y: first.top + first.height / 2 },
        { x: last.right - 2, y: last.top + last.height / 2 },
      ];
    }
    throw new Error(`${wanted} is not on the stage`);
  }, words);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 5 });
  await page.mouse.up();
  await page
    .getByRole("listitem")
    .or(page.getByRole("row"))
    .or(page.getByRole("button"))
    .filter({ hasText: words })
    .first()
    .waitFor();
  await page.keyboard.press(key);
}
