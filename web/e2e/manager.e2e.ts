/** What a manager does all day, by keys where there are keys: look at tasks, write guidelines, invite, set up, and take things back. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { answersOf, invitation, somebody, stranger, wellBehaved } from "./managers";
import { annotator, api, letters, openBrowser, press, project, sitDown, TONE } from "./world";

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const toast = (page: Page, words: string | RegExp) => page.locator(".toast", { hasText: words });

test("tasks are filtered in the address, walked by keys, and what was trashed comes back", async () => {
  const id = await project({ name: "Letters", questions: [TONE], tasks: letters(6) });
  await answersOf(id, ["kind", "harsh"]);
  const page = await somebody(browser, "manager");
  await page.goto(`/projects/${id}/tasks`);
  await page.getByRole("button", { name: /^Letter 1/ }).waitFor();

  await press(page, "j", "j", "Enter");
  const drawer = page.getByRole("complementary", { name: "Task" });
  await drawer.locator(".material", { hasText: "Letter 2." }).waitFor();
  expect(await drawer.getByRole("tab", { name: /Answers/ }).textContent()).toContain("1");
  await drawer.getByRole("tab", { name: "Looks" }).click();
  await drawer.getByText("to answer it").waitFor();
  await drawer.getByText("to read it in the table").first().waitFor();
  await press(page, "k");
  await drawer.locator(".material", { hasText: "Letter 1." }).waitFor();
  await press(page, "Escape");
  await drawer.waitFor({ state: "detached" });

  await press(page, "f");
  await page.getByRole("menuitem", { name: "State" }).click();
  await page.getByLabel("State", { exact: true }).selectOption("done");
  await page.getByText("2 tasks match").waitFor();
  expect(new URL(page.url()).searchParams.get("state")).toBe("done");

  await press(page, "k", "k", "x", "Shift+J");
  await page.getByText("2 selected").waitFor();
  await page.getByRole("button", { name: "Put into the trash" }).click();
  await page.getByText("Widen the filters").waitFor();
  await toast(page, "2 tasks changed").getByRole("button", { name: "Undo" }).click();
  await page.getByText("2 tasks match").waitFor();
  wellBehaved(page);
});

test("Undo takes back what was assigned in the table, and leaves what that person had been assigned before", async () => {
  const id = await project({ name: "Given out", questions: [TONE], tasks: letters(2) });
  const page = await somebody(browser, "manager");
  const { email, page: theirs } = await annotator(browser);
  const { page: desk } = await annotator(browser);
  const { items } = await api<{ items: { id: string; email: string }[] }>("GET", "/people");
  const person = items.find((each) => each.email === email)?.id ?? "";
  const tasks = await api<{ items: { id: string }[] }>("GET", `/projects/${id}/tasks`);
  const ids = tasks.items.map((each) => each.id);
  await api("POST", `/projects/${id}/tasks/bulk`, { action: "assign", ids: ids.slice(0, 1), value: person });
  await page.goto(`/projects/${id}/tasks`);
  await page.getByRole("button", { name: /^Letter 1/ }).waitFor();

  await press(page, "j", "x", "Shift+J");
  await page.getByRole("button", { name: "Assign…" }).click();
  await page.getByLabel("Person").selectOption(person);
  await page.getByRole("button", { name: "Assign", exact: true }).click();
  await toast(page, "1 task changed").waitFor();
  expect(await api("POST", `/projects/${id}/claim`, { held: [] })).toMatchObject({ status: "empty" });
  await toast(page, "1 task changed").getByRole("button", { name: "Undo" }).click();

  await sitDown(desk, id);
  await desk.locator(".material", { hasText: "Letter 2." }).waitFor();
  await sitDown(theirs, id);
  await theirs.locator(".material", { hasText: "Letter 1." }).waitFor();
  wellBehaved(page);
});

test("guidelines show what changed by the word, and what somebody else saved meanwhile is not overwritten", async () => {
  const id = await project({ name: "Guided", questions: [TONE], tasks: letters(1) });
  const page = await somebody(browser, "manager");
  await page.goto(`/projects/${id}/guidelines`);
  await page.getByRole("button", { name: "Write guidelines" }).first().click();
  await page.getByLabel("Version 1, in Markdown").fill("# Tone\n\nHarsh is what hurts.");
  await page.getByRole("heading", { name: "Tone" }).waitFor();
  await page.getByRole("button", { name: "Save version 1…" }).click();
  await page.getByRole("button", { name: "Let version 1 stand" }).click();
  await page.getByRole("heading", { name: "As they stand, v1" }).waitFor();

  await page.getByRole("button", { name: "Edit the guidelines" }).click();
  await page.getByLabel("Version 2, in Markdown").fill("# Tone\n\nHarsh is what hurts on purpose.");
  await page.getByRole("radio", { name: "Changes" }).click();
  await page.locator("ins", { hasText: "on purpose" }).waitFor();
  await api("PUT", `/projects/${id}/guidelines`, { markdown: "# Tone\n\nAsk first." });
  await page.getByRole("button", { name: "Save version 2…" }).click();
  await page.getByLabel("What changed, in a line").fill("On purpose");
  await page.getByRole("button", { name: "Let version 2 stand" }).click();

  await page.getByText("Somebody else saved version 2 meanwhile.").waitFor();
  expect(await page.locator("textarea").inputValue()).toContain("on purpose");
  wellBehaved(page);
});

test("an invitation's link is shown once, a new one stops the old one, and a role is changed and changed back", async () => {
  const page = await somebody(browser, "manager");
  const email = `colleague-${Date.now()}@example.org`;
  await page.goto("/people");
  await page.getByRole("button", { name: "Invite somebody" }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Role", { exact: true }).selectOption("reviewer");
  await press(page, "Enter");
  const first = await page.getByLabel("Invitation link").inputValue();
  await page.getByRole("button", { name: "Done" }).click();

  const row = page.getByRole("row", { name: new RegExp(email) });
  await row.getByText("Invited").waitFor();
  await row.getByRole("button", { name: "New link" }).click();
  await page.getByRole("button", { name: "Make the link" }).click();
  const second = await page.getByLabel("Invitation link").inputValue();
  await page.getByRole("button", { name: "Done" }).click();
  expect(second).not.toBe(first);

  const other = await stranger(browser);
  await other.goto(first);
  await other.getByRole("heading", { name: "This invitation is over" }).waitFor();

  await row.getByLabel(/^Role of/).selectOption("annotator");
  await toast(page, "is Annotator now").getByRole("button", { name: "Undo" }).click();
  await page.waitForFunction(
    (address) =>
      [...document.querySelectorAll("tr")].some(
        (each) => each.textContent?.includes(address) && each.querySelector("select")?.value === "reviewer",
      ),
    email,
  );
  await row.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Remove from the organization" }).click();
  await row.waitFor({ state: "detached" });
  wellBehaved(page);
  wellBehaved(other);
});

test("keys are changed, refused where they clash, and work at once; and an API key is shown once and opens what it was made for", async () => {
  const page = await somebody(browser, "manager");
  await page.goto("/settings");
  const line = page.getByRole("listitem").filter({ hasText: "Fold the navigation" });
  await line.getByRole("button", { name: /^Change the key/ }).click();
  await press(page, "?");
  await line.getByText("belongs to “Keyboard map of this view”").waitFor();
  await line.getByRole("button", { name: /^Change the key/ }).click();
  await press(page, ";");
  await line.locator("kbd", { hasText: ";" }).waitFor();
  await page.getByRole("heading", { name: "Settings", exact: true }).click();
  await press(page, ";");
  await page.locator(".shell.folded").waitFor();

  await page.getByRole("button", { name: "Make a key" }).click();
  await page.getByLabel("What it is for").fill("Nightly import");
  await page.getByLabel("All that you may, now and later").uncheck();
  await page.getByLabel("task.import").check();
  await page.getByRole("button", { name: "Make the key" }).click();
  const secret = await page.getByLabel("API key", { exact: true }).inputValue();
  await page.getByRole("button", { name: "Done" }).click();
  expect(secret).toMatch(/^evh_/);
  expect(await page.content()).not.toContain(secret);
  const tried = (path: string) =>
    fetch(`${inject("place").url}/api/v1${path}`, { headers: { authorization: `Bearer ${secret}` } });
  expect((await tried("/session")).status).toBe(200);
  expect((await tried("/people")).status).toBe(403);

  await press(page, "Control+Shift+L");
  const theme = await page.evaluate(() => document.documentElement.dataset.theme);
  await page.reload();
  await page.getByRole("heading", { name: "Settings", exact: true }).waitFor();
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe(theme);
  wellBehaved(page);
});

test("a project is set up, paused, copied, trashed, and each of it taken back", async () => {
  const id = await project({ name: "Changing", questions: [TONE], tasks: letters(2) });
  const page = await somebody(browser, "manager");
  await page.goto(`/projects/${id}/set-up`);
  await page.getByLabel("How many").fill("3");
  await page.getByRole("button", { name: "Save the workflow" }).click();
  await toast(page, "The workflow is saved.").waitFor();
  expect((await api<{ opinions: number }>("GET", `/projects/${id}`)).opinions).toBe(3);

  await page.getByRole("button", { name: "Pause the work" }).click();
  await toast(page, "Work is paused.").getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Pause the work" }).waitFor();

  await page.getByRole("button", { name: /^Copy the set-up/ }).click();
  await page.getByLabel("Name of the new project").fill("Changing, second round");
  await press(page, "Enter");
  await page.getByRole("heading", { level: 1, name: "Changing, second round" }).waitFor();

  await page.goto(`/projects/${id}/set-up`);
  await page.getByRole("button", { name: "Put into the trash" }).click();
  await page.getByRole("radio", { name: "In the trash" }).click();
  await page
    .getByRole("row", { name: /^Changing / })
    .getByRole("button", { name: "Bring it back" })
    .click();
  await toast(page, "“Changing” is open again.").waitFor();
  wellBehaved(page);
});

test("a report reaches its manager, who is led to the task; the overview counts while it is open", async () => {
  const id = await project({ name: "Reported to its manager", questions: [TONE], tasks: letters(3) });
  const page = await somebody(browser, "manager");
  await page.goto(`/projects/${id}`);
  await page.getByText("0 of 3").first().waitFor();
  await answersOf(id, ["kind"]);
  await page.getByText("1 of 3").first().waitFor();

  const { page: desk } = await annotator(browser);
  await sitDown(desk, id);
  await press(desk, "Shift+R", "1", "Enter");
  await desk.getByRole("dialog").waitFor({ state: "detached" });

  // Other files report tasks, too.
  const told = page.getByRole("listitem").filter({ hasText: "Reported to its manager" });
  await page.goto("/notifications");
  await told.getByRole("link", { name: "A problem was reported" }).click();
  const drawer = page.getByRole("complementary", { name: "Task" });
  await drawer.getByRole("tab", { name: "Comments" }).click();
  await drawer.getByText("Reported").first().waitFor();
  await page.goto("/notifications");
  await told.getByRole("link", { name: "A problem was reported" }).waitFor();
  expect(await told.getByText("new", { exact: true }).count()).toBe(0);
  wellBehaved(page);
});

test("offline, what was loaded stays readable; what was not says so, and comes when it can", async () => {
  const id = await project({ name: "Far away", questions: [TONE], tasks: letters(2) });
  const page = await somebody(browser, "manager");
  await page.goto(`/projects/${id}/tasks`);
  await page.getByRole("button", { name: /^Letter 1/ }).waitFor();

  await page.context().setOffline(true);
  await page.getByText("Offline: what was loaded stays readable").waitFor();
  expect(await page.getByRole("button", { name: /^Letter 1/ }).isVisible()).toBe(true);
  await page.getByRole("button", { name: /^Letter 1/ }).click();
  await page.getByText("Check the connection and try again.").waitFor();

  await page.context().setOffline(false);
  await page.getByRole("complementary").getByRole("button", { name: "Try again" }).click();
  await page.getByRole("complementary").locator(".material", { hasText: "Letter 1." }).waitFor();
});

test("a page that was never opened stays in its frame while the server is away, and comes with the connection", async () => {
  const page = await somebody(browser, "manager");
  await page.goto("/notifications");
  await page.getByRole("heading", { level: 1, name: "Notifications" }).waitFor();

  await page.context().setOffline(true);
  await page.getByRole("link", { name: "People" }).click();
  await page.getByRole("main").getByText("Check the connection and try again.").waitFor();

  await page.context().setOffline(false);
  await page.getByRole("heading", { level: 1, name: "People" }).waitFor();
});

test("an auditor reads what is theirs to read, and a page that is not says whom to ask", async () => {
  const id = await project({ name: "Audited", questions: [TONE], tasks: letters(1) });
  const page = await somebody(browser, "auditor");
  await page.getByRole("link", { name: "Audited" }).click();
  await page.getByRole("heading", { level: 1, name: "Audited" }).waitFor();

  expect(await page.getByRole("link", { name: "Add tasks" }).count()).toBe(0);
  expect(await page.getByRole("link", { name: /^Tasks/ }).count()).toBe(0);
  await page.goto(`/projects/${id}/tasks`);
  await page.getByRole("alert").waitFor();
  await page.goto((await invitation("annotator")).link);
  await page.getByRole("heading", { name: /^Join/ }).waitFor();
});
