/** What a first visit costs: at most 250 kB on the wire, before any kind's own code. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { somebody, stranger } from "./managers";
import { openBrowser } from "./world";

const BYTES_MAX = 250_000;

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** Bytes that the page and everything it asked for took, compressed as they came. */
const weight = (): number => {
  const [page] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  const parts = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
  return parts.reduce((sum, part) => sum + part.encodedBodySize, page?.encodedBodySize ?? 0);
};

test("the page to sign in on is light", async () => {
  const page = await stranger(browser);
  await page.goto("/");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.waitForLoadState("networkidle");

  expect(await page.evaluate(weight)).toBeLessThan(BYTES_MAX);
});

test("so is the first page behind it, on an empty cache", async () => {
  const page = await somebody(browser, "manager");
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.clearBrowserCache");
  await page.goto("/");
  await page.getByRole("heading", { level: 1, name: "My work" }).waitFor();
  await page.waitForLoadState("networkidle");

  expect(await page.evaluate(weight)).toBeLessThan(BYTES_MAX);
});
