/** The auditor's job in the trust centre, by keyboard alone; the operator let in, seen and put out; the log that everybody may read. */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { serious } from "./axe";
import { stranger, wellBehaved } from "./managers";
import { COMMAND } from "./server";
import { letters, openBrowser, TONE } from "./world";

const PASSWORD = "four plain words together";
const VERIFIER = join(import.meta.dirname, "../../verify/evenhand_verify.py");

/** Somebody of an organization, as a program speaks for them. */
interface Someone {
  call: <Answer = Record<string, unknown>>(method: string, path: string, body?: unknown) => Promise<Answer>;
  email: string;
}

let browser: Browser;
let owner: Someone;
let operator: Someone;
let customer: string;
let key: string;
let task: string;
let folder: string;

/** Runs one of the operator's own commands, and says what it printed as JSON. */
function evenhand<Answer>(args: string[], env: Record<string, string> = {}): Answer {
  const ran = spawnSync(COMMAND, [...args, "--json"], { encoding: "utf-8", env: { ...process.env, ...env } });
  if (ran.status !== 0) throw new Error(`${args.join(" ")}: ${ran.stdout} ${ran.stderr}`);
  return JSON.parse(ran.stdout) as Answer;
}

/** A new organization's first owner, who has accepted. */
async function founded(name: string, kind: "customer" | "operator"): Promise<Someone> {
  const email = `${kind}-${randomUUID().slice(0, 8)}@example.org`;
  const made = ["organization", "create", name, "--kind", kind, "--owner", email, "--data", inject("place").data];
  return joined(evenhand<{ link: string }>(made).link, email, `The owner of ${name}`);
}

/** Whoever accepts an invitation. */
async function joined(link: string, email: string, name: string): Promise<Someone> {
  const api = `${inject("place").url}/api/v1`;
  const accepted = await fetch(`${api}/invitations/accept`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: link.split("#")[1], password: PASSWORD, name }),
  });
  const { csrf } = (await accepted.json()) as { csrf: string };
  const cookie = accepted.headers.get("set-cookie")?.split(";")[0] ?? "";
  const call = async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await fetch(api + path, {
      method,
      headers: { cookie, "x-csrf-token": csrf, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as Answer;
  };
  return { call, email };
}

async function invited(by: Someone, role: string, name: string): Promise<Someone> {
  const email = `${role}-${randomUUID().slice(0, 8)}@example.org`;
  const { link } = await by.call<{ link: string }>("POST", "/invitations", { email, role });
  return joined(link, email, name);
}

/** Signs in where passkeys work, on a machine with a fingerprint reader, and adds a passkey there. */
async function atDevice({ email }: Someone): Promise<Page> {
  const context: BrowserContext = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    baseURL: inject("place").url.replace("127.0.0.1", "localhost"),
  });
  const page = await context.newPage();
  const devices = await context.newCDPSession(page);
  await devices.send("WebAuthn.enable");
  await devices.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await signIn(page, email);
  await page.goto("/settings");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("Work laptop");
  await page.getByRole("button", { name: "Go on with this device" }).click();
  await page.getByRole("cell", { name: "Work laptop" }).waitFor();
  return page;
}

async function signIn(page: Page, email: string): Promise<void> {
  await page.goto("/");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: /My work|Projects/ }).waitFor();
}

