/** The whole way of a label, by people in a browser: an invitation, a dropped file, tasks by keyboard, a release, and its verification. */
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { somebody, wellBehaved } from "./managers";
import { material, openBrowser, press, stored } from "./world";

const REPOSITORY = join(import.meta.dirname, "../..");
const MAIL = `text,sentiment,customer
Where is my parcel?,angry,4711
"Thank you, it came on Monday.",friendly,4712
,angry,4713
"The bill is wrong, and you know it.",angry,4714
"All is well.",friendly,4715
`;

let browser: Browser;
let folder: string;
beforeAll(async () => {
  browser = await openBrowser();
  folder = mkdtempSync(join(tmpdir(), "evenhand-release-"));
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Drops a file on what is under a selector, as a hand would. */
async function drop(page: Page, onto: string, name: string, content: string): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([called, text]) => {
      const made = new DataTransfer();
      made.items.add(new File([text], called, { type: "text/csv" }));
      return made;
    },
    [name, content] as const,
  );
  await page.dispatchEvent(onto, "dragover", { dataTransfer: transfer });
  await page.dispatchEvent(onto, "drop", { dataTransfer: transfer });
}

test("from an invitation and a dropped file to a release that strangers can verify", async () => {
  const page = await somebody(browser, "manager");

  // A file that is dropped among the projects becomes one: what it is, is guessed, with the reason.
  await page.getByRole("link", { name: "Projects" }).first().click();
  await page.getByRole("heading", { level: 1, name: "Projects" }).waitFor();
  await drop(page, ".page", "support_mail.csv", MAIL);
  await page.getByRole("radio", { name: /Text classification/ }).waitFor();
  expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("Support mail");
  expect(await page.getByLabel("What becomes of text", { exact: true }).inputValue()).toBe("input:text");
  expect(await page.getByLabel("What becomes of customer").inputValue()).toBe("hidden");

  // Its first row stands there as annotators will see it, and the bad one is told before anything is stored.
  const preview = page.getByRole("region", { name: "What annotators will see" });
  await preview.getByText("Where is my parcel?").waitFor();
  await preview.getByRole("radio", { name: /angry/i }).waitFor();
  await page.getByText("Some of the first rows would be left out.").waitFor();

  // One chord makes the project, sends the file, and says what did not go in.
  await press(page, "Control+Enter");
  await page.getByText("4 tasks went in, 1 row did not.").waitFor();
  const defect = page.getByRole("row", { name: /text is missing/ });
  expect(await defect.getByRole("cell").first().textContent()).toBe("4");
  await page.getByRole("link", { name: "Label the first task" }).click();

  for (const key of ["1", "2", "1", "2"]) {
    await material(page).waitFor();
    const arrives = page.waitForResponse((answer) => answer.url().endsWith("/annotations") && answer.ok());
    await press(page, key, "Control+Enter");
    await arrives;
  }
  await page.getByText("Nothing waits for you here").waitFor();
  const project = new URL(page.url()).pathname.split("/")[2] ?? "";
  expect(await stored(project)).toHaveLength(4);

  // The overview has counted.
  await page.goto(`/projects/${project}`);
  await page.getByText("100%").first().waitFor();
  await page.getByText("4 of 4").first().waitFor();

  // A release is cut, written and downloaded.
  await page.getByRole("link", { name: "Cut a release" }).click();
  await page.getByLabel("Note").fill("For the pilot.");
  await page.getByRole("dialog").getByRole("button", { name: "Cut a release" }).click();
  const download = page.getByRole("link", { name: /^Download, / });
  await download.waitFor();
  await page.getByRole("listitem").filter({ hasText: "every file against the statement" }).waitFor();
  const arriving = page.waitForEvent("download");
  await download.click();
  const archive = join(folder, "release.zip");
  await (await arriving).saveAs(archive);

  // Whoever holds it checks it with Python alone, and finds what somebody changes.
  execFileSync("python3", ["-m", "zipfile", "-e", archive, folder]);
  const verify = () =>
    spawnSync("python3", [join(REPOSITORY, "verify/evenhand_verify.py"), join(folder, "release-1")], {
      encoding: "utf-8",
    });
  expect(verify()).toMatchObject({ status: 0 });
  appendFileSync(join(folder, "release-1/labels.jsonl"), "\n");
  const changed = verify();
  expect(changed.status).toBe(1);
  expect(changed.stdout + changed.stderr).toContain("labels.jsonl");

  // And whoever asked for it was told.
  await page.goto("/notifications");
  await page.getByRole("link", { name: "Your release is ready" }).waitFor();
  wellBehaved(page);
});
