/** The one module that talks to the server. call("GET /projects/{project}", { path: { project } }) is typed by the contract. */
import { attendance } from "./attended";
import type { GuidelinePicture, Imported, OperationName, Operations, Proposals } from "./contract";
import { Offline, Problem } from "./problem";

export const BASE = "/api/v1";

type Given<Name extends OperationName> = (Operations[Name]["path"] extends undefined
  ? object
  : { path: Operations[Name]["path"] }) &
  (Operations[Name]["body"] extends undefined ? object : { body: Operations[Name]["body"] }) & {
    query?: Operations[Name]["query"];
    headers?: Record<string, string>;
    signal?: AbortSignal;
  };

let csrf: string | null = null;
let signedOut: () => void = () => undefined;
let refusedOnHold: () => void = () => undefined;
let aheadMs = 0;

/** The token that every change must carry; it comes with the session. */
export function setCsrf(token: string | null): void {
  csrf = token;
}
/** The server's clock in ms, to the second: holds end by it, and devices go wrong. */
export function serverNow(): number {
  return Date.now() + aheadMs;
}
/** Called once when the server says that the session is over. */
export function onSignedOut(listener: () => void): void {
  signedOut = listener;
}

/** Called whenever the server says that work for this customer is on hold. */
export function onRefusedOnHold(listener: () => void): void {
  refusedOnHold = listener;
}

/** Sends one operation. Raises Problem when the server refuses it and Offline when it cannot be reached. */
export async function call<Name extends OperationName>(
  name: Name,
  ...[given]: Record<string, never> extends Given<Name> ? [Given<Name>?] : [Given<Name>]
): Promise<Operations[Name]["answer"]> {
  const [method = "GET", template = ""] = name.split(" ");
  const { path, body, query, headers, signal } = (given ?? {}) as {
    path?: Record<string, string | number>;
    body?: unknown;
    query?: Record<string, unknown>;
    headers?: Record<string, string>;
    signal?: AbortSignal;
  };
  const filled = template.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(String(path?.[key] ?? "")));
  const json = body === undefined ? undefined : JSON.stringify(body);
  const type: Record<string, string> = json === undefined ? {} : { "Content-Type": "application/json" };
  const request = { method, headers: { ...type, ...headers }, body: json, signal };
  return (await send(filled + search(query), request)) as Operations[Name]["answer"];
}

/** The query string, without what is empty; a list is repeated. */
export function search(query: Record<string, unknown> | undefined): string {
  const pairs = Object.entries(query ?? {}).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((each) => each !== undefined && each !== null && each !== "")
      .map((each) => [key, String(each)]),
  );
  return pairs.length ? `?${new URLSearchParams(pairs)}` : "";
}

/** How a file goes on its way: how much of it has left, and a way to stop it. */
export interface Sending {
  onSent?: (bytes: number) => void;
  signal?: AbortSignal;
}

/** Streams a file of rows into a project. */
export function importFile(
  project: string,
  file: Blob,
  options: { type: string; mapping?: Record<string, string>; batch?: string; key: string; atomic?: boolean },
  sending: Sending = {},
): Promise<Imported> {
  const mapping = options.mapping ? JSON.stringify(options.mapping) : undefined;
  const query = search({ mapping, batch: options.batch, atomic: options.atomic });
  const headers = { "Content-Type": options.type, "Idempotency-Key": options.key };
  return upload("POST", `/projects/${project}/tasks${query}`, headers, file, sending) as Promise<Imported>;
}

/** Adds a picture, or an archive of pictures, as tasks. name: becomes the external id of a picture. */
export function importImages(
  project: string,
  file: File,
  options: { name: string; batch?: string; key: string; atomic?: boolean },
  sending: Sending = {},
): Promise<Imported> {
  const query = search({ batch: options.batch, atomic: options.atomic });
  const headers = {
    "Content-Type": file.type || "application/octet-stream",
    "X-File-Name": encodeURIComponent(options.name),
    "Idempotency-Key": options.key,
  };
  return upload("POST", `/projects/${project}/images${query}`, headers, file, sending) as Promise<Imported>;
}

/** Sends a file to the address that an upload was given, below this server's own. */
export async function sendFile(address: string, file: Blob, sending: Sending = {}): Promise<void> {
  await upload("PUT", address.replace(BASE, ""), { "Content-Type": "application/octet-stream" }, file, sending);
}

