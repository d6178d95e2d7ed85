/** Passkeys with a device that Chromium plays: made in the settings, used to sign in, confirmed with, let go. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { invitation } from "./managers";
import { openBrowser } from "./world";

let browser: Browser;
let page: Page;
let email: string;

const LATER = { code: "not-confirmed", status: 403, title: "This asks that you show once more who you are." };

const arrived = (): Promise<void> => page.getByRole("heading", { level: 1, name: /My work|Projects/ }).waitFor();

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

beforeAll(async () => {
  browser = await openBrowser();
  page = await onDevice();
  const { link, email: address } = await invitation("manager");
  email = address;
  const { pathname, hash } = new URL(link);
  await page.goto(pathname + hash);
  await page.getByLabel("Your name").fill("The holder");
  await page.getByLabel("Password").fill("four plain words together");
  await page.keyboard.press("Enter");
  await arrived();
});
afterAll(() => browser.close());

test("a passkey is added, signs in without a word typed, and is let go", async () => {
  await page.goto("/settings");
  await page.getByText("No passkey yet").waitFor();
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Work laptop");
  await page.getByRole("button", { name: "Go on with this device" }).click();
  await page.getByRole("cell", { name: "Work laptop" }).waitFor();

  await page.context().clearCookies();
  await page.goto("/");
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await arrived();

  await page.goto("/settings");
  const row = page.getByRole("row", { name: /Work laptop/ });
  await row.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Remove the passkey" }).click();
  await page.getByText("No passkey yet").waitFor();
  expect(await page.getByText("“Work laptop” signs nobody in any more.").isVisible()).toBe(true);
  await page.context().clearCookies();
  await page.goto("/");
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByText("passkey-refused").waitFor();
});

test("whoever signed in a while ago shows once more who they are, and goes on where they were", async () => {
  await page.getByLabel("Password").fill("four plain words together");
  await page.getByLabel("E-mail").fill(email);
  await page.keyboard.press("Enter");
  await arrived();
  await page.goto("/settings");
  // Ten minutes later, as the server says it then.
  await page.route(
    "**/passkeys/options",
    (route) => route.fulfill({ status: 403, contentType: "application/problem+json", body: JSON.stringify(LATER) }),
    { times: 1 },
  );
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Work laptop");
  await page.getByRole("button", { name: "Go on with this device" }).click();
  const dialog = page.getByRole("dialog", { name: "Show that it is you" });

  await dialog.getByLabel("Password").fill("not the password");
  await page.keyboard.press("Enter");
  await dialog.getByText("wrong-password").waitFor();
  await dialog.getByLabel("Password").fill("four plain words together");
  await page.keyboard.press("Enter");

  await page.getByRole("cell", { name: "Work laptop" }).waitFor();
  expect(await dialog.isVisible()).toBe(false);
});
