/** Pictures from a connected bucket, and from an archive that is too large for one request: by the worker, in sight of the browser. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { somebody, wellBehaved } from "./managers";
import { api, openBrowser } from "./world";

const PICTURE = readFileSync(new URL("../../docs/images/workspace.png", import.meta.url));
const S3 = join(import.meta.dirname, "../../.venv/bin/moto_server");

let browser: Browser;
let store: ChildProcess;
let endpoint: string;

beforeAll(async () => {
  browser = await openBrowser();
  const port = await freePort();
  endpoint = `http://127.0.0.1:${port}`;
  store = spawn(S3, ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  await answering(endpoint);
  await put("/pictures", "");
  for (const name of ["street/1.png", "street/2.png", "sea/3.png"]) await put(`/pictures/${name}`, PICTURE);
  await put("/pictures/street/notes.txt", "no picture");
});
afterAll(async () => {
  store.kill();
  await browser.close();
});

async function put(path: string, body: string | Uint8Array<ArrayBuffer>): Promise<void> {
  const answer = await fetch(endpoint + path, { method: "PUT", body });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

async function answering(url: string): Promise<void> {
  for (let tries = 0; tries < 150; tries += 1) {
    const isThere = await fetch(url).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("the store of the tests did not start");
}

async function pictures(name: string): Promise<string> {
  const ontology = {
    format: "evenhand-ontology/1",
    name: "things",
    language: "en",
    inputs: [{ name: "photo", kind: "image" }],
    questions: [
      { name: "what", kind: "choice", text: "What is it?", settings: { options: [{ value: "a" }, { value: "b" }] } },
    ],
  };
  return (await api<{ id: string }>("POST", "/projects", { name, ontology })).id;
}

const tasksOf = (id: string) => api<{ items: { external_id: string }[] }>("GET", `/projects/${id}/tasks`);

test("a bucket is connected once it opens, and a folder of it comes in while one watches", async () => {
  const id = await pictures("From a bucket");
  const page = await somebody(browser, "manager");
  await page.goto("/settings");

  await page.getByRole("button", { name: "Connect a bucket" }).click();
  const dialog = page.getByRole("dialog", { name: "Connect a bucket" });
  // However low the window, what ends the dialog stays in sight.
  await page.setViewportSize({ width: 1280, height: 400 });
  const [frame, button] = [
    await dialog.boundingBox(),
    await dialog.getByRole("button", { name: "Connect it" }).boundingBox(),
  ];
  expect((button?.y ?? 400) + (button?.height ?? 0)).toBeLessThanOrEqual((frame?.y ?? 0) + (frame?.height ?? 0));
  await page.setViewportSize({ width: 1440, height: 900 });
  await dialog.getByLabel("Name").fill("Street pictures");
  await dialog.getByLabel("Address of the bucket").fill("s3://another");
  await dialog.getByLabel("Server").fill(endpoint);
  await dialog.getByLabel("Access key").fill("a-key");
  await dialog.getByLabel("Its secret").fill("a-secret");
  await dialog.getByRole("button", { name: "Connect it" }).click();
  await dialog.locator(".note.dan, [role=alert]").first().waitFor();
  await dialog.getByLabel("Address of the bucket").fill("s3://pictures");
  await dialog.getByRole("button", { name: "Connect it" }).click();
  await page.getByRole("cell", { name: "Street pictures" }).waitFor();

  await page.goto(`/projects/${id}/add`);
  await page.getByRole("radio", { name: "A bucket" }).click();
  await page.getByLabel("Folder in it").fill("street");
  await page.getByRole("button", { name: "Bring the pictures in" }).click();
  const imports = page.getByRole("region", { name: "Imports" });
  await imports.getByText("2 tasks went in").waitFor();
  expect((await tasksOf(id)).items.map((each) => each.external_id).sort()).toEqual(["street/1.png", "street/2.png"]);

  await page.goto("/settings");
  await page.getByRole("button", { name: "Forget…" }).click();
  await page.getByRole("button", { name: "Forget the bucket" }).click();
  await page.getByText("No bucket yet").waitFor();
  wellBehaved(page);
});

/** A tar of files, without anything but their names and sizes. */
function tar(files: Record<string, Buffer>): Buffer {
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const head = Buffer.alloc(512);
    const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
    head.write(name, 0);
    head.write(`${octal(0o644, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`, 100);
    head.write(`${octal(content.length, 11)}\0${octal(0, 11)}\0        0`, 124);
    head.write("ustar\0", 257);
    head.write("00", 263);
    const sum = head.reduce((total, byte) => total + byte, 0);
    head.write(`${octal(sum, 6)}\0 `, 148);
    return [head, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

test("an archive too large for one request is put down first, and its pictures come in as one looks on", async () => {
  const id = await pictures("From an archive");
  const page = await somebody(browser, "manager");
  const asked: string[] = [];
  page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
  await page.goto(`/projects/${id}/add`);

  await page
    .locator("input[type=file]")
    .first()
    .setInputFiles({
      name: "street.tar",
      mimeType: "application/x-tar",
      buffer: tar({
        "street/1.png": PICTURE,
        "street/2.png": PICTURE,
        "street/film.bin": Buffer.alloc(33 * 1024 * 1024, 7),
      }),
    });
  await page.getByRole("button", { name: "Add the tasks" }).click();

  await page.getByText("2 tasks went in, 1 row did not.").first().waitFor({ timeout: 90_000 });
  expect((await tasksOf(id)).items.map((each) => each.external_id).sort()).toEqual(["street/1.png", "street/2.png"]);
  expect(asked).toContain(`POST /api/v1/projects/${id}/imports`);
  expect(asked).not.toContain(`POST /api/v1/projects/${id}/images`);
  wellBehaved(page);
}, 120_000);
