/** Relations between passages: by keys and by clicks in the text, stored as the server checks them, shown in the data table. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seen } from "./axe";
import { somebody } from "./managers";
import { annotator, api, material, openBrowser, press, sitDown, stored, values } from "./world";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

async function submit(page: Page): Promise<void> {
  const arrives = page.waitForResponse((answer) => answer.url().endsWith("/annotations"));
  await press(page, "Control+Enter");
  const answer = await arrives;
  if (!answer.ok()) throw new Error(await answer.text());
}

test("what passages are to each other is said by keys and by clicks, and stored", async () => {
  const { id } = await api<{ id: string }>("POST", "/projects", {
    name: "Who works where",
    preset: { preset: "relation-extraction" },
  });
  await api("POST", `/projects/${id}/tasks`, [{ inputs: { text: "Ada works for Acme. Acme owns Initech." } }]);
  const { page } = await annotator(browser, { width: 1280, height: 720 });
  page.setDefaultTimeout(15_000);
  await sitDown(page, id);
  const links = page.locator("[data-question=links]");

  // Before two things are marked there is nothing to relate, and it says so.
  await links.getByText("Mark two first").waitFor();
  await press(page, "ArrowRight", "1", "ArrowRight", "ArrowRight", "ArrowRight", "2");
  await press(page, "ArrowRight", "ArrowRight", "ArrowRight", "2");
  await expect.poll(() => material(page).locator("mark.sp").allTextContents()).toEqual(["Ada", "Acme", "Initech"]);

  await press(page, "N");
  await links.getByRole("group", { name: "From which mark?" }).waitFor();
  await press(page, "1", "1");
  await links.getByRole("group", { name: "To which mark?" }).waitFor();
  await seen(page, "relation");
  await press(page, "2");
  await links.getByRole("button", { name: "Ada → works for → Acme", exact: true }).waitFor();

  // By mouse: a passage in the text, the relation in the list, the other passage.
  await material(page).locator("mark.sp", { hasText: "Acme" }).last().click();
  await links.getByRole("button", { name: /^owns/ }).click();
  await material(page).locator("mark.sp", { hasText: "Initech" }).click();
  await links.getByRole("button", { name: "Acme → owns → Initech", exact: true }).waitFor();
  await seen(page, "relations");
  await submit(page);

  const said = await values(id);
  expect(said.links).toEqual({
    relations: [
      { id: "q1", label: "works_for", from: "entities:k1", to: "entities:k2" },
      { id: "q2", label: "owns", from: "entities:k2", to: "entities:k3" },
    ],
  });

  const [task] = await stored(id);
  const lead = await somebody(browser, "manager", { width: 1280, height: 720 });
  await lead.goto(`/projects/${id}/tasks?task=${task?.id}`);
  await lead.getByText("Acme → owns → Initech").first().waitFor();
  await seen(lead, "relation-data");
}, 120_000);
