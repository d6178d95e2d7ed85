/** Sending what was dropped into a project: one file of rows, or pictures and recordings one after another, with how far it is. */
import { call, importFile, importImages, sendFile } from "../../api/client";
import type { Imported, ImportRun } from "../../api/contract";
import { Problem } from "../../api/problem";
import { type Dropped, isArchive, isWhole, typeOf } from "./files";

export interface Order {
  project: string;
  files: readonly Dropped[];
  mapping: Record<string, string>;
  batch: string;
  isAtomic: boolean;
  /** The same key again continues what was begun, and doubles nothing. */
  key: string;
}
export interface Far {
  /** Bytes on their way, of all there are. */
  sent: number;
  of: number;
  done: number;
  files: number;
  /** The file is there; what is in it is being taken in. */
  isTaking?: boolean;
}

/** What the browser sends side by side; more would only wait in the server. */
const AT_ONCE = 3;
/** An archive above this is put down first, and taken in by the worker: no request has to live as long as that lasts. */
export const LARGE_BYTES = 32 * 1024 * 1024;
const LOOK_MS = 1_000;

export async function importAll(order: Order, onFar: (far: Far) => void, signal: AbortSignal): Promise<Imported> {
  const { project, files, mapping, batch, isAtomic, key } = order;
  const of = files.reduce((sum, { file }) => sum + file.size, 0);
  const [first] = files;
  if (first && !isWhole(first)) {
    const onSent = (sent: number): void => onFar({ sent: Math.min(sent, of), of, done: 0, files: 1 });
    if (isArchive(first)) {
      // All or none is decided within one request.
      if (first.file.size > LARGE_BYTES && !isAtomic) return putDown(order, first, onFar, signal);
      return importImages(project, first.file, { name: first.name, batch, key, atomic: isAtomic }, { onSent, signal });
    }
    const options = { type: typeOf(first), mapping, batch, key, atomic: isAtomic };
    return importFile(project, first.file, options, { onSent, signal });
  }
  const far: Far = { sent: 0, of, done: 0, files: files.length };
  const reports: Imported[] = [];
  const waiting = [...files];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { file, name } = next;
      reports.push(await importImages(project, file, { name, batch, key: `${key} ${name}` }, { signal }));
      far.sent += file.size;
      far.done += 1;
      onFar({ ...far });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return summed(reports);
}

/** The road of large archives: an upload of its own, then an import by the worker, which goes on where one that was killed stopped. */
async function putDown(
  { project, batch, key }: Order,
  { file, name }: Dropped,
  onFar: (far: Far) => void,
  signal: AbortSignal,
): Promise<Imported> {
  const path = { project };
  const given = (what: string) => ({ signal, headers: { "Idempotency-Key": `${key} ${what}` } });
  const upload = await call("POST /projects/{project}/uploads", { path, body: { name }, ...given("upload") });
  // What goes straight into an object store is not this page's to send: its policy knows this server alone.
  const address = new URL(upload.url, location.href);
  if (address.origin !== location.origin) return importImages(project, file, { name, batch, key }, { signal });
  const onSent = (sent: number): void => onFar({ sent: Math.min(sent, file.size), of: file.size, done: 0, files: 1 });
  await sendFile(address.pathname, file, { onSent, signal }).catch((error: unknown) => {
    // Begun again under the same key, the file may be whole already.
    if (!(error instanceof Problem && error.code === "conflict")) throw error;
  });
  await call("POST /projects/{project}/uploads/{upload}/complete", { path: { project, upload: upload.id }, signal });
  const run = await call("POST /projects/{project}/imports", {
    path,
    body: { upload: upload.id, batch },
    ...given("import"),
  });
  return watched(run, onFar, signal);
}

/** Looks at an import until it is over. Raises Problem where it failed; stopping cancels it, and keeps what is in. */
async function watched(begun: ImportRun, onFar: (far: Far) => void, signal: AbortSignal): Promise<Imported> {
  const path = { project: begun.project_id, import: begun.id };
  for (let run = begun; ; run = await call("GET /projects/{project}/imports/{import}", { path })) {
    if (run.state === "failed") throw new Problem({ ...run.error, title: run.error?.detail }, 422);
    if (run.state === "done" || run.state === "cancelled") {
      return { ...run, batch_id: run.batch_id ?? "", published: run.imported > 0 };
    }
    onFar({ sent: run.seen, of: run.total ?? 0, done: run.seen, files: run.total ?? 0, isTaking: true });
    if (signal.aborted) run = await call("POST /projects/{project}/imports/{import}/cancel", { path });
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Several reports as one. */
export function summed(reports: readonly Imported[]): Imported {
  const [first, ...others] = reports;
  if (!first) throw new Error("nothing was sent");
  const sum = { ...first, problems: [...first.problems] };
  for (const each of others) {
    sum.imported += each.imported;
    sum.duplicates += each.duplicates;
    sum.rejected += each.rejected;
    sum.problems.push(...each.problems.slice(0, 100 - sum.problems.length));
  }
  return sum;
}
