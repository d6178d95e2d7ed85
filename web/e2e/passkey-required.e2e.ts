/** An organization that asks for a passkey: who has none makes the first one on the way in, and a password opens nothing more. */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { serious } from "./axe";
import { COMMAND } from "./server";
import { openBrowser } from "./world";

const PASSWORD = "four plain words together";
let browser: Browser;
let owner: Page;

const arrived = (page: Page): Promise<void> =>
  page.getByRole("heading", { level: 1, name: /My work|Projects/ }).waitFor();

/** A page on the name that browsers trust without TLS, on a machine with a fingerprint reader. */
async function onDevice(): Promise<Page> {
  const context = await browser.newContext({ baseURL: inject("place").url.replace("127.0.0.1", "localhost") });
  const made = await context.newPage();
  const devices = await context.newCDPSession(made);
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
  return made;
}

async function accept(page: Page, link: string, name: string): Promise<void> {
  const { pathname, hash } = new URL(link);
  await page.goto(pathname + hash);
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.keyboard.press("Enter");
}

beforeAll(async () => {
  browser = await openBrowser();
  const { data } = inject("place");
  const email = `owner-${randomUUID().slice(0, 8)}@example.org`;
  const made = execFileSync(COMMAND, [
    "organization",
    "create",
    "Strict",
    "--owner",
    email,
    "--kind",
    "customer",
    "--data",
    data,
    "--json",
  ]);
  owner = await onDevice();
  await accept(owner, (JSON.parse(made.toString()) as { link: string }).link, "The owner");
  await arrived(owner);
}, 60_000);
afterAll(() => browser.close());

test("the owner adds a passkey, shows it, and from then on the organization asks everybody for one", async () => {
  await owner.goto("/settings");
  await owner.getByRole("button", { name: "Add a passkey" }).click();
  await owner.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("Work laptop");
  await owner.getByRole("button", { name: "Go on with this device" }).click();
  await owner.getByRole("cell", { name: "Work laptop" }).waitFor();

  await owner.getByRole("button", { name: "Ask for a passkey" }).click();
  const dialog = owner.getByRole("dialog");
  await dialog.waitFor();
  expect(await serious(owner)).toEqual([]);
  await dialog.getByRole("button", { name: "Ask for a passkey" }).click();

  await owner.getByText("asks for a passkey or your provider").waitFor();
  expect(await serious(owner)).toEqual([]);
});

test("somebody new is asked for the first passkey, and a password alone signs them in no more", async () => {
  const address = `new-${randomUUID().slice(0, 8)}@example.org`;
  await owner.goto("/people");
  await owner.getByRole("button", { name: "Invite somebody" }).click();
  const dialog = owner.getByRole("dialog");
  await dialog.getByLabel("E-mail").fill(address);
  await dialog.getByRole("button", { name: "Make the link" }).click();
  const link = await owner.getByLabel("Invitation link").inputValue();

  const page = await onDevice();
  await accept(page, link, "Somebody new");
  await page.getByRole("heading", { name: "Make a passkey" }).waitFor();
  expect(await serious(page)).toEqual([]);
  await page.getByLabel("Name of the device").fill("Phone");
  await page.keyboard.press("Enter");
  await arrived(page);

  await page.context().clearCookies();
  await page.goto("/");
  await page.getByLabel("E-mail").fill(address);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByText("passkey-required").waitFor();
  expect(await serious(page)).toEqual([]);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await arrived(page);

  await owner.goto("/people");
  const row = owner.getByRole("row", { name: new RegExp(address) });
  await row.getByRole("button", { name: "Sign out" }).click();
  await owner.getByRole("dialog").waitFor();
  expect(await serious(owner)).toEqual([]);
  await owner.getByRole("button", { name: "End their sessions here" }).click();
  await owner.getByText("is signed out everywhere in this organization").waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});
