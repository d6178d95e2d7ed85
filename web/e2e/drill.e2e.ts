/**
 * A change of control as people see it: `evenhand demo --drill`, played before real browsers. One customer's screen goes blank and
 * nothing of its item stays in that browser, the other customer never notices, the owner sees the chain and lets work go on.
 *
 * With DRILL_FILM=folder the pages are recorded, and stills are taken for the README (see CONTRIBUTING.md).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Browser, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Film } from "./film";
import { material, openBrowser, press } from "./world";

const COMMAND = process.env.EVENHAND ?? join(import.meta.dirname, "../../.venv/bin/evenhand");
const FILM = process.env.DRILL_FILM;
const STILLS = join(import.meta.dirname, "../../docs/images");

interface Seat {
  organization: string;
  role: string;
  email: string;
  password: string;
  address: string;
}
interface Acts {
  ready: { url: string; seats: [Seat, Seat, Seat] };
  filed: { filed_at: number; blank_after_seconds: number; refused: string; others_answer: string; digest: string };
  edited: { index: number; statement: string };
  verified: { index: number; verdicts: { tool: string; said: string }[] };
}

/** The command, told to go on act by act, as a person does with Enter. */
class Drill {
  private readonly child: ChildProcess;
  private readonly folder: string;
  private readonly lines: AsyncIterator<string>;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "evenhand-drill-"));
    // PostgreSQL runs under another account when the suite runs as root, and must be able to enter.
    chmodSync(this.folder, 0o755);
    const words = ["demo", "--drill", "--data", join(this.folder, "data"), "--port", "0", "--json"];
    this.child = spawn(COMMAND, words, { stdio: ["pipe", "pipe", "ignore"] });
    this.lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  async act<Name extends keyof Acts>(name: Name): Promise<Acts[Name]> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`the drill ended before it told of “${name}”`);
    const told = JSON.parse(value) as Acts[Name] & { act: string };
    expect(told.act).toBe(name);
    return told;
  }

  enter(): void {
    this.child.stdin?.write("\n");
  }

  async end(): Promise<void> {
    const isGone = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.stdin?.end();
    if (this.child.kill("SIGTERM")) await isGone;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

let browser: Browser;
let drill: Drill;
beforeAll(async () => {
  drill = new Drill();
  browser = await openBrowser();
}, 180_000);
afterAll(async () => {
  await browser.close();
  await drill.end();
});

/** A person at the address that the drill names, signed in, at work for that organization. */
async function sitAt({ organization, email, password, address }: Seat): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, colorScheme: "light" });
  const page = await context.newPage();
  await page.goto(address);
  await page.locator("input[type=email]").fill(email);
  await page.locator("input[type=password]").fill(password);
  await page.keyboard.press("Enter");
  await page.locator("input[type=password]").waitFor({ state: "detached" });
  const session = await page.evaluate(async () => (await fetch("/api/v1/session")).json());
  if (session.organization.name !== organization) {
    await page.getByRole("button", { name: /^Account of/ }).click();
    await page.getByRole("menuitem", { name: `Work for ${organization}` }).click();
    await page.getByText(`You work for ${organization} now`).waitFor();
    await page.goto(address);
  }
  return page;
}

async function answer(page: Page): Promise<void> {
  await material(page).waitFor();
  const arrives = page.waitForResponse((response) => response.url().endsWith("/annotations") && response.ok());
  await press(page, "1", "Control+Enter");
  await arrives;
}

/** Whether a text is anywhere in the memory of a page's scripts. */
async function isInMemory(cdp: CDPSession, text: string): Promise<boolean> {
  await cdp.send("HeapProfiler.collectGarbage");
  let heap = "";
  const collect = ({ chunk }: { chunk: string }): void => {
    heap += chunk;
  };
  cdp.on("HeapProfiler.addHeapSnapshotChunk", collect);
  await cdp.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
  cdp.off("HeapProfiler.addHeapSnapshotChunk", collect);
  return heap.includes(text);
}

const beat = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, FILM ? ms : 0));

