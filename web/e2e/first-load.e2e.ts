/** What a first visit costs: at most 250 kB on the wire, before any kind's own code and the person's own data. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { somebody, stranger } from "./managers";
import { openBrowser } from "./world";

const BYTES_MAX = 250_000;

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** The page and everything it asked for but data, with the bytes that each took, compressed as they came. */
const parts = (): [string, number][] => {
  const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return (entries as PerformanceResourceTiming[])
    .filter(({ name }) => !new URL(name).pathname.startsWith("/api/"))
    .map(({ name, encodedBodySize }) => [name, encodedBodySize]);
};

async function weigh(page: Page): Promise<void> {
  const found = await page.evaluate(parts);
  const heaviest = found.sort(([, one], [, other]) => other - one).map(([name, bytes]) => `${bytes} ${name}`);
  const sum = found.reduce((all, [, bytes]) => all + bytes, 0);
  expect(sum, heaviest.slice(0, 20).join("\n")).toBeLessThan(BYTES_MAX);
}

test("the page to sign in on is light", async () => {
  const page = await stranger(browser);
  await page.goto("/");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.waitForLoadState("networkidle");

  await weigh(page);
});

test("so is the first page behind it, on an empty cache", async () => {
  const page = await somebody(browser, "manager");
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.clearBrowserCache");
  await page.goto("/");
  await page.getByRole("heading", { level: 1, name: "My work" }).waitFor();
  await page.waitForLoadState("networkidle");

  await weigh(page);
});