/** A body whose way can be watched, which fetch does not tell. Raises like call. */
function upload(
  method: "POST" | "PUT",
  path: string,
  headers: Record<string, string>,
  body: Blob,
  { onSent, signal }: Sending,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, BASE + path);
    for (const [name, value] of Object.entries({ ...headers, Accept: "application/json" })) {
      request.setRequestHeader(name, value);
    }
    if (csrf) request.setRequestHeader("X-CSRF-Token", csrf);
    request.upload.onprogress = ({ loaded }) => onSent?.(loaded);
    request.onerror = () => reject(new Offline("the connection broke"));
    request.onabort = () => reject(new DOMException("Stopped", "AbortError"));
    request.onload = () => {
      // The same judgement as everywhere: what answered here becomes a Response again.
      const type = request.getResponseHeader("Content-Type") ?? "";
      const response = new Response(request.status === 204 ? null : request.responseText, {
        status: request.status,
        headers: { "Content-Type": type },
      });
      judged(response, path)
        .then((good) => (good.status === 204 ? undefined : good.json()))
        .then(resolve, reject);
    };
    signal?.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

/** Stores a picture of a project's guidelines. */
export function addPicture(project: string, file: File, key: string, sending: Sending = {}): Promise<GuidelinePicture> {
  const headers = {
    "Content-Type": file.type || "application/octet-stream",
    "X-File-Name": encodeURIComponent(file.name),
    "Idempotency-Key": key,
  };
  const path = `/projects/${project}/guidelines/pictures`;
  return upload("POST", path, headers, file, sending) as Promise<GuidelinePicture>;
}

/** Where a picture of a project's guidelines is shown. */
export function pictureAddress(project: string): (id: string) => string {
  return (id) => `${BASE}/projects/${encodeURIComponent(project)}/guidelines/pictures/${id}`;
}

/** What a file seems to be, from its first 256 KiB. Nothing is stored. */
export function propose(file: File): Promise<Proposals> {
  const headers = {
    "Content-Type": file.type || "application/octet-stream",
    "X-File-Name": encodeURIComponent(file.name),
  };
  const body = file.slice(0, 256 * 1024);
  return send("/imports/propose", { method: "POST", headers, body }) as Promise<Proposals>;
}

/** The bytes of a stored file, by the address that its item gives. */
export async function fetchFile(address: string): Promise<Blob> {
  return (await answered(address.replace(BASE, ""), { method: "GET" }, "*/*")).blob();
}

async function send(path: string, request: RequestInit): Promise<unknown> {
  const response = await answered(path, request, "application/json");
  return response.status === 204 || response.status === 202 ? readIfAny(response) : response.json();
}

/** The answer to a request. */
async function answered(path: string, request: RequestInit, accept: string): Promise<Response> {
  const headers = new Headers({ ...(request.headers as Record<string, string> | undefined), ...attendance() });
  headers.set("Accept", accept);
  if (request.method !== "GET" && csrf) headers.set("X-CSRF-Token", csrf);
  let response: Response;
  try {
    response = await fetch(BASE + path, { ...request, headers, credentials: "same-origin" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Offline(String(error));
  }
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (date) aheadMs = date - Date.now();
  return judged(response, path);
}

/** An answer that is no refusal. Raises Offline for a proxy without a server, Problem for a refusal. */
async function judged(response: Response, path: string): Promise<Response> {
  if (response.ok) return response;
  if ([502, 503, 504].includes(response.status) && !isProblem(response)) throw new Offline(`HTTP ${response.status}`);
  const problem = new Problem(await readProblem(response), response.status);
  // A password or a passkey that is refused says nothing about the session that asked.
  if (response.status === 401 && (problem.code === "not-signed-in" || !isProblem(response)) && path !== "/session") {
    signedOut();
  }
  if (problem.code === "on-hold") refusedOnHold();
  throw problem;
}

async function readIfAny(response: Response): Promise<unknown> {
  const text = await response.text();
  return text ? JSON.parse(text) : undefined;
}

function isProblem(response: Response): boolean {
  return (response.headers.get("Content-Type") ?? "").startsWith("application/problem+json");
}

/** What the server said of a refusal, or that it said nothing. */
export async function readProblem(response: Response): Promise<Record<string, unknown>> {
  try {
    return (await response.json()) as Record<string, unknown>;
  } catch {
    return { title: `HTTP ${response.status}` };
  }
}