test("a rival buys into a vendor: one screen goes blank, the other does not, and a forged record is found twice", async () => {
  const { seats } = await drill.act("ready");
  const [hit, untouched, owner] = (await Promise.all(seats.map(sitAt))) as [Page, Page, Page];
  const [left, right, third] = [
    { name: `${seats[0].organization}: an annotator of Tallis Expert`, page: hit },
    { name: `${seats[1].organization}: another annotator of Tallis Expert`, page: untouched },
    { name: `${seats[2].organization}: its owner`, page: owner },
  ];
  const film = FILM ? await Film.begin(browser, FILM, [left, right]) : null;
  film?.caption("Two customers share one labeling vendor. Work goes on side by side.");

  // Side by side: answers go out, a draft is begun, the next task is already there.
  for (let count = 0; count < 2; count++) {
    await Promise.all([answer(hit), answer(untouched)]);
    await beat(900);
  }
  await material(hit).waitFor();
  const kept = hit.waitForResponse((response) => response.url().endsWith("/draft") && response.ok());
  await press(hit, "2");
  await kept;
  const texts = await hit.locator("[data-task]").allInnerTexts();
  expect(texts.length).toBe(2);
  const secrets = texts.map(
    (text) =>
      text
        .split("\n")
        .filter((line) => line.length > 60)[0]
        ?.slice(0, 50) ?? "",
  );
  expect(secrets.every((secret) => secret.length === 50)).toBe(true);
  await beat(1500);

  // The purchase is filed. From here on nobody touches the page.
  film?.caption("A rival of one customer buys 49 % of the vendor, without votes, and takes its chief executive on.");
  film?.terminal(
    "$ filed with the register: corvane-systems holds 49 % of tallis-expert, 0 % of the votes",
    "$ filed with the register: the chief executive of tallis-expert is an officer of corvane-systems",
  );
  const blank = hit.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const look = (): void => void (document.querySelector("[data-on-hold]") && resolve(Date.now()));
        new MutationObserver(look).observe(document, { childList: true, subtree: true });
      }),
  );
  drill.enter();
  await hit.getByRole("heading", { name: "Work for this customer is on hold" }).waitFor();
  const filed = await drill.act("filed");
  // The issue's own bound; both clocks are this machine's.
  const seconds = (await blank) / 1000 - filed.filed_at;
  console.log(`from filing to blank screen: ${seconds.toFixed(2)} s`);
  expect(seconds).toBeLessThanOrEqual(5);
  console.log(`from filing to the event: ${filed.blank_after_seconds} s`);
  expect([filed.refused, filed.others_answer]).toEqual(["on-hold", "ok"]);

  // Nothing of the item is left: not on the page, not on the device, not in the memory of its scripts.
  for (const secret of secrets) {
    expect(await hit.content()).not.toContain(secret);
    expect(await hit.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain(secret);
  }
  expect(await hit.evaluate(async () => (await indexedDB.databases()).length)).toBe(0);
  expect(await hit.evaluate(() => Object.keys(localStorage).filter((key) => key.includes(" draft ")))).toEqual([]);
  const cdp = await hit.context().newCDPSession(hit);
  for (const secret of secrets) expect(await isInMemory(cdp, secret)).toBe(false);

  // The other customer's people never notice.
  await answer(untouched);
  expect(await untouched.getByText("on hold").count()).toBe(0);
  await beat(2500);

  // The owner is told, and sees the chain.
  film?.caption("Its screens are blank within a second. Its owner sees why, drawn from the filed statements.");
  film?.show(third, right);
  await owner.goto(seats[2].address);
  const chain = owner.getByRole("img", { name: /Corvane Systems holds 49 % of Tallis Expert/ });
  await chain.waitFor();
  expect(await chain.getAttribute("aria-label")).toContain("Corvane Systems is in conflict with Northlight Labs.");
  await answer(untouched);
  if (FILM) {
    await owner.screenshot({ path: join(STILLS, "drill-chain.png") });
    await hit.screenshot({ path: join(STILLS, "drill-on-hold.png") });
  }
  await beat(3500);

  // Somebody edits the ledger with the rights of the database itself.
  film?.caption("Then somebody with the database's own rights edits a record: this look never happened.");
  drill.enter();
  const edited = await drill.act("edited");
  film?.terminal(`postgres=# ${edited.statement}`, "UPDATE 1");
  await beat(3000);
  const verified = await drill.act("verified");
  film?.caption("Two verifiers that know nothing of each other name the entry.");
  film?.terminal(
    `postgres=# ${edited.statement}`,
    "UPDATE 1",
    "",
    ...verified.verdicts.flatMap(({ tool, said }) => [`$ ${tool}`, said]),
  );
  for (const { said } of verified.verdicts)
    expect(said.toLowerCase()).toMatch(new RegExp(`(entry|index) ${edited.index}:`));
  await beat(6000);
  await film?.end();

  // The owner's word, by keyboard: the page of the annotator goes on by itself, with the draft and the task she had.
  await press(owner, "Shift+C");
  await owner.getByRole("dialog").waitFor();
  await press(owner, "Tab", "Enter");
  await owner.getByText("Work goes on").first().waitFor();
  await material(hit)
    .getByText(secrets[0] as string)
    .waitFor();
  expect(await material(hit).count()).toBe(1);
  expect(await hit.getByRole("radio", { checked: true }).count()).toBe(1);
  await answer(hit);
}, 240_000);