/** Walks with Tab until something of that name has the focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let steps = 0; steps < 80; steps += 1) {
    const focused = await page.evaluate(() => {
      const at = document.activeElement;
      return at?.getAttribute("aria-label") ?? at?.textContent ?? "";
    });
    if (name.test(focused)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`nothing named ${name} was reached`);
}

const entity = (id: string, name: string) => filed("entity", id, { entityType: { type: "registeredEntity" }, name });
const holds = (holder: string, held: string, interest: Record<string, unknown>) =>
  filed("relationship", `${holder}-${held}`, {
    subject: held,
    interestedParty: holder,
    interests: [{ directOrIndirect: "direct", ...interest }],
  });
function filed(recordType: string, recordId: string, details: Record<string, unknown>) {
  return {
    statementId: randomUUID(),
    declarationSubject: OPERATOR,
    statementDate: "2026-03-01",
    recordId,
    recordStatus: "new",
    recordType,
    recordDetails: { isComponent: false, ...details },
  };
}
const OPERATOR = `operator-${randomUUID().slice(0, 6)}`;

beforeAll(async () => {
  browser = await openBrowser();
  folder = mkdtempSync(join(tmpdir(), "evenhand-audit-"));
  operator = await founded("Halden Operations", "operator");
  owner = await founded("Northlight Labs", "customer");
  customer = (await owner.call<{ id: string }>("GET", "/organization")).id;
  await owner.call("PUT", "/walls/policy", { on_change: "notify" });
  await owner.call("PUT", "/walls/conflicts", { party: "corvane" });
  await operator.call("POST", "/walls/statements", {
    party: OPERATOR,
    statements: [
      entity(OPERATOR, "Halden Operations"),
      entity("corvane", "Corvane Systems"),
      entity("astel", "Astel Holding"),
      holds("corvane", "astel", { type: "shareholding", share: { exact: 60 } }),
      holds("astel", OPERATOR, { type: "shareholding", share: { exact: 49 } }),
    ],
  });
  await operator.call("POST", "/walls/quarter");

  const ontology = {
    format: "evenhand-ontology/1",
    name: "browser",
    language: "en",
    inputs: [{ name: "text", kind: "text" }],
    questions: [TONE],
  };
  const project = await owner.call<{ id: string }>("POST", "/projects", { name: "Tone of letters", ontology });
  const rows = letters(6).map((inputs) => ({ inputs }));
  await owner.call("POST", `/projects/${project.id}/tasks`, rows);
  const annotator = await invited(owner, "annotator", "An annotator");
  const { assignment } = await annotator.call<{ assignment: { task_id: string; ontology_version: number } }>(
    "POST",
    `/projects/${project.id}/claim`,
    { held: [] },
  );
  task = assignment.task_id;
  await annotator.call("POST", `/projects/${project.id}/tasks/${task}/annotations`, {
    ontology_version: assignment.ontology_version,
    answers: [{ question: "tone", value: "kind" }],
    next: false,
    held: [],
  });
  key = (await owner.call<{ secret: string }>("POST", "/api-keys", { name: "Audit" })).secret;
  // A checkpoint holds the look within seconds.
  for (let tries = 0; tries < 300; tries += 1) {
    const { items } = await owner.call<{ items: { is_published: boolean }[] }>(
      "GET",
      `/ledger/looks?object_id=${task}`,
    );
    if (items[0]?.is_published) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("no checkpoint was published");
}, 120_000);
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

test("an auditor finds a look by keyboard, downloads its proof, and verifies it without us", async () => {
  const auditor = await invited(owner, "auditor", "An auditor");
  const page = await stranger(browser, { colorScheme: "light" });
  await signIn(page, auditor.email);
  await page.goto("/trust");
  await page.getByText(/verified by this browser/).waitFor();
  await page.locator(".tbl.looks tbody tr").first().waitFor();

  await page.keyboard.press("/");
  await page.keyboard.type(task);
  await page.keyboard.press("Enter");
  await expect.poll(() => page.locator(".tbl.looks tbody tr").count()).toBe(1);
  await page.keyboard.press("j");
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  const proof = join(folder, download.suggestedFilename());
  await download.saveAs(proof);

  expect(download.suggestedFilename()).toMatch(/^[0-9a-f]{32}\.tlog-proof$/);
  evenhand(["ledger", "fetch", join(folder, "audit")], { EVENHAND_URL: inject("place").url, EVENHAND_API_KEY: key });
  const policy = join(folder, "audit/policy.tlog");
  const args = [VERIFIER, "receipt", proof, "--policy", policy, "--log", join(folder, "audit/log")];
  const verified = spawnSync("python3", args, { encoding: "utf-8" });
  expect(`${verified.status} ${verified.stdout}${verified.stderr}`).toMatch(/^0 /);
  // She knows people by pseudonyms alone.
  expect(await page.getByText("An annotator").count()).toBe(0);
  wellBehaved(page);
}, 60_000);

test("a wall is drawn, and said to those who do not see it", async () => {
  const page = await stranger(browser, { colorScheme: "dark" });
  await signIn(page, owner.email);
  await page.goto("/trust");

  const said = await page
    .getByRole("img", { name: /Corvane Systems holds 60 % of Astel Holding/ })
    .getAttribute("aria-label");
  expect(said).toContain("Astel Holding holds 49 % of Halden Operations");
  expect(said).toContain("Corvane Systems is in conflict with Northlight Labs");
  expect(await page.locator("svg.chain .wall text").textContent()).toBe("wall");
  await page.getByText(`${OPERATOR}: nothing changed`, { exact: false }).waitFor();
  await page.getByText("Deleted everywhere.").waitFor();
  expect(await serious(page)).toEqual([]);
  wellBehaved(page);
});

test("the operator is let in by two passkeys, looks around, and is put out by the customer's key", async () => {
  const second = await invited(operator, "manager", "The second");
  const [first, other] = [await atDevice(operator), await atDevice(second)];
  await first.goto("/operator");
  await first.getByRole("button", { name: "Ask to be let in" }).click();
  await first.getByLabel("Id of the customer").fill(customer);
  await first.getByRole("textbox", { name: "Reason" }).fill("Row 17 of an import fails.");
  await first.keyboard.press("Tab");
  await first.getByRole("button", { name: "Ask", exact: true }).click();
  await first.getByRole("button", { name: "Approve with a passkey" }).click();
  await first.getByText("you have approved").waitFor();
  await other.goto("/operator");
  expect(await serious(other)).toEqual([]);
  await other.getByRole("button", { name: "Approve with a passkey" }).click();
  await other.getByText(/open until/).waitFor();

  await first.reload();
  await first.getByRole("button", { name: "Go in" }).click();
  await first.getByText("You are let in to the data of Northlight Labs.").waitFor();
  await first.getByRole("timer").waitFor();
  expect(await first.getByRole("timer").textContent()).toMatch(/^(59|60) minutes left/);
  const places = await first.getByRole("navigation", { name: "Main" }).getByRole("link").allTextContents();
  expect(places.filter((each) => !each.includes("Evenhand"))).toEqual(["Projects"]);
  expect(await serious(first)).toEqual([]);

  const page = await stranger(browser);
  await signIn(page, owner.email);
  await page.goto("/trust");
  await page.getByText("Row 17 of an import fails.").waitFor();
  await page.getByText(/open until/).waitFor();
  await page.keyboard.press("Shift+E");
  await tabTo(page, /^End the visit/);
  await page.keyboard.press("Enter");
  await page.getByText(/ended by the customer/).waitFor();
  await first.reload();
  await first.getByRole("heading", { name: "Sign in" }).waitFor();

  await tabTo(page, /^Forbid it/);
  await page.keyboard.press("Enter");
  await tabTo(page, /^Forbid it/);
  await page.keyboard.press("Enter");
  await page.getByText("forbidden", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("allowed, with two passkeys").waitFor();
  wellBehaved(page);
}, 60_000);

test.each(["light", "dark"] as const)(
  "anybody reads and checks the public log, in the %s theme",
  async (colorScheme) => {
    const page = await stranger(browser, { colorScheme });
    await page.goto("/log");

    await page.getByText(/verified by this browser/).waitFor();
    await page.getByText(`${OPERATOR} states for`, { exact: false }).waitFor();
    expect(await page.locator("body").textContent()).not.toMatch(/Northlight|corvane.*conflict/i);
    expect(await page.locator("body").textContent()).not.toContain(customer);
    expect(await serious(page)).toEqual([]);
    wellBehaved(page);
  },
);

test("a log that was changed behind what this browser saw does not verify, and the page says what to do", async () => {
  const page = await stranger(browser);
  await page.goto("/log");
  await page.getByText(/verified by this browser/).waitFor();

  await page.evaluate(() => {
    for (const name of Object.keys(localStorage).filter((each) => each.startsWith("evenhand.checkpoint "))) {
      const seen = JSON.parse(localStorage.getItem(name) ?? "{}") as { root: string };
      localStorage.setItem(name, JSON.stringify({ ...seen, root: `A${seen.root.slice(1)}` }));
    }
  });
  await page.reload();

  await page.getByText("Keep this page, and tell your auditor and the witnesses.").waitFor();
  await page.getByText("What this browser has seen of the log was changed since.").waitFor();
});
