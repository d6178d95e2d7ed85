/** Change of control as its customer's owner meets it: empty, on hold, decided; both themes, two sizes, and by keyboard alone. */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { serious } from "./axe";
import { COMMAND } from "./server";
import { openBrowser } from "./world";

const PASSWORD = "four plain words together";
const MARK = randomUUID().slice(0, 6);
const [OPERATOR, RIVAL] = [`operator-${MARK}`, `corvane-${MARK}`];
const SIZES = [
  { width: 1280, height: 720 },
  { width: 1440, height: 900 },
];
const LOOKS = SIZES.flatMap((viewport) =>
  (["light", "dark"] as const).map((colorScheme) => ({ viewport, colorScheme })),
);

/** An organization's first owner, as a program speaks for her. */
interface Owner {
  email: string;
  call: (method: string, path: string, body?: unknown) => Promise<void>;
}

let browser: Browser;
let owner: Owner;
let operator: Owner;

async function founded(name: string, kind: "customer" | "operator"): Promise<Owner> {
  const email = `${kind}-${MARK}@example.org`;
  const args = [
    "organization",
    "create",
    name,
    "--kind",
    kind,
    "--owner",
    email,
    "--data",
    inject("place").data,
    "--json",
  ];
  const ran = spawnSync(COMMAND, args, { encoding: "utf-8" });
  if (ran.status !== 0) throw new Error(ran.stderr);
  const { link } = JSON.parse(ran.stdout) as { link: string };
  const api = `${inject("place").url}/api/v1`;
  const accepted = await fetch(`${api}/invitations/accept`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: link.split("#")[1], password: PASSWORD, name: `The owner of ${name}` }),
  });
  const { csrf } = (await accepted.json()) as { csrf: string };
  const cookie = accepted.headers.get("set-cookie")?.split(";")[0] ?? "";
  const headers = { cookie, "x-csrf-token": csrf, "content-type": "application/json" };
  const call = async (method: string, path: string, body?: unknown): Promise<void> => {
    const answer = await fetch(api + path, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  };
  return { email, call };
}

async function page(look: (typeof LOOKS)[number]): Promise<Page> {
  const context = await browser.newContext({ ...look, baseURL: inject("place").url });
  const made = await context.newPage();
  await made.goto("/");
  await made.getByLabel("E-mail").fill(owner.email);
  await made.getByLabel("Password").fill(PASSWORD);
  await made.keyboard.press("Enter");
  await made.getByRole("heading", { level: 1, name: /My work|Projects/ }).waitFor();
  await made.goto("/holds");
  return made;
}

/** What hangs over the edge of the window. */
const overflow = (at: Page) => at.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

function statement(recordType: string, recordId: string, details: Record<string, unknown>) {
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

beforeAll(async () => {
  browser = await openBrowser();
  operator = await founded("Halden Operations", "operator");
  owner = await founded("Northlight Labs", "customer");
  await owner.call("PUT", "/walls/conflicts", { party: RIVAL });
});
afterAll(() => browser.close());

test("nothing stands still, and the page says what would make it", async () => {
  for (const look of LOOKS) {
    const at = await page(look);
    await at.getByRole("heading", { name: "Nothing stands still" }).waitFor();
    expect(await serious(at), JSON.stringify(look)).toEqual([]);
    expect(await overflow(at)).toBeLessThanOrEqual(0);
    await at.context().close();
  }
});

test("a stake in the operator stops work: the chain is drawn, and it is decided by keyboard alone", async () => {
  const entity = (id: string, name: string) =>
    statement("entity", id, { entityType: { type: "registeredEntity" }, name });
  const interest = { type: "shareholding", directOrIndirect: "direct", share: { exact: 49 } };
  await operator.call("POST", "/walls/statements", {
    party: OPERATOR,
    statements: [
      entity(OPERATOR, "Halden Operations"),
      entity(RIVAL, "Corvane Systems"),
      statement("relationship", `stake-${MARK}`, { subject: OPERATOR, interestedParty: RIVAL, interests: [interest] }),
    ],
  });

  for (const look of LOOKS) {
    const at = await page(look);
    await at.getByRole("img", { name: /Corvane Systems holds 49 % of Halden Operations/ }).waitFor();
    expect(await serious(at), JSON.stringify(look)).toEqual([]);
    expect(await overflow(at)).toBeLessThanOrEqual(0);
    await at.context().close();
  }

  const at = await page(LOOKS[0] as (typeof LOOKS)[number]);
  await at.getByRole("button", { name: /Countersign/ }).waitFor();
  await at.keyboard.press("Shift+C");
  const dialog = at.getByRole("dialog", { name: "Let work go on" });
  await dialog.waitFor();
  expect(await serious(at)).toEqual([]);
  await at.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await at.keyboard.press("Shift+C");
  await dialog.waitFor();
  for (let steps = 0; steps < 10; steps += 1) {
    if ((await at.evaluate(() => document.activeElement?.textContent)) === "Countersign") break;
    await at.keyboard.press("Tab");
  }
  await at.keyboard.press("Enter");
  await at.getByRole("heading", { name: "Work goes on" }).waitFor();
  expect(await serious(at)).toEqual([]);
  await at.context().close();
});
